// The outside of an Opus packet: bytes in, how many frames of which length out, or undefined where
// the packet breaks a rule of its format. Does not look at the sound.
//
// RFC 6716 §3.1. The first byte, TOC:
//
//      0 1 2 3 4 5 6 7
//     +-+-+-+-+-+-+-+-+
//     | config  |s| c |   config: mode, band and duration; s: stereo; c: how frames are packed
//     +-+-+-+-+-+-+-+-+

/** Samples at 48 kHz that one packet may hold: 120 ms (RFC 6716 §3.4, R5). */
const PACKET_SAMPLES_MAX = 5_760
const FRAME_BYTES_MAX = 1_275
const PER_MS = 48
const SILK_MS = [10, 20, 40, 60]

export interface OpusPacket {
  readonly frames: number
  /** Samples of one frame at 48 kHz. */
  readonly frameSamples: number
}

/** Reads the frame count and checks the rules R1 to R7 of RFC 6716 §3.4. */
export function parseOpusPacket(bytes: Uint8Array): OpusPacket | undefined {
  const [toc] = bytes
  if (toc === undefined) return undefined
  const frameSamples = frameSamplesOf(toc)
  const frames = countFrames(bytes, toc & 3)
  if (frames === undefined || frames * frameSamples > PACKET_SAMPLES_MAX) return undefined
  return { frames, frameSamples }
}

/** Table 2 of RFC 6716: SILK 10 to 60 ms, hybrid 10 and 20, CELT 2.5 to 20. */
function frameSamplesOf(toc: number): number {
  const config = toc >> 3
  if (config < 12) return (SILK_MS[config & 3] ?? 0) * PER_MS
  if (config < 16) return (config & 1 ? 20 : 10) * PER_MS
  return (2.5 * PER_MS) << (config & 3)
}

function countFrames(bytes: Uint8Array, code: number): number | undefined {
  const rest = bytes.length - 1
  switch (code) {
    case 0:
      return rest <= FRAME_BYTES_MAX ? 1 : undefined
    case 1:
      return rest % 2 === 0 && rest / 2 <= FRAME_BYTES_MAX ? 2 : undefined
    case 2: {
      const first = frameLength(bytes, 1)
      if (first === undefined || first.next + first.length > bytes.length) return undefined
      return bytes.length - first.next - first.length <= FRAME_BYTES_MAX ? 2 : undefined
    }
    default:
      return countPacked(bytes)
  }
}

/** Code 3: a count, perhaps padding, and lengths of all frames but the last (RFC 6716 §3.2.5). */
function countPacked(bytes: Uint8Array): number | undefined {
  const head = bytes[1]
  if (head === undefined) return undefined
  const frames = head & 63
  let at = 2
  let padding = 0
  if ((head & 0x40) !== 0) {
    let byte = 255
    while (byte === 255) {
      byte = bytes[at++] ?? -1
      if (byte < 0) return undefined
      padding += byte === 255 ? 254 : byte
    }
  }
  const end = bytes.length - padding
  if (frames === 0 || end < at) return undefined
  if ((head & 0x80) === 0) {
    const each = (end - at) / frames
    return Number.isInteger(each) && each <= FRAME_BYTES_MAX ? frames : undefined
  }
  let used = 0
  for (let i = 1; i < frames; i++) {
    const one = frameLength(bytes, at)
    if (one === undefined) return undefined
    at = one.next
    used += one.length
  }
  const last = end - at - used
  return last >= 0 && last <= FRAME_BYTES_MAX ? frames : undefined
}

/** A length of one or two bytes (RFC 6716 §3.2.1). */
function frameLength(bytes: Uint8Array, at: number): { length: number; next: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 252) return { length: first, next: at + 1 }
  const second = bytes[at + 1]
  return second === undefined ? undefined : { length: second * 4 + first, next: at + 2 }
}
