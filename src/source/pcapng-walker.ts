// The bytes of a pcapng file in, frames out: any number of sections, each in its own byte order,
// with any number of interfaces. Refuses to read what carries no packets: such blocks are counted.
// Rules: draft-ietf-opsawg-pcapng §3 and §4.
//
//    every block                           enhanced packet (6)          obsolete packet (2)
//    +----------------------------+    8   +-------------------+        +-------------------+
//    | type                       |        | interface         |        | interface | drops |
//    | total length               |   12   | ticks, upper half |        | ticks, upper half |
//    | body, padded to 32 bits    |   16   | ticks, lower half |        | ticks, lower half |
//    | total length again         |   20   | captured length   |        | captured length   |
//    +----------------------------+   24   | original length   |        | original length   |
//                                     28   | bytes, options    |        | bytes, options    |
import { limits } from '../base/limits.ts'
import { T_US_MAX, ticksToUs } from './capture-time.ts'
import type { CaptureInterface, Frame } from './frame.ts'
import { u16be, u16le, u32be, u32le } from './integers.ts'
import { readInterface } from './pcapng-interface.ts'
import type { ProblemTally, SourceProblemCode } from './problems.ts'
import { type EmitFrame, emptyFrame, type RecordWalker } from './record-walker.ts'

export const BLOCK_SECTION = 0x0a0d0d0a
export const BLOCK_INTERFACE = 1
const BLOCK_OBSOLETE_PACKET = 2
const BLOCK_SIMPLE_PACKET = 3
export const BLOCK_ENHANCED_PACKET = 6
const BLOCK_SECRETS = 10
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

/** Type and length in front, length behind. */
const BLOCK_BYTES_MIN = 12
const SECTION_BYTES_MIN = 28
const PACKET_BODY_AT = 28
const SECRETS_BODY_AT = 16
/** draft-ietf-opsawg-pcapng §4.7: an NSS key log. Other secrets (WireGuard, SSH) are skipped. */
const SECRETS_TLS_KEY_LOG = 0x544c534b

/** Takes the bytes of a key log that a capture carries; good until the call returns. */
export type EmitSecrets = (keyLog: Buffer) => void

export class PcapngWalker implements RecordWalker {
  wanted = BLOCK_BYTES_MIN
  isBroken = false
  frames = 0
  readonly #problems: ProblemTally
  readonly #frame: Frame = emptyFrame()
  #interfaces: CaptureInterface[] = []
  #isLittleEndian = true

  readonly #emitSecrets: EmitSecrets | undefined

  constructor(problems: ProblemTally, emitSecrets?: EmitSecrets) {
    this.#problems = problems
    this.#emitSecrets = emitSecrets
  }

  walk(bytes: Buffer, start: number, end: number, origin: number, emit: EmitFrame): number {
    let at = start
    this.#frame.bytes = bytes
    while (!this.isBroken) {
      if (end - at < BLOCK_BYTES_MIN) {
        this.wanted = BLOCK_BYTES_MIN
        return at
      }
      const length = this.#blockLength(bytes, at, origin)
      if (length < 0) return at
      if (end - at < length) {
        this.wanted = length
        return at
      }
      this.#readBlock(bytes, at, length, origin, emit)
      at += length
    }
    return at
  }

  /** The total length of the block at `at`; -1, with the reading stopped, where there is none. */
  #blockLength(bytes: Buffer, at: number, origin: number): number {
    if (u32le(bytes, at) === BLOCK_SECTION) {
      // A section tells its byte order before its length can be read.
      if (u32le(bytes, at + 8) === BYTE_ORDER_MAGIC) this.#isLittleEndian = true
      else if (u32be(bytes, at + 8) === BYTE_ORDER_MAGIC) this.#isLittleEndian = false
      else {
        const found = u32be(bytes, at + 8).toString(16)
        const detail = `byte order mark ${BYTE_ORDER_MAGIC.toString(16)} expected, ${found} found`
        return this.#stop('source.pcapng.version-unknown', origin + at, detail)
      }
    }
    const length = this.#u32(bytes, at + 4)
    if (length > limits.captureBlockBytesMax) {
      const bound = limits.captureBlockBytesMax
      const detail = `block of at most ${bound} bytes expected, ${length} claimed`
      return this.#stop('source.pcapng.block-too-long', origin + at, detail)
    }
    if (length < BLOCK_BYTES_MIN || length % 4 !== 0) {
      const expected = `${BLOCK_BYTES_MIN} bytes or more, a multiple of 4,`
      const detail = `block of ${expected} expected, ${length} claimed`
      return this.#stop('source.pcapng.block-too-short', origin + at, detail)
    }
    return length
  }

  #readBlock(bytes: Buffer, at: number, length: number, origin: number, emit: EmitFrame): void {
    const lengthBehind = this.#u32(bytes, at + length - 4)
    if (lengthBehind !== length) {
      const detail = `block begins with length ${length} and ends with ${lengthBehind}`
      this.#stop('source.pcapng.lengths-differ', origin + at, detail)
      return
    }
    const type = this.#u32(bytes, at)
    switch (type) {
      case BLOCK_ENHANCED_PACKET:
        this.#readPacket(bytes, at, length, origin, this.#u32(bytes, at + 8), emit)
        return
      case BLOCK_OBSOLETE_PACKET:
        this.#readPacket(bytes, at, length, origin, this.#u16(bytes, at + 8), emit)
        return
      case BLOCK_SIMPLE_PACKET:
        this.#readSimplePacket(bytes, at, length, origin, emit)
        return
      case BLOCK_INTERFACE:
        this.#readInterface(bytes, at, length, origin)
        return
      case BLOCK_SECTION:
        this.#readSection(bytes, at, length, origin)
        return
      default:
        if (type === BLOCK_SECRETS && this.#readSecrets(bytes, at, length)) return
        this.#note('source.pcapng.block-skipped', origin + at, () => `block type ${type}`)
    }
  }

  #readSection(bytes: Buffer, at: number, length: number, origin: number): void {
    const major = this.#u16(bytes, at + 12)
    if (length < SECTION_BYTES_MIN || major !== 1) {
      const detail = `section of version 1 expected, version ${major} in ${length} bytes found`
      this.#stop('source.pcapng.version-unknown', origin + at, detail)
    }
    this.#interfaces = []
  }

  /** False for secrets that are not for us. */
  #readSecrets(bytes: Buffer, at: number, length: number): boolean {
    const secretsBytes = this.#u32(bytes, at + 12)
    const isKeyLog = length >= SECRETS_BODY_AT && this.#u32(bytes, at + 8) === SECRETS_TLS_KEY_LOG
    if (!isKeyLog || SECRETS_BODY_AT + secretsBytes > length - 4) return false
    const start = at + SECRETS_BODY_AT
    this.#emitSecrets?.(bytes.subarray(start, start + secretsBytes))
    return this.#emitSecrets !== undefined
  }

  #readInterface(bytes: Buffer, at: number, length: number, origin: number): void {
    if (this.#interfaces.length >= limits.captureInterfacesMax) {
      const detail = `at most ${limits.captureInterfacesMax} interfaces expected`
      this.#note('source.pcapng.too-many-interfaces', origin + at, () => detail)
      return
    }
    const found = readInterface(bytes, at, length, this.#isLittleEndian)
    this.#interfaces.push(found.interface)
    if (found.hasBrokenOptions) {
      const detail = () => `options run beyond their block of ${length} bytes`
      this.#note('source.pcapng.options-broken', origin + at, detail)
    }
  }

  #readPacket(
    bytes: Buffer,
    at: number,
    length: number,
    origin: number,
    interfaceId: number,
    emit: EmitFrame,
  ): void {
    const captureInterface = this.#interfaces[interfaceId]
    if (captureInterface === undefined) {
      this.#noteInterfaceMissing(origin + at, interfaceId)
      return
    }
    const capturedBytes = this.#u32(bytes, at + 20)
    const roomBytes = length - PACKET_BODY_AT - 4
    if (capturedBytes > roomBytes || capturedBytes > limits.frameBytesMax) {
      const detail = () => `packet of ${capturedBytes} bytes claimed, room for ${roomBytes}`
      this.#note('source.pcapng.packet-too-long', origin + at, detail)
      return
    }
    const frame = this.#frame
    frame.start = at + PACKET_BODY_AT
    frame.end = frame.start + capturedBytes
    frame.originalLength = this.#u32(bytes, at + 24)
    frame.interface = captureInterface
    frame.ticksHigh = this.#u32(bytes, at + 12)
    frame.ticksLow = this.#u32(bytes, at + 16)
    frame.tUs = ticksToUs(
      frame.ticksHigh,
      frame.ticksLow,
      captureInterface.timeResolution,
      captureInterface.timeOffsetSeconds,
    )
    if (frame.tUs === T_US_MAX || (frame.tUs === 0 && frame.ticksLow !== 0)) {
      const detail = () => `ticks ${frame.ticksHigh} and ${frame.ticksLow}`
      this.#note('source.capture.time-out-of-range', origin + at, detail)
    }
    this.frames++
    emit(frame)
  }

  /** §4.4: no interface but the first, no time; the captured length is not even written down. */
  #readSimplePacket(
    bytes: Buffer,
    at: number,
    length: number,
    origin: number,
    emit: EmitFrame,
  ): void {
    const captureInterface = this.#interfaces[0]
    if (captureInterface === undefined) {
      this.#noteInterfaceMissing(origin + at, 0)
      return
    }
    this.#note('source.pcapng.no-time', origin + at, () => 'simple packet block')
    const frame = this.#frame
    const snapBytes = captureInterface.snapLength === 0 ? Infinity : captureInterface.snapLength
    frame.originalLength = this.#u32(bytes, at + 8)
    const roomBytes = Math.max(0, length - 16)
    const capturedBytes = Math.min(frame.originalLength, snapBytes, roomBytes, limits.frameBytesMax)
    frame.start = at + 12
    frame.end = frame.start + capturedBytes
    frame.interface = captureInterface
    frame.ticksHigh = 0
    frame.ticksLow = 0
    frame.tUs = 0
    this.frames++
    emit(frame)
  }

  #noteInterfaceMissing(at: number, interfaceId: number): void {
    const detail = () => `interface ${interfaceId} named, ${this.#interfaces.length} described`
    this.#note('source.pcapng.interface-missing', at, detail)
  }

  /** Texts are made for the first of a code only: a hostile file has millions. */
  #note(code: SourceProblemCode, at: number, detail: () => string): void {
    if (!this.#problems.repeat(code)) this.#problems.add(code, at, detail())
  }

  #stop(code: SourceProblemCode, at: number, detail: string): -1 {
    this.isBroken = true
    this.#problems.add(code, at, detail)
    return -1
  }

  #u16(bytes: Buffer, at: number): number {
    return this.#isLittleEndian ? u16le(bytes, at) : u16be(bytes, at)
  }

  #u32(bytes: Buffer, at: number): number {
    return this.#isLittleEndian ? u32le(bytes, at) : u32be(bytes, at)
  }
}
