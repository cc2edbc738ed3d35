// The legs of a call in, the one that tells how it went out: the first, which is what the caller
// lived through, or the one by which its sender came through after the first had failed.
import { outcomeElsewhere } from './given-reason.ts'
import type { Leg } from './leg.ts'

/** `first` is the first of `legs`, which are those of one call, oldest first. */
export function tellingLeg(first: Leg, legs: readonly Leg[]): Leg {
  if (first.kind !== 'call' || first.answerUs !== null) return first
  const calls = legs.filter(({ kind }) => kind === 'call')
  const tries = calls.filter((leg) => isBySenderOf(first, leg))
  // Where it says that it was answered elsewhere, whoever did that tells, by whomever called.
  const isElsewhere = outcomeElsewhere(first) === 'answered'
  const answered = (isElsewhere ? calls : tries).find(({ answerUs }) => answerUs !== null)
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
