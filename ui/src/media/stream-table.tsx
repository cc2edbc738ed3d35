// The streams of a call, one row each: who sent it to whom, and the figures that say how it was.
import type { Stream } from '../../../src/calls/stream.ts'
import { formatEnd } from '../paint/ladder-columns.ts'
import { formatCount } from '../text/quantity.ts'
import { WireText } from '../text/wire-text.tsx'
import {
  codecInWords,
  formatMs,
  formatRatio,
  gradeOfLoss,
  gradeOfMos,
  lossRatioOf,
  protectionInWords,
  spanOf,
} from './stream-words.ts'

const SENDERS = { 'from-caller': 'Caller', 'from-callee': 'Callee' } as const

/** The table; the chosen row is the one whose chart is shown below. */
export function StreamTable(props: {
  streams: readonly Stream[]
  chosenKey: string | null
  onChoose: (streamKey: string) => void
}) {
  return (
    <section className="stream-table" aria-label="Streams">
      <table>
        <thead>
          <tr>
            <th scope="col">Sent by</th>
            <th scope="col">From → to</th>
            <th scope="col">Codec</th>
            <th scope="col" title="First to last packet">
              Span
            </th>
            <th scope="col">Packets</th>
            <th scope="col" title="Expected sequence numbers less distinct ones seen">
              Lost
            </th>
            <th scope="col" title="Mean and largest smoothed jitter, RFC 3550 §6.4.1">
              Jitter
            </th>
            <th scope="col" title="ITU-T G.107; click the row for the model and its inputs">
              MOS
            </th>
          </tr>
        </thead>
        <tbody>
          {props.streams.map((stream) => (
            <Row
              key={stream.streamKey}
              stream={stream}
              isChosen={stream.streamKey === props.chosenKey}
              onChoose={props.onChoose}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row(props: { stream: Stream; isChosen: boolean; onChoose: (streamKey: string) => void }) {
  const { stream, isChosen } = props
  const lossRatio = lossRatioOf(stream)
  const protection = protectionInWords(stream)
  const sender = stream.direction === null ? 'not known' : SENDERS[stream.direction]
  return (
    <tr
      className={isChosen ? 'chosen' : undefined}
      onClick={() => props.onChoose(stream.streamKey)}
    >
      <td>
        <button
          type="button"
          className="quiet"
          aria-pressed={isChosen}
          onClick={() => props.onChoose(stream.streamKey)}
        >
          {sender}
        </button>
      </td>
      <td className="number">
        {formatEnd(stream.src, stream.srcPort)} → {formatEnd(stream.dst, stream.dstPort)}
      </td>
      <td>
        <WireText text={codecInWords(stream)} />
        {protection !== '' && <small className="dim"> {protection}</small>}
      </td>
      <td className="number">{spanOf(stream)}</td>
      <td className="number">{formatCount(stream.packets)}</td>
      <td className={`number grade-${gradeOfLoss(lossRatio)}`}>
        {formatCount(stream.lost)}
        {stream.lost > 0 && <small> {formatRatio(lossRatio)}</small>}
        {stream.isCaptureSuspect && (
          <small title="Both directions lost at the same times: the capture may be what lost">
            {' '}
            capture?
          </small>
        )}
      </td>
      <td className="number">
        {formatMs(stream.jitterMsMean)}{' '}
        <small className="dim">{formatMs(stream.jitterMsMax)}</small>
      </td>
      <td className={`number grade-${gradeOfMos(stream.mos)}`}>{stream.mos?.toFixed(2) ?? '–'}</td>
    </tr>
  )
}
