// The legs of one call and their streams in, the call out: who called whom and when by the first
// leg, how it went by the leg that tells it, and why the others are here.
import type { Call, Join, Leg } from './leg.ts'
import { evidenceOfText } from './join-evidence.ts'
import { conversationOfCall } from './keys.ts'
import { type CallMedia, mediaClause } from './media-clause.ts'
import { mosOf, tellingStreams } from './stream-figures.ts'
import { tellingLeg } from './telling-leg.ts'
import { verdictOf } from './verdict.ts'

/** A value that a leg carries to be joined by. */
export interface LegJoin {
  readonly legKey: string
  readonly header: string
  readonly value: string
}

/** Makes the call of these legs, oldest first, and their streams; there must be a leg at least. */
export function assembleCall(
  legs: readonly [Leg, ...Leg[]],
  joins: readonly LegJoin[],
  media: CallMedia,
): Call {
  const [first] = legs
  const { from, to, startUs, kind } = first
  const told = tellingLeg(first, legs)
  const { ringUs, answerUs, endUs, status, state } = told
  const clause = mediaClause(told, legs, media)
  const verdict = verdictOf(legs)
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
    verdict: clause === undefined ? verdict : `${clause}; ${verdict}`,
    mosMin: mosMinOf(media),
    recordings: 0,
  }
}

/** The lowest score in hundredths, as everybody shows it; null where no stream has one. */
function mosMinOf(media: CallMedia): number | null {
  const scored = [...media.values()].flat().filter((record) => mosOf(record) !== null)
  const scores = tellingStreams(scored).flatMap((record) => mosOf(record) ?? [])
  return scores.length === 0 ? null : Math.round(Math.min(...scores) * 100) / 100
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
