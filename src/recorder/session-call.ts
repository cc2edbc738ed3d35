// A recording session in, the call that it records out, where that one was captured too: by the
// Call-IDs and Session-IDs that the session tells, else by who speaks with whom at that time.
import type { Call, Leg } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import { parseNameAddr } from '../sip/name-addr.ts'
import type { RecordedSession } from '../siprec/recorded-session.ts'
import { comparableUser } from '../store/user-pattern.ts'

/** A call may have rung this long before its recording began. */
const BEFORE_US = 4 * 3_600 * 1_000_000
/** The recording may be set up a moment before the call's own INVITE is seen. */
const AFTER_US = 10_000_000
const CANDIDATES_MAX = 200

/** The recorded call; undefined where none is stored, or more than one could be meant. */
export async function callOfSession(
  finder: Finder,
  session: RecordedSession,
  own: Leg,
): Promise<Call | undefined> {
  const named = (await byCallId(finder, session, own)) ?? (await bySessionId(finder, session, own))
  const leg = named ?? (await byUsers(finder, session, own))
  return leg === undefined ? undefined : finder.callByKey(leg.callKey)
}

async function byCallId(finder: Finder, { callIds }: RecordedSession, own: Leg) {
  for (const callId of callIds) {
    const [leg] = (await finder.legsByCallId(callId)).filter(({ kind }) => kind === 'call')
    if (leg !== undefined && leg.legKey !== own.legKey) return leg
  }
  return undefined
}

async function bySessionId(finder: Finder, session: RecordedSession, own: Leg) {
  if (session.sipSessionIds.length === 0) return undefined
  const legs = await candidates(finder, session, own, {})
  const rules = session.sipSessionIds.map(
    (value) => [{ field: 'header', header: 'Session-ID', value }] as const,
  )
  const found = await finder.legsObeying(
    legs.map(({ legKey }) => legKey),
    rules,
  )
  return legs.find(({ legKey }) => found.has(legKey))
}

/** The nearest call before between two of those who take part. */
async function byUsers(finder: Finder, session: RecordedSession, own: Leg) {
  const users = new Set(
    session.participants.flatMap(({ aor }) => {
      const user = aor === null ? '' : parseNameAddr(aor).uri.user
      return user === '' ? [] : [comparableUser(user)]
    }),
  )
  if (users.size < 2) return undefined
  for (const user of users) {
    const legs = await candidates(finder, session, own, { user })
    const between = legs.find(({ from, to }) => {
      const [one, other] = [comparableUser(from ?? ''), comparableUser(to ?? '')]
      return one !== other && users.has(one) && users.has(other)
    })
    if (between !== undefined) return between
  }
  return undefined
}

/** Calls that were up when the session began, the newest first. */
async function candidates(
  finder: Finder,
  { startUs }: RecordedSession,
  own: Leg,
  filter: { readonly user?: string },
): Promise<readonly Leg[]> {
  const span = { startUs: startUs - BEFORE_US, endUs: startUs + AFTER_US }
  const wanted = { ...filter, ...span, kind: 'call' } as const
  const { rows } = await finder.findLegs(wanted, { limit: CANDIDATES_MAX, order: 'newest' })
  return rows.filter(
    ({ legKey, answerUs, endUs }) =>
      legKey !== own.legKey && answerUs !== null && (endUs === null || endUs >= startUs),
  )
}
