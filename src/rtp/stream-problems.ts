// A stream's record in, the codes of what was odd about its packets out.
import { PAYLOADS_BEYOND, RESTARTS, STRAYS, TIMESTAMP_JUMPS } from './stream-fields.ts'
import type { RtpProblemCode } from './problems.ts'

const CODES: readonly (readonly [field: number, code: RtpProblemCode])[] = [
  [PAYLOADS_BEYOND, 'rtp.payload-type.too-many'],
  [RESTARTS, 'rtp.sequence.restart'],
  [STRAYS, 'rtp.sequence.stray'],
  [TIMESTAMP_JUMPS, 'rtp.timestamp.jump'],
]

/** Codes in the order of the alphabet, each once. */
export function problemsOf(words: Int32Array, w: number): RtpProblemCode[] {
  return CODES.filter(([field]) => (words[w + field] as number) > 0).map(([, code]) => code)
}
