// Stretches of bytes that came before their turn in, kept sorted and apart from each other; where
// two overlap, the bytes that came first stay. Refuses to decide how long to wait or how much to
// hold: it counts the cost, its owners (fragments.ts, tcp.ts) set the bounds.

/** What a held stretch costs beside its bytes; else a million one-byte segments would be free. */
const OVERHEAD_BYTES = 512

/** Bytes `start` … `end` of a datagram or stream; `bytes` is shorter where a capture was cut. */
export interface HeldRange {
  start: number
  end: number
  bytes: Buffer
  /** Where `bytes` was captured, as in FramePiece, and when. */
  ref: number
  offset: number
  tUs: number
}

export class HeldRanges {
  /** Sorted by `start`; none overlaps another. */
  readonly list: HeldRange[] = []
  /** Memory in use, overhead included. */
  costBytes = 0

  /** Copies what is new of `range`; returns how many bytes of its length were new. */
  insert(range: HeldRange): number {
    let at = range.start
    let covered = 0
    let index = this.#indexAfter(range.start)
    while (at < range.end) {
      const next = this.list[index]
      const to = next === undefined ? range.end : Math.min(range.end, next.start)
      if (at < to) {
        this.list.splice(index, 0, this.#copy(range, at, to))
        covered += to - at
        index++
      }
      at = next === undefined ? to : Math.max(at, next.end)
      index++
    }
    return covered
  }

  /** Takes the first stretch out. */
  shift(): HeldRange | undefined {
    const first = this.list.shift()
    if (first !== undefined) this.costBytes -= first.bytes.length + OVERHEAD_BYTES
    return first
  }

  /** Index of the first stretch that ends after `start`. Mostly the last: bytes come in order. */
  #indexAfter(start: number): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.list[middle] as HeldRange).end > start) high = middle
      else low = middle + 1
    }
    return low
  }

  #copy(range: HeldRange, from: number, to: number): HeldRange {
    const skipped = from - range.start
    const source = range.bytes.subarray(skipped, to - range.start)
    // Memory of its own: a few bytes in Node's shared pool would keep all 8 KB of it alive.
    const bytes = Buffer.allocUnsafeSlow(source.length)
    source.copy(bytes)
    this.costBytes += bytes.length + OVERHEAD_BYTES
    const { ref, offset, tUs } = range
    return { start: from, end: to, bytes, ref, offset: offset + skipped, tUs }
  }
}
