// What the name, the notes and the times of a recording file say in, the stored call that it is of
// out. A Call-ID decides; without one, both the users and the time must fit.
import type { Call, Leg } from '../../calls/leg.ts'
import type { Finder } from '../../query/finder.ts'
import { comparableUser } from '../../store/user-pattern.ts'
import type { FileClues } from './pbx-file-name.ts'

export interface FileFacts extends FileClues {
  /** From the file itself: when it was written last, less its length. */
  readonly startUs: number
  readonly durationMs: number
}

/** A PBX begins to record at the answer, or at the first sound of a menu. */
const NEAR_US = 20_000_000
/** A call may ring and wait in a queue before it is recorded. */
const BEFORE_US = 3_600 * 1_000_000
const CANDIDATES_MAX = 200
/**
 * Digits by which the ends of numbers are compared, however they are written at their beginning.
 */
const TAIL_DIGITS = 7

export async function callOfFile(finder: Finder, facts: FileFacts): Promise<Call | undefined> {
  const leg = (await byCallId(finder, facts)) ?? (await byUsersAndTime(finder, facts))
  return leg === undefined ? undefined : finder.callByKey(leg.callKey)
}

async function byCallId(finder: Finder, facts: FileFacts): Promise<Leg | undefined> {
  for (const callId of facts.callIds) {
    const legs = (await finder.legsByCallId(callId)).filter(({ kind }) => kind === 'call')
    if (legs.length > 0) return nearest(legs, [facts.startUs])
    const [call] = await finder.callsByConversation(callId)
    if (call !== undefined) return call.legs[0]
  }
  return undefined
}

/** Of the calls at that time, the one whose users the name has; the more of them the better. */
async function byUsersAndTime(finder: Finder, facts: FileFacts): Promise<Leg | undefined> {
  if (facts.numbers.length === 0) return undefined
  const starts = facts.startsUs.length > 0 ? facts.startsUs : [facts.startUs]
  const found: { leg: Leg; users: number }[] = []
  for (const startUs of starts) {
    const span = { startUs: startUs - BEFORE_US, endUs: startUs + NEAR_US }
    const page = { limit: CANDIDATES_MAX, order: 'newest' } as const
    for (const number of facts.numbers) {
      const user = number.length > TAIL_DIGITS ? `*${number.slice(-TAIL_DIGITS)}` : number
      const { rows } = await finder.findLegs({ ...span, kind: 'call', user }, page)
      for (const leg of rows)
        if (wasUp(leg, startUs)) found.push({ leg, users: usersOf(leg, facts) })
    }
  }
  const most = Math.max(0, ...found.map(({ users }) => users))
  // Where the name has two numbers, one alone is another call of the same person.
  if (most < Math.min(2, facts.numbers.length)) return undefined
  const best = found.filter(({ users }) => users === most).map(({ leg }) => leg)
  return nearest(best, starts)
}

function wasUp({ answerUs, endUs, startUs }: Leg, atUs: number): boolean {
  const isBegun = (answerUs ?? startUs) <= atUs + NEAR_US
  return isBegun && (endUs === null || endUs >= atUs - NEAR_US)
}

function usersOf({ from, to }: Leg, { numbers }: FileFacts): number {
  const isNamed = (user: string | null) => {
    if (user === null) return false
    const one = comparableUser(user)
    return numbers.some((number) => {
      const other = comparableUser(number)
      const [tail, whole] = one.length < other.length ? [one, other] : [other, one]
      return (
        one === other || (tail.length >= TAIL_DIGITS && whole.endsWith(tail.slice(-TAIL_DIGITS)))
      )
    })
  }
  return Number(isNamed(from)) + Number(isNamed(to))
}

function nearest(legs: readonly Leg[], startsUs: readonly number[]): Leg | undefined {
  const distance = (leg: Leg) =>
    Math.min(...startsUs.map((startUs) => Math.abs((leg.answerUs ?? leg.startUs) - startUs)))
  return legs.toSorted((a, b) => distance(a) - distance(b))[0]
}
