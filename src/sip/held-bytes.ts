// Bytes of one stream put aside until the rest of a message comes, and where in the capture each
// of them lies. Grows by doubling; knows nothing of SIP.
import type { FramePiece } from '../decode/datagram.ts'

/** What one piece's record costs, so that a stream of one-byte segments is bounded as well. */
const PIECE_COST_BYTES = 64
const CAPACITY_AT_FIRST = 2048

export class HeldBytes {
  /** Memory that holds them, from 0 to `length`. Replaced when it grows. */
  bytes: Buffer = Buffer.allocUnsafeSlow(CAPACITY_AT_FIRST)
  length = 0
  #pieces: FramePiece[] = []
  /** Where each piece begins in `bytes`. */
  #starts: number[] = []

  /** Bytes of memory that this hold takes. */
  get cost(): number {
    return this.bytes.length + this.#pieces.length * PIECE_COST_BYTES
  }

  /** Adds `bytes` from `start` to `end`; `offset` is where they lie in the frame of `piece`. */
  append(bytes: Buffer, start: number, end: number, piece: FramePiece, offset: number): void {
    const length = end - start
    const needed = this.length + length
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
      this.bytes.copy(grown, 0, 0, this.length)
      this.bytes = grown
    }
    bytes.copy(this.bytes, this.length, start, end)
    this.#pieces.push({ ref: piece.ref, offset, length })
    this.#starts.push(this.length)
    this.length = needed
  }

  /** Forgets the first `count` bytes. */
  dropFront(count: number): void {
    if (count === 0) return
    this.bytes.copyWithin(0, count, this.length)
    this.#pieces = this.piecesOf(count, this.length)
    let start = 0
    this.#starts = this.#pieces.map(({ length }) => (start += length) - length)
    this.length -= count
  }

  /** Where the bytes from `from` to `to` lie in the capture. */
  piecesOf(from: number, to: number): FramePiece[] {
    const found: FramePiece[] = []
    for (let i = this.#pieceAt(from); i < this.#pieces.length; i++) {
      const piece = this.#pieces[i]
      const at = this.#starts[i] ?? 0
      if (piece === undefined || at >= to) break
      const start = Math.max(from, at)
      const length = Math.min(to, at + piece.length) - start
      if (length > 0) found.push({ ref: piece.ref, offset: piece.offset + start - at, length })
    }
    return found
  }

  /** Number of the last piece that begins at or before `offset`. */
  #pieceAt(offset: number): number {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}
