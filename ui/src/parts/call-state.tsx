// How a call came out, in a colour and in words; never by colour alone.
import type { Call, LegState } from '../../../src/calls/leg.ts'

/** Words and tone of each state. */
const STATE_WORDS: Readonly<Record<LegState, { words: string; tone: string }>> = {
  trying: { words: 'trying', tone: 'live' },
  ringing: { words: 'ringing', tone: 'live' },
  'in-call': { words: 'in call', tone: 'live' },
  completed: { words: 'completed', tone: 'good' },
  cancelled: { words: 'cancelled', tone: 'quiet' },
  busy: { words: 'busy', tone: 'warn' },
  rejected: { words: 'failed', tone: 'bad' },
  redirected: { words: 'redirected', tone: 'turn' },
  challenged: { words: 'challenged', tone: 'warn' },
  pending: { words: 'no answer', tone: 'live' },
  done: { words: 'done', tone: 'good' },
}

/** `486 busy` with its colour. */
export function CallState({ call }: { call: Pick<Call, 'state' | 'status'> }) {
  // A server newer than this page may know more states.
  const { words, tone } = STATE_WORDS[call.state] ?? { words: call.state, tone: 'quiet' }
  return (
    <span className={`state tone-${tone}`}>
      {call.status !== null && <b className="number">{call.status}</b>} {words}
    </span>
  )
}
