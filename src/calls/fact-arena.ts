// The message lines of all legs in memory, in a few large arrays of numbers instead of one small
// array a leg: half a million lines cost the collector nothing.
import { FACT_FIELDS } from './leg-record.ts'

/** Lines of one chunk: most legs of a call fit into one. */
const CHUNK_LINES = 8
const CHUNK_NUMBERS = CHUNK_LINES * FACT_FIELDS
/** Chunks that are allocated together: 1.5 MB. */
const SLAB_CHUNKS = 2_048

/** The lines of one leg: its chunks in order, and how many lines there are. */
export interface FactList {
  readonly chunks: number[]
  count: number
}

export class FactArena {
  readonly #slabs: Float64Array[] = []
  readonly #free: number[] = []
  #scratch = new Float64Array(64 * FACT_FIELDS)

  /** Makes room for one more line; returns the array it lies in and sets `offset` to its place. */
  append(list: FactList): Float64Array {
    const line = list.count++
    const within = line % CHUNK_LINES
    if (within === 0) list.chunks.push(this.#allocate())
    return this.#at(list, line)
  }

  /** Offset of the line that `append` or `line` gave last. */
  offset = 0

  /** The array that holds line `line` of a list; its place is in `offset`. */
  line(list: FactList, line: number): Float64Array {
    return this.#at(list, line)
  }

  /** All lines of a list end to end. The memory is used again by the next call. */
  gather(list: FactList): Float64Array {
    const length = list.count * FACT_FIELDS
    if (length > this.#scratch.length) this.#scratch = new Float64Array(length * 2)
    let to = 0
    for (const chunk of list.chunks) {
      const slab = this.#slabs[Math.floor(chunk / SLAB_CHUNKS)]
      const from = (chunk % SLAB_CHUNKS) * CHUNK_NUMBERS
      const numbers = Math.min(CHUNK_NUMBERS, length - to)
      if (slab !== undefined) this.#scratch.set(slab.subarray(from, from + numbers), to)
      to += numbers
    }
    return this.#scratch.subarray(0, length)
  }

  /** Gives a list's memory back; the list is empty afterwards. */
  release(list: FactList): void {
    for (const chunk of list.chunks) this.#free.push(chunk)
    list.chunks.length = 0
    list.count = 0
  }

  #at(list: FactList, line: number): Float64Array {
    const chunk = list.chunks[Math.floor(line / CHUNK_LINES)] ?? 0
    this.offset = (chunk % SLAB_CHUNKS) * CHUNK_NUMBERS + (line % CHUNK_LINES) * FACT_FIELDS
    return this.#slabs[Math.floor(chunk / SLAB_CHUNKS)] ?? this.#scratch
  }

  #allocate(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const first = this.#slabs.length * SLAB_CHUNKS
    this.#slabs.push(new Float64Array(SLAB_CHUNKS * CHUNK_NUMBERS))
    for (let chunk = first + SLAB_CHUNKS - 1; chunk > first; chunk--) this.#free.push(chunk)
    return first
  }
}
