// The bytes of a capture file in, in pieces of any size; its frames out, one after the other.
// Refuses to open anything, to unpack anything and to keep a byte longer than the next piece.
import { PcapWalker, isPcapMagic } from './pcap-walker.ts'
import { BLOCK_SECTION, type EmitSecrets, PcapngWalker } from './pcapng-walker.ts'
import { u32le } from './integers.ts'
import { type CountedProblem, ProblemTally } from './problems.ts'
import type { EmitFrame, RecordWalker, TakeAhead } from './record-walker.ts'

export type CaptureFormat = 'pcap' | 'pcapng'

/** What became of a capture. */
export interface CaptureResult {
  /** Undefined where the bytes are no capture at all: empty, text, noise. */
  readonly format: CaptureFormat | undefined
  /** True when every byte was read and made sense to its end. */
  readonly isComplete: boolean
  readonly frames: number
  /** Bytes that were pushed (unpacked, where the file was packed). */
  readonly bytes: number
  /** The first problem of each code, with their number. */
  readonly problems: readonly CountedProblem[]
}

const MAGIC_BYTES = 4

/**
 * Reads one capture. The frames point into the pushed memory, except for one that straddles two
 * pieces; either is good only until the call of `emit` returns.
 */
export class CaptureReader {
  readonly problems = new ProblemTally()
  #format: CaptureFormat | undefined
  #walker: RecordWalker | undefined
  /** The beginning of a record whose end has not come yet. */
  #carry = Buffer.alloc(0)
  #carryBytes = 0
  #bytes = 0
  #isDone = false
  #isCut = false
  readonly #emitSecrets: EmitSecrets | undefined
  readonly #ahead: TakeAhead | undefined

  /**
   * `emitSecrets` takes the key logs that a pcapng carries, `ahead` what needs not become a frame.
   */
  constructor(emitSecrets?: EmitSecrets, ahead?: TakeAhead) {
    this.#emitSecrets = emitSecrets
    this.#ahead = ahead
  }

  /** True once nothing more can come of further bytes: no capture, damaged, or finished. */
  get isDone(): boolean {
    return this.#isDone
  }

  push(chunk: Buffer, emit: EmitFrame): void {
    let at = 0
    const origin = this.#bytes
    this.#bytes += chunk.length
    while (this.#carryBytes > 0 && at < chunk.length && !this.#isDone) {
      at += this.#fillCarry(chunk, at)
      this.#walkCarry(origin + at, emit)
    }
    if (at === chunk.length || this.#isDone) return
    const rest = this.#walk(chunk, at, chunk.length, origin, emit)
    if (!this.#isDone && rest < chunk.length) this.#keep(chunk, rest)
  }

  /** Says that no more bytes will come. */
  finish(): void {
    if (!this.#isDone && this.#walker === undefined) this.#refuse(this.#carry, this.#carryBytes)
    if (!this.#isDone && this.#carryBytes > 0) {
      this.#isCut = true
      this.problems.add(
        'source.capture.cut',
        this.#bytes - this.#carryBytes,
        `record of ${this.#wanted()} bytes or more expected, file ends after ${this.#carryBytes}`,
      )
    }
    this.#isDone = true
  }

  result(): CaptureResult {
    const isBroken = this.#walker === undefined || this.#walker.isBroken
    return {
      format: this.#format,
      isComplete: this.#isDone && !isBroken && !this.#isCut,
      frames: this.#walker?.frames ?? 0,
      bytes: this.#bytes,
      problems: this.problems.list(),
    }
  }

  #wanted(): number {
    return this.#walker?.wanted ?? MAGIC_BYTES
  }

  #walk(bytes: Buffer, start: number, end: number, origin: number, emit: EmitFrame): number {
    if (this.#walker === undefined) {
      if (end - start < MAGIC_BYTES) return start
      this.#choose(bytes, start, end)
      if (this.#walker === undefined) return end
    }
    const rest = this.#walker.walk(bytes, start, end, origin, emit)
    if (this.#walker.isBroken) this.#isDone = true
    return rest
  }

  #choose(bytes: Buffer, start: number, end: number): void {
    if (isPcapMagic(bytes, start)) {
      this.#format = 'pcap'
      this.#walker = new PcapWalker(this.problems, this.#ahead)
    } else if (u32le(bytes, start) === BLOCK_SECTION) {
      this.#format = 'pcapng'
      this.#walker = new PcapngWalker(this.problems, this.#emitSecrets)
    } else {
      this.#refuse(bytes.subarray(start), Math.min(end - start, MAGIC_BYTES))
    }
  }

  #refuse(bytes: Buffer, length: number): void {
    const found = length === 0 ? 'no bytes' : bytes.toString('hex', 0, length)
    this.problems.add(
      'source.capture.unknown-format',
      0,
      `pcap or pcapng magic expected, ${found} found`,
    )
    this.#isDone = true
  }

  #keep(chunk: Buffer, from: number): void {
    this.#reserve(Math.max(this.#wanted(), chunk.length - from))
    this.#carryBytes = chunk.copy(this.#carry, 0, from)
  }

  /** Adds to the carried record what it lacks, or all there is; returns how much that was. */
  #fillCarry(chunk: Buffer, at: number): number {
    this.#reserve(this.#wanted())
    const taken = Math.min(this.#wanted() - this.#carryBytes, chunk.length - at)
    chunk.copy(this.#carry, this.#carryBytes, at, at + taken)
    this.#carryBytes += taken
    return taken
  }

  /** `behind` is the file offset after the carried bytes. */
  #walkCarry(behind: number, emit: EmitFrame): void {
    if (this.#carryBytes < this.#wanted()) return
    const origin = behind - this.#carryBytes
    const rest = this.#walk(this.#carry, 0, this.#carryBytes, origin, emit)
    this.#carry.copyWithin(0, rest, this.#carryBytes)
    this.#carryBytes -= rest
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#carry.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#carry.length))
    this.#carry.copy(larger, 0, 0, this.#carryBytes)
    this.#carry = larger
  }
}
