// AMR and AMR-WB: RTP payloads in, a file in the storage format out. Silence descriptors and empty
// frames become silence here, for decoders refuse them; a payload that breaks the rules is dropped.
//
// RFC 4867 §4.3 (bandwidth-efficient), §4.4 (octet-aligned), §5 (storage). Either payload begins
// with a codec mode request (CMR) and a table of contents (ToC), one entry for each frame:
//
//     |F|  FT (4)  |Q|                  F: another entry follows; FT: mode; Q: not damaged
import { fmtpValue } from '../fmtp.ts'
import type { SoundCodec } from '../sound.ts'
import {
  decodedStretch,
  type ForeignFile,
  type ForeignStretch,
  silentStretch,
} from './foreign-file.ts'

interface AmrKind {
  readonly magic: string
  readonly sampleRateHz: number
  readonly frameSamples: number
  /** Speech bits by frame type (3GPP TS 26.101 table 1a, TS 26.201 table 1a). */
  readonly bits: readonly number[]
  /** Frame types from here on hold no speech. */
  readonly silentFrom: number
}

const NARROWBAND: AmrKind = {
  magic: '#!AMR\n',
  sampleRateHz: 8_000,
  frameSamples: 160,
  bits: [95, 103, 118, 134, 148, 159, 204, 244, 39],
  silentFrom: 8,
}

const WIDEBAND: AmrKind = {
  magic: '#!AMR-WB\n',
  sampleRateHz: 16_000,
  frameSamples: 320,
  bits: [132, 177, 253, 285, 317, 365, 397, 461, 477, 40],
  silentFrom: 9,
}

/** Frames of one payload: 240 ms, more than any sender packs. */
const FRAMES_MAX = 12
/** Payloads looked at to find out how they are packed. */
const PROBED_PAYLOADS = 50

interface Frame {
  readonly type: number
  readonly quality: number
  readonly bits: readonly number[]
}

export function writeAmr(codec: SoundCodec, payloads: readonly Uint8Array[]): ForeignFile {
  const kind = codec.name.toLowerCase() === 'amr-wb' ? WIDEBAND : NARROWBAND
  const isAligned = findAlignment(codec, payloads, kind)
  const parts: Buffer[] = [Buffer.from(kind.magic, 'latin1')]
  const stretches = payloads.map((payload): ForeignStretch[] => {
    const frames = readFrames(payload, kind, isAligned) ?? []
    return frames.map((frame) => {
      if (frame.type >= kind.silentFrom) return silentStretch(kind.frameSamples)
      parts.push(storedFrame(frame))
      return decodedStretch(kind.frameSamples)
    })
  })
  const bytes = Buffer.concat(parts)
  return { format: 'amr', options: [], sampleRateHz: kind.sampleRateHz, bytes, stretches }
}

/**
 * What SDP says, unless the payloads say otherwise: a sender that ignores the parameter, or a
 * capture without SDP, still shows by its lengths how it packs.
 */
function findAlignment(codec: SoundCodec, payloads: readonly Uint8Array[], kind: AmrKind): boolean {
  const declared = fmtpValue(codec.fmtp, 'octet-align') === '1'
  const sample = payloads.slice(0, PROBED_PAYLOADS)
  const fitting = (isAligned: boolean) =>
    sample.filter((payload) => readFrames(payload, kind, isAligned) !== undefined).length
  return fitting(!declared) > fitting(declared) ? !declared : declared
}

/** The frames of a payload; undefined where it does not hold what its contents say. */
function readFrames(payload: Uint8Array, kind: AmrKind, isAligned: boolean): Frame[] | undefined {
  const reader = new BitReader(payload)
  reader.take(isAligned ? 8 : 4)
  const contents: { type: number; quality: number }[] = []
  for (let isMore = true; isMore; ) {
    isMore = reader.take(1) === 1
    contents.push({ type: reader.take(4), quality: reader.take(1) })
    if (isAligned) reader.take(2)
    if (contents.length > FRAMES_MAX) return undefined
  }
  const frames = contents.map(({ type, quality }) => {
    const bits = Array.from({ length: kind.bits[type] ?? 0 }, () => reader.take(1))
    if (isAligned) reader.align()
    return { type, quality, bits }
  })
  return reader.isShort || !reader.isAtEnd ? undefined : frames
}

/** RFC 4867 §5.3: a byte of type and quality, then the bits, filled up with zeros. */
function storedFrame({ type, quality, bits }: Frame): Buffer {
  const stored = Buffer.alloc(1 + Math.ceil(bits.length / 8))
  stored[0] = (type << 3) | (quality << 2)
  for (const [i, bit] of bits.entries()) {
    stored[1 + (i >> 3)] = (stored[1 + (i >> 3)] ?? 0) | (bit << (7 - (i & 7)))
  }
  return stored
}

class BitReader {
  readonly #bytes: Uint8Array
  #at = 0
  /** Something was read beyond the end. */
  isShort = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3]
      if (byte === undefined) this.isShort = true
      value = (value << 1) | (((byte ?? 0) >> (7 - (this.#at & 7))) & 1)
    }
    return value
  }

  /** Nothing but the filling of the last byte is left. */
  get isAtEnd(): boolean {
    return Math.ceil(this.#at / 8) === this.#bytes.length
  }

  align(): void {
    this.#at = Math.ceil(this.#at / 8) * 8
  }
}
