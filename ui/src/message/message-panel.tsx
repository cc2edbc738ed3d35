// The message that was clicked: what it is, what is wrong with it, its SDP in words, its raw text.
import { useQuery } from '@tanstack/react-query'
import { fetchMessage, rawMessageUrl } from '../api/client.ts'
import type { LadderMessage, MessageDetail } from '../api/types.ts'
import { formatEnd } from '../paint/ladder-columns.ts'
import { isLost, labelOf } from '../paint/ladder-layout.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { countOf } from '../text/quantity.ts'
import { formatTimeExact } from '../text/time.ts'
import { WireText } from '../text/wire-text.tsx'
import { useZone } from '../text/zone.tsx'
import { CopyButton } from './copy-button.tsx'
import { ProblemList } from './problem-list.tsx'
import { RawMessage } from './raw-message.tsx'

interface MessagePanelProps {
  readonly message: LadderMessage
  /** Keys of the messages beside it in the ladder, null at the ends. */
  readonly before: string | null
  readonly after: string | null
  readonly onSelect: (key: string | null) => void
}

/** The panel beside the ladder. */
export function MessagePanel({ message, before, after, onSelect }: MessagePanelProps) {
  const { legKey, messageId } = message
  const detail = useQuery({
    queryKey: ['message', legKey, messageId],
    queryFn: ({ signal }) => fetchMessage({ legKey, messageId }, signal),
    // A captured message never changes.
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <aside className="panel" aria-label="Message">
      <header>
        <h2>
          <WireText text={labelOf(message)} />
        </h2>
        <span className="spring" />
        <Step label="Previous message" sign="↑" to={before} onSelect={onSelect} />
        <Step label="Next message" sign="↓" to={after} onSelect={onSelect} />
        <button
          type="button"
          className="quiet"
          aria-label="Close the message"
          onClick={() => onSelect(null)}
        >
          ✕
        </button>
      </header>
      <Facts message={message} />
      {detail.isError && (
        <ErrorNote
          heading="This message cannot be read"
          error={detail.error}
          onRetry={() => void detail.refetch()}
        />
      )}
      {detail.data !== undefined && <Read detail={detail.data} />}
    </aside>
  )
}

function Step(props: {
  label: string
  sign: string
  to: string | null
  onSelect: (key: string) => void
}) {
  const { to } = props
  return (
    <button
      type="button"
      className="quiet"
      aria-label={props.label}
      title={props.label}
      disabled={to === null}
      onClick={() => to !== null && props.onSelect(to)}
    >
      {props.sign}
    </button>
  )
}

function Facts({ message }: { message: LadderMessage }) {
  const { zone } = useZone()
  return (
    <p className="panel-facts number">
      {formatTimeExact(message.tUs, zone)}
      <br />
      {formatEnd(message.src, message.srcPort)} → {formatEnd(message.dst, message.dstPort)} ·{' '}
      {message.transport.toUpperCase()} ·{' '}
      {isLost(message) ? 'its bytes are lost' : countOf(message.byteLength, 'byte')}
      {message.isRetransmission && ' · retransmission'}
    </p>
  )
}

function Read({ detail }: { detail: MessageDetail }) {
  return (
    <>
      <ProblemList problems={detail.problems} />
      {detail.sdp !== null && detail.sdp.words.length > 0 && (
        <section className="sdp" aria-label="Session description in words">
          <h3>SDP in words</h3>
          <ul>
            {detail.sdp.words.map((words, index) => (
              <li key={index}>
                <WireText text={words} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="Raw message">
        <div className="raw-tools">
          <h3>As captured</h3>
          <span className="spring" />
          <CopyButton text={detail.rawText} />
          <a className="button" href={rawMessageUrl(detail)} download={rawName(detail)}>
            Raw bytes
          </a>
        </div>
        <RawMessage rawText={detail.rawText} />
      </section>
    </>
  )
}

function rawName(message: MessageDetail): string {
  return `${message.method.replaceAll(/[^A-Za-z0-9]/g, '') || 'message'}-${message.tUs}.sip`
}
