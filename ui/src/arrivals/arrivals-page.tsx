// What comes in live and from whom, with sentences on top that say why no calls are seen.
import type { Finding } from '../../../src/api/own/arrival-words.ts'
import type { Arrival, Intake } from '../../../src/line/arrival.ts'
import type { Arrivals } from '../api/types.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { formatCount } from '../text/quantity.ts'
import {
  agoOf,
  authOf,
  clockOf,
  intakeFacts,
  lossesOf,
  mixOf,
  nameOf,
  rateOf,
} from './arrival-cells.ts'
import { useArrivals } from './use-arrivals.ts'

/** The page of arrivals. */
export function ArrivalsPage() {
  const arrivals = useArrivals()
  useTitle('Arrivals')
  return (
    <div className="arrivals">
      <h1>What arrives</h1>
      {arrivals.isError && (
        <ErrorNote error={arrivals.error} onRetry={() => void arrivals.refetch()} />
      )}
      {arrivals.data !== undefined && <Shown arrivals={arrivals.data} />}
    </div>
  )
}

function Shown({ arrivals }: { arrivals: Arrivals }) {
  return (
    <>
      <Findings findings={arrivals.findings} />
      {arrivals.arrivals.length > 0 && <Senders arrivals={arrivals} />}
      {arrivals.intakes.length > 0 && <Intakes intakes={arrivals.intakes} />}
      <p className="dim">
        {formatCount(arrivals.messages)} SIP messages in {formatCount(arrivals.frames)} packets
        since the start; {formatCount(arrivals.batchesWaiting)} batches wait to be stored.
      </p>
    </>
  )
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul className="findings" aria-label="What is to be said">
      {findings.map(({ level, text }) => (
        <li key={text} className={level}>
          {text}
        </li>
      ))}
    </ul>
  )
}

function Senders({ arrivals }: { arrivals: Arrivals }) {
  const byRate = [...arrivals.arrivals].sort((a, b) => b.packetsPerSecond - a.packetsPerSecond)
  return (
    <section>
      <h2>Senders</h2>
      <div className="arrival-table">
        <table>
          <thead>
            <tr>
              <th>Sender</th>
              <th>From</th>
              <th title="packets in each second, over the last ten">Rate</th>
              <th>Last packet</th>
              <th title="packets by what they carry">Carries</th>
              <th title="median of the time written less the time of arrival">Clock</th>
              <th>Key</th>
              <th title="packets that are not in the store">Losses</th>
              <th title="oddities, by code">Problems</th>
            </tr>
          </thead>
          <tbody>
            {byRate.map((sender) => (
              <Sender key={keyOf(sender)} sender={sender} nowUs={arrivals.tUs} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Sender({ sender, nowUs }: { sender: Arrival; nowUs: number }) {
  const problems = Object.entries(sender.problems)
  return (
    <tr>
      <th scope="row">{nameOf(sender)}</th>
      <td>
        {sender.address ?? 'this machine'} <span className="dim">{sender.transport}</span>
      </td>
      <td className="number" title={`${formatCount(sender.packets)} packets so far`}>
        {rateOf(sender)}
      </td>
      <td className="number">{agoOf(sender, nowUs)}</td>
      <td>{mixOf(sender)}</td>
      <td className="number">{clockOf(sender)}</td>
      <td>{authOf(sender)}</td>
      <td>{lossesOf(sender)}</td>
      <td>
        {problems.length === 0
          ? 'none'
          : problems.map(([code, count]) => `${formatCount(count)} ${code}`).join(', ')}
      </td>
    </tr>
  )
}

function Intakes({ intakes }: { intakes: readonly Intake[] }) {
  return (
    <section>
      <h2>Listening</h2>
      <dl className="intakes">
        {intakes.map((intake) => (
          <div key={`${intake.source} ${intake.transport} ${intake.place}`}>
            <dt>
              {intake.source} {intake.transport} <span className="mono">{intake.place}</span>
            </dt>
            <dd className={intake.isOpen ? undefined : 'wrong'}>{intakeFacts(intake)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function keyOf({ source, transport, address, agentId, node }: Arrival): string {
  return [source, transport, address, agentId, node].join(' ')
}
