// A message of a leg in, how good a witness it is of who called whom out. The best one names the
// leg's users and its ends. The rank is of one message alone, so that records of halves of a leg
// merge to the record of the whole, in whatever order they come.
import {
  FACT_CODE,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_HASH,
  FACT_T_US,
  FACT_TO_TAG,
  type LegTrail,
  RESPONSE_CODE_BASE,
} from './leg-record.ts'
import { METHOD_ACK, METHOD_BYE, METHOD_CANCEL, METHOD_INVITE } from '../sip/method.ts'

/** The request that began the leg. */
export const WITNESS_OPENING = 0
/** An answer to an INVITE goes back to the caller; a request within a dialog may be of either. */
const WITNESS_ANSWER = 1
const WITNESS_REQUEST = 2
const WITNESS_RESPONSE = 3
const NO_WITNESS = 4

/** What a message is a witness of; less is better. `method` of a response is that of its CSeq. */
export function witnessOf(isRequest: boolean, method: number, hasToTag: boolean): number {
  if (!isRequest) return method === METHOD_INVITE ? WITNESS_ANSWER : WITNESS_RESPONSE
  // ACK and CANCEL follow a request, and BYE a dialog (RFC 3261 §12.2.1.1).
  const begins =
    !hasToTag && method !== METHOD_ACK && method !== METHOD_CANCEL && method !== METHOD_BYE
  return begins ? WITNESS_OPENING : WITNESS_REQUEST
}

/** The same for a line of a trail; of no line, less than all. */
export function witnessAt({ facts }: LegTrail, at: number): number {
  const code = facts[at + FACT_CODE]
  if (code === undefined) return NO_WITNESS
  const isRequest = code < RESPONSE_CODE_BASE
  const method = isRequest ? code : (facts[at + FACT_CSEQ_METHOD] ?? 0)
  return witnessOf(isRequest, method, (facts[at + FACT_TO_TAG] ?? 0) !== 0)
}

/** Negative where the line at `x` is the better witness: of two alike the earlier, then by hash. */
export function compareWitnesses(a: LegTrail, x: number, b: LegTrail, y: number): number {
  return (
    witnessAt(a, x) - witnessAt(b, y) ||
    (a.facts[x + FACT_T_US] ?? 0) - (b.facts[y + FACT_T_US] ?? 0) ||
    (a.facts[x + FACT_HASH] ?? 0) - (b.facts[y + FACT_HASH] ?? 0)
  )
}

/** Where the line of the best witness begins; 0 for an empty trail. */
export function bestWitness(trail: LegTrail): number {
  let best = 0
  for (let at = FACT_FIELDS; at < trail.facts.length; at += FACT_FIELDS) {
    if (compareWitnesses(trail, at, trail, best) < 0) best = at
  }
  return best
}
