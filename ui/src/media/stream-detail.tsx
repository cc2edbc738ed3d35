// One stream in full: every figure with its definition as a tip, and what others report of it.
import type { Stream } from '../../../src/calls/stream.ts'
import { formatCount } from '../text/quantity.ts'
import { WireText } from '../text/wire-text.tsx'
import { StreamChart } from './stream-chart.tsx'
import type { Figure } from './stream-words.ts'
import { countFigures, reportInWords, scoreFigures, timeFigures } from './stream-words.ts'

/** Chart, figures and reports of a stream. */
export function StreamDetail({ stream }: { stream: Stream }) {
  return (
    <section className="stream-detail" aria-label="The chosen stream">
      {stream.intervals.length > 1 && <StreamChart stream={stream} />}
      <div className="figure-groups">
        <Figures title="Counted" figures={countFigures(stream)} />
        <Figures title="Timed" figures={timeFigures(stream)} />
        <Figures title="Score" figures={scoreFigures(stream)} />
      </div>
      <Reports stream={stream} />
      <Payloads stream={stream} />
      {stream.problems.length > 0 && (
        <p>
          {stream.problems.map((code) => (
            <code key={code} className="problem-code">
              {code}
            </code>
          ))}
        </p>
      )}
    </section>
  )
}

function Figures({ title, figures }: { title: string; figures: readonly Figure[] }) {
  if (figures.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <dl className="stream-figures">
        {figures.map(({ label, value, tip }) => (
          <div key={label} title={tip}>
            <dt>{label}</dt>
            <dd className="number">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Reports({ stream }: { stream: Stream }) {
  if (stream.reports.length === 0) return null
  return (
    <section>
      <h3>What others report of it</h3>
      <ul className="reports">
        {stream.reports.map((report) => (
          <li key={`${report.source} ${report.side}`}>
            <code>{report.source}</code> by the {report.side}: {reportInWords(report)}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Payloads({ stream }: { stream: Stream }) {
  if (stream.payloadTypes.length < 2) return null
  return (
    <section>
      <h3>Payload types</h3>
      <ul className="reports">
        {stream.payloadTypes.map(({ payloadType, codec, packets, fmtp }) => (
          <li key={payloadType}>
            {payloadType} <WireText text={codec ?? 'not announced'} />: {formatCount(packets)}{' '}
            packets
            {fmtp !== null && (
              <small className="dim">
                {' '}
                <WireText text={fmtp} />
              </small>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
