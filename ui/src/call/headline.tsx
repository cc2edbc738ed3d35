// The top of a call's page: who called whom, what happened, and the times.
import type { ReactNode } from 'react'
import type { Call } from '../../../src/calls/leg.ts'
import { CallState } from '../parts/call-state.tsx'
import { countOf, formatDurationMs, formatSecondsUs } from '../text/quantity.ts'
import { WireText } from '../text/wire-text.tsx'
import { TimeText } from '../text/zone.tsx'
import { endedByOf, identitiesOf, joinsInWords, problemsOf, spansOf } from './call-facts.ts'

/** The facts of a call. */
export function Headline({ call }: { call: Call }) {
  const first = call.legs[0]
  const endedBy = endedByOf(call)
  const userAgent = first?.userAgent ?? null
  const messages = call.legs.reduce((sum, leg) => sum + leg.messages, 0)
  const repeats = call.legs.reduce((sum, leg) => sum + leg.retransmissions, 0)
  return (
    <section className="headline" aria-label="Summary of the call">
      <h1>
        <Party user={call.from} host={first?.fromHost ?? null} />
        <span aria-label="to"> → </span>
        <Party user={call.to} host={first?.toHost ?? null} />
        <CallState call={call} />
        {call.kind !== 'call' && <small className="kind">{call.kind}</small>}
      </h1>
      {call.verdict !== '' && (
        <p className="verdict">
          <WireText text={call.verdict} />
        </p>
      )}
      <dl className="facts">
        <Fact label="Start">
          <TimeText tUs={call.startUs} />
        </Fact>
        {call.answerUs !== null && (
          <Fact label="Answer">
            <TimeText tUs={call.answerUs} />
          </Fact>
        )}
        {call.endUs !== null && (
          <Fact label="End">
            <TimeText tUs={call.endUs} />
            {endedBy !== null && <span className="dim"> by the {endedBy}</span>}
          </Fact>
        )}
        {spansOf(call).map(({ label, spanUs, tip }) => (
          <Fact key={label} label={label} tip={`${formatSecondsUs(spanUs)} s ${tip}`}>
            <span className="number">{formatDurationMs(spanUs / 1000)}</span>
          </Fact>
        ))}
        <Fact label="Messages">
          {countOf(messages, 'message')} in {countOf(call.legs.length, 'leg')}
          {repeats > 0 && <span className="dim">, {countOf(repeats, 'retransmission')}</span>}
        </Fact>
        {identitiesOf(call).map(({ header, users, tip }) => (
          <Fact key={header} label={header} tip={tip}>
            <WireText text={users.join(', ')} />
          </Fact>
        ))}
        {userAgent !== null && (
          <Fact label="Caller's agent">
            <WireText text={userAgent} />
          </Fact>
        )}
        <Problems call={call} />
      </dl>
      <Joins call={call} />
    </section>
  )
}

function Party({ user, host }: { user: string | null; host: string | null }) {
  return (
    <span className="party">
      {user === null ? <span className="dim">no user</span> : <WireText text={user} />}
      {host !== null && (
        <small className="dim">
          @<WireText text={host} />
        </small>
      )}
    </span>
  )
}

function Fact(props: { label: string; tip?: string; children: ReactNode }) {
  return (
    <div title={props.tip}>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}

function Problems({ call }: { call: Call }) {
  const codes = problemsOf(call)
  if (codes.length === 0) return null
  return (
    <Fact label="Problems in messages">
      {codes.map((code) => (
        <code key={code} className="problem-code">
          {code}
        </code>
      ))}
    </Fact>
  )
}

function Joins({ call }: { call: Call }) {
  const joins = joinsInWords(call)
  if (joins.length === 0) return null
  return (
    <ul className="joins">
      {joins.map((words) => (
        <li key={words}>
          <WireText text={words} />
        </li>
      ))}
    </ul>
  )
}
