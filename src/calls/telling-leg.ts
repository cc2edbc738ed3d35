// The legs of a call in, the one that tells how it went out: the first, which is what the caller
// lived through, or the one by which its sender came through after the first had failed.
import type { Leg } from './leg.ts'

/** `first` is the first of `legs`, which are those of one call, oldest first. */
export function tellingLeg(first: Leg, legs: readonly Leg[]): Leg {
  if (first.kind !== 'call' || first.answerUs !== null) return first
  const tries = legs.filter((leg) => leg.kind === 'call' && isBySenderOf(first, leg))
  const answered = tries.find(({ answerUs }) => answerUs !== null)
  if (answered !== undefined) return answered
  const { endUs } = first
  return tries.findLast(({ startUs }) => endUs !== null && startUs >= endUs) ?? first
}

/**
 * Only who sent the first leg can try again; what others send is how that leg went on. On one host
 * the ports tell who is who, between hosts each connection may have its own.
 */
function isBySenderOf(first: Leg, leg: Leg): boolean {
  if (first.src === null || leg.src !== first.src) return false
  return first.src !== first.dst || leg.srcPort === first.srcPort
}
