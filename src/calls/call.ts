// The legs of one call in, the call out: who called whom and when by the first leg, how it went by
// the leg that tells it, and why the others are here.
import type { Call, Join, Leg } from './leg.ts'
import { evidenceOfText } from './join-evidence.ts'
import { conversationOfCall } from './keys.ts'
import { tellingLeg } from './telling-leg.ts'
import { verdictOf } from './verdict.ts'

/** A value that a leg carries to be joined by. */
export interface LegJoin {
  readonly legKey: string
  readonly header: string
  readonly value: string
}

/** Makes the call of these legs, oldest first; there must be one at least. */
export function assembleCall(legs: readonly [Leg, ...Leg[]], joins: readonly LegJoin[]): Call {
  const [first] = legs
  const { from, to, startUs, kind } = first
  const { ringUs, answerUs, endUs, status, state } = tellingLeg(first, legs)
  return {
    callKey: first.callKey,
    conversationId: first.conversationId,
    legs,
    joins: legs.slice(1).flatMap((leg) => evidenceOf(leg, legs, joins)),
    from,
    to,
    startUs,
    ringUs,
    answerUs,
    endUs,
    durationMs: answerUs === null || endUs === null ? null : Math.round((endUs - answerUs) / 1000),
    status,
    state,
    kind,
    verdict: verdictOf(legs),
    mosMin: null,
    recordings: 0,
  }
}

/** The conversation id of a call: what its messages name, else one made from the call's key. */
export function conversationOf(callKey: string, named: readonly (string | null)[]): string {
  const [smallest] = named.filter((name) => name !== null).toSorted()
  return smallest ?? conversationOfCall(callKey)
}

/** What ties a leg to another of the call: its own header first, else one that names it. */
function evidenceOf(leg: Leg, legs: readonly Leg[], joins: readonly LegJoin[]): Join[] {
  const others = legs.filter((other) => other.legKey !== leg.legKey)
  const own = joins.filter(
    (join) =>
      join.legKey === leg.legKey &&
      (others.some((other) => other.callId === join.value) ||
        joins.some((each) => each.legKey !== leg.legKey && each.value === join.value)),
  )
  const naming = joins.filter((join) => join.value === leg.callId && join.legKey !== leg.legKey)
  const told = [...own, ...naming].map(({ header, value }) => {
    const evidence = evidenceOfText(header)
    return { legKey: leg.legKey, header: evidence.length > 0 ? null : header, evidence, value }
  })
  return [told.find(({ header }) => header !== null) ?? told[0]].filter(
    (join) => join !== undefined,
  )
}
