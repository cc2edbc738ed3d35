// The bytes of a pcap file in, frames out: both byte orders, µs and ns, and two old variants.
// Refuses to search for a next record once one makes no sense: tools that do invent packets.
//
//    file header (24 bytes)                        record header (16 bytes)
//    +-------------------------------+             +-------------------------------+
//    | magic                         |             | seconds                       |
//    | version major | version minor |             | µs or ns                      |
//    | zone and accuracy, both zero  |             | captured length               |
//    | snap length                   |             | original length               |
//    | link type (low 16 bits)       |             +-------------------------------+
//    +-------------------------------+
import { limits } from '../base/limits.ts'
import { ticksToUs } from './capture-time.ts'
import type { Frame } from './frame.ts'
import { u32be, u32le } from './integers.ts'
import type { ProblemTally } from './problems.ts'
import { type EmitFrame, emptyFrame, type RecordWalker, type TakeAhead } from './record-walker.ts'

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const TWO_TO_16 = 2 ** 16
const TWO_TO_32 = 2 ** 32

interface Variant {
  readonly timeResolution: 6 | 9
  readonly fileHeaderBytes: number
  readonly recordHeaderBytes: number
}

/** By magic, read in the byte order in which it makes sense. */
const VARIANTS: ReadonlyMap<number, Variant> = new Map<number, Variant>([
  [0xa1b2c3d4, { timeResolution: 6, fileHeaderBytes: 24, recordHeaderBytes: 16 }],
  [0xa1b23c4d, { timeResolution: 9, fileHeaderBytes: 24, recordHeaderBytes: 16 }],
  // Linux distributions of about 1999 patched libpcap: interface, protocol and direction follow
  // the record header.
  [0xa1b2cd34, { timeResolution: 6, fileHeaderBytes: 24, recordHeaderBytes: 24 }],
  // IXIA testers (hardware, software) add the size of all records to the file header.
  [0x1c0001ac, { timeResolution: 9, fileHeaderBytes: 28, recordHeaderBytes: 16 }],
  [0x1c0001ab, { timeResolution: 6, fileHeaderBytes: 28, recordHeaderBytes: 16 }],
])

/** Whether four bytes begin a pcap file. */
export function isPcapMagic(bytes: Uint8Array, at: number): boolean {
  return VARIANTS.has(u32le(bytes, at)) || VARIANTS.has(u32be(bytes, at))
}

export class PcapWalker implements RecordWalker {
  wanted = FILE_HEADER_BYTES
  isBroken = false
  frames = 0
  readonly #problems: ProblemTally
  readonly #frame: Frame = emptyFrame()
  #hasFileHeader = false
  #isLittleEndian = true
  #isNanosecond = false
  #recordHeaderBytes = RECORD_HEADER_BYTES
  /** Records are what `TakeAhead` takes. */
  #isPlain = false

  readonly #ahead: TakeAhead | undefined

  constructor(problems: ProblemTally, ahead?: TakeAhead) {
    this.#problems = problems
    this.#ahead = ahead
  }

  walk(bytes: Buffer, start: number, end: number, origin: number, emit: EmitFrame): number {
    let at = start
    if (!this.#hasFileHeader) {
      at = this.#readFileHeader(bytes, start, end)
      if (!this.#hasFileHeader) return at
    }
    const headerBytes = this.#recordHeaderBytes
    const frame = this.#frame
    frame.bytes = bytes
    const ahead = this.#isPlain ? this.#ahead : undefined
    for (;;) {
      if (ahead !== undefined && end - at >= headerBytes) {
        at = ahead.records(bytes, at, end, frame.interface)
        this.frames += ahead.taken
      }
      if (end - at < headerBytes) {
        this.wanted = headerBytes
        return at
      }
      const capturedBytes = this.#isLittleEndian ? u32le(bytes, at + 8) : u32be(bytes, at + 8)
      if (capturedBytes > limits.frameBytesMax) {
        this.#stop(origin + at, capturedBytes)
        return at
      }
      const recordBytes = headerBytes + capturedBytes
      if (end - at < recordBytes) {
        this.wanted = recordBytes
        return at
      }
      frame.start = at + headerBytes
      frame.end = at + recordBytes
      this.#readTime(bytes, at)
      frame.originalLength = this.#isLittleEndian ? u32le(bytes, at + 12) : u32be(bytes, at + 12)
      this.frames++
      emit(frame)
      at += recordBytes
    }
  }

  #readFileHeader(bytes: Buffer, start: number, end: number): number {
    this.#isLittleEndian = VARIANTS.has(u32le(bytes, start))
    const read = this.#isLittleEndian ? u32le : u32be
    const variant = VARIANTS.get(read(bytes, start))
    if (variant === undefined || end - start < variant.fileHeaderBytes) {
      this.wanted = variant?.fileHeaderBytes ?? FILE_HEADER_BYTES
      return start
    }
    this.#hasFileHeader = true
    this.#isNanosecond = variant.timeResolution === 9
    this.#recordHeaderBytes = variant.recordHeaderBytes
    const isUsual = variant.recordHeaderBytes === RECORD_HEADER_BYTES
    this.#isPlain = this.#isLittleEndian && !this.#isNanosecond && isUsual
    this.#frame.interface = {
      // The upper half tells how long the frame check sequence is; IP's own length says where
      // the payload ends, so nothing here depends on it.
      linkType: read(bytes, start + 20) & 0xffff,
      snapLength: read(bytes, start + 16),
      timeResolution: variant.timeResolution,
      timeOffsetSeconds: 0,
      name: undefined,
    }
    return start + variant.fileHeaderBytes
  }

  #readTime(bytes: Buffer, at: number): void {
    const frame = this.#frame
    const seconds = this.#isLittleEndian ? u32le(bytes, at) : u32be(bytes, at)
    const fraction = this.#isLittleEndian ? u32le(bytes, at + 4) : u32be(bytes, at + 4)
    if (!this.#isNanosecond) {
      const tUs = seconds * 1_000_000 + fraction
      frame.tUs = tUs
      frame.ticksHigh = Math.floor(tUs / TWO_TO_32)
      frame.ticksLow = tUs >>> 0
      return
    }
    // seconds × 10⁹ needs 62 bits: multiplied in two halves that each fit a double.
    const upper = Math.floor(seconds / TWO_TO_16) * 1_000_000_000
    const lower = (seconds % TWO_TO_16) * 1_000_000_000 + fraction
    const low = (upper % TWO_TO_16) * TWO_TO_16 + lower
    frame.ticksHigh = Math.floor(upper / TWO_TO_16) + Math.floor(low / TWO_TO_32)
    frame.ticksLow = low >>> 0
    frame.tUs = ticksToUs(frame.ticksHigh, frame.ticksLow, 9, 0)
  }

  #stop(at: number, capturedBytes: number): void {
    this.isBroken = true
    this.#problems.add(
      'source.pcap.record-too-long',
      at,
      `record of at most ${limits.frameBytesMax} bytes expected, ${capturedBytes} claimed`,
    )
  }
}
