// A packet on its way to be heard, as a type: out of its encryption and its redundancy, not decoded
// yet, or decoded by somebody else.
import type { SoundCodec } from './sound.ts'

export interface HeardPacket {
  readonly streamId: number
  /** When it was captured, µs since 1970. */
  readonly tUs: number
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly payloadType: number
  readonly isMarked: boolean
  readonly payload: Uint8Array
  /** What its payload type stands for; undefined where nobody said. */
  readonly codec: SoundCodec | undefined
  /** A copy that a later packet carried (RFC 2198): used where the packet itself is missing. */
  readonly isRedundant: boolean
  /** Its samples, where a foreign decoder made them. */
  readonly decoded?: DecodedPayload
}

export interface DecodedPayload {
  readonly sampleRateHz: number
  readonly samples: Float32Array
}

/** Annexes A and B of G.729: its bits, by names that devices make though RFC 3551 has none. */
const G729_ANNEXES = new Set(['g729a', 'g729b', 'g729ab'])

/** A codec's name as codecs are told apart. */
export function codecKey(codec: SoundCodec | undefined): string {
  const key = codec?.name.toLowerCase() ?? ''
  return G729_ANNEXES.has(key) ? 'g729' : key
}
