// The one packet in work: where decode stands inside a frame, and what the layers so far have told.
// Layers move it along and refuse by noting a problem; it never copies and never looks back.
import type { AddressTable } from '../base/address-table.ts'
import type { Frame } from '../source/frame.ts'
import type { FramePiece } from './datagram.ts'
import { Ip6Addresses } from './ip6-addresses.ts'
import { LAYER_NONE, type Layer } from './next.ts'
import type { DecodeProblemCode } from './problems.ts'

/** Used for every frame in turn. `bytes` outside `at` … `end` are nobody's: never read them. */
export class Packet {
  bytes: Buffer = Buffer.alloc(0)
  /** Where the layer in work begins, and where the captured bytes of it end. */
  at = 0
  end = 0
  /** Where it would end had everything been captured: beyond `end` after a snap length. */
  wireEnd = 0

  tUs = 0
  ref = 0

  /**
   * From the innermost IP header: address ids, protocol, class of service, and how it is
   * fragmented.
   */
  src = 0
  dst = 0
  isIp6 = false
  protocol = 0
  dscp = 0
  fragmentId = 0
  fragmentOffset = 0
  hasMoreFragments = false

  readonly ip6Addresses: Ip6Addresses
  readonly problems = new Map<DecodeProblemCode, number>()
  /** Where the frame begins in `bytes`, while the packet lies in one frame. */
  #frameStart = 0
  /** Where each stretch of `bytes`, from 0, was captured, once put together from several frames. */
  #parts: readonly FramePiece[] | undefined

  constructor(addresses: AddressTable) {
    this.ip6Addresses = new Ip6Addresses(addresses)
  }

  load(frame: Frame): void {
    this.bytes = frame.bytes
    this.at = frame.start
    this.end = frame.end
    const missing = frame.originalLength - (frame.end - frame.start)
    this.wireEnd = missing > 0 ? frame.end + missing : frame.end
    this.tUs = frame.tUs
    this.ref = frame.ref
    this.src = 0
    this.dst = 0
    this.dscp = 0
    this.#frameStart = frame.start
    this.#parts = undefined
  }

  /** Goes on in memory that was put together from `parts`, which follow each other from 0. */
  loadParts(bytes: Buffer, end: number, wireEnd: number, parts: readonly FramePiece[]): void {
    this.bytes = bytes
    this.at = 0
    this.end = end
    this.wireEnd = wireEnd
    this.#parts = parts
  }

  /** True when at least `length` bytes are left; notes a cut header otherwise. */
  has(length: number): boolean {
    if (this.end - this.at >= length) return true
    this.note('decode.header.cut')
    return false
  }

  /** Moves past `length` bytes: true when they are there; notes a cut header otherwise. */
  skip(length: number): boolean {
    if (!this.has(length)) return false
    this.at += length
    return true
  }

  /** A header says that its packet ends at `to`: what follows is padding or a trailer. */
  clip(to: number): void {
    if (to > this.wireEnd) this.note('decode.length.beyond-frame')
    this.wireEnd = to
    if (this.end > to) this.end = to
  }

  /** Notes a problem and ends the walk. */
  refuse(code: DecodeProblemCode): Layer {
    this.note(code)
    return LAYER_NONE
  }

  note(code: DecodeProblemCode): void {
    this.problems.set(code, (this.problems.get(code) ?? 0) + 1)
  }

  /** True while the packet lies in one frame, as nearly all do. */
  get isWhole(): boolean {
    return this.#parts === undefined
  }

  /** Offset of `at` after the frame's first byte. Only while `isWhole`. */
  frameOffset(at: number): number {
    return at - this.#frameStart
  }

  /** Where the bytes from `start` to `end` were captured, in their order. */
  pieces(start: number, end: number): FramePiece[] {
    if (this.#parts === undefined) {
      return [{ ref: this.ref, offset: start - this.#frameStart, length: end - start }]
    }
    const pieces: FramePiece[] = []
    let partStart = 0
    for (const part of this.#parts) {
      const from = Math.max(start, partStart)
      const to = Math.min(end, partStart + part.length)
      if (from < to) {
        pieces.push({ ref: part.ref, offset: part.offset + from - partStart, length: to - from })
      }
      partStart += part.length
    }
    return pieces
  }
}
