// A leg's trail in, which of its messages repeat an earlier one out: captured once more where it
// passed two points or a mirror port gives both directions twice, or sent once more.
import {
  FACT_FIELDS,
  FACT_HASH,
  FACT_PATH,
  FACT_T_US,
  type LegTrail,
  messageCount,
} from './leg-record.ts'

export type Repeat = 'none' | 'copy' | 'retransmission'

/**
 * A message is sent again after T1, 500 ms, at the earliest (RFC 3261 §17.1.1.1). Where T1 is set
 * lower in a network of one's own, it is still far from what lies between two captures of one.
 */
const COPY_US_MAX = 50_000

/** For each line, how it repeats the bytes of an earlier one between the same ends. */
export function repeats(trail: LegTrail): Repeat[] {
  if (messageCount(trail) <= FEW_LINES) return repeatsOfFew(trail)
  const seen = new Map<number, number>()
  const result: Repeat[] = []
  for (let at = 0; at < trail.facts.length; at += FACT_FIELDS) {
    const key = (trail.facts[at + FACT_HASH] ?? 0) * 256 + (trail.facts[at + FACT_PATH] ?? 0)
    const tUs = trail.facts[at + FACT_T_US] ?? 0
    result.push(repeatAfter(seen.get(key), tUs))
    seen.set(key, tUs)
  }
  return result
}

/** So few lines are compared with each other more quickly than put into a map. */
const FEW_LINES = 24

function repeatsOfFew({ facts }: LegTrail): Repeat[] {
  const result: Repeat[] = []
  for (let at = 0; at < facts.length; at += FACT_FIELDS) {
    const hash = facts[at + FACT_HASH]
    const path = facts[at + FACT_PATH]
    let beforeUs: number | undefined
    for (let before = 0; before < at; before += FACT_FIELDS) {
      if (facts[before + FACT_HASH] !== hash || facts[before + FACT_PATH] !== path) continue
      beforeUs = facts[before + FACT_T_US]
    }
    result.push(repeatAfter(beforeUs, facts[at + FACT_T_US] ?? 0))
  }
  return result
}

/** `beforeUs` is when the same was captured last: lines are in order of time. */
function repeatAfter(beforeUs: number | undefined, tUs: number): Repeat {
  if (beforeUs === undefined) return 'none'
  return tUs - beforeUs <= COPY_US_MAX ? 'copy' : 'retransmission'
}
