// The message lines of all legs in memory: 48 bytes a line in a few large arrays, so that a new
// line touches one line of the processor's cache and nothing is left to the collector.
import {
  FACT_CODE,
  FACT_COPY,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FIELDS,
  FACT_FROM_TAG,
  FACT_HASH,
  FACT_LENGTH,
  FACT_OFFSET,
  FACT_PATH,
  FACT_REF,
  FACT_T_US,
  FACT_TO_TAG,
} from './leg-record.ts'

/** Lines of one chunk: most legs of a call fit into one. */
const CHUNK_LINES = 8
const LINE_BYTES = 48
const CHUNK_BYTES = CHUNK_LINES * LINE_BYTES
/** 3 MB, untouched until it is needed; growing means copying. */
const FIRST_CHUNKS = 8_192
export const NO_CHUNK = 0xffffffff

/**
 * One message's line as it is put in. A line is three float64 (time, ref, CSeq) and six uint32:
 * hash; code and CSeq's method; path and tags; offset; length; copy.
 */
export interface FactLine {
  tUs: number
  ref: number
  cseq: number
  hash: number
  code: number
  cseqMethod: number
  path: number
  fromTag: number
  toTag: number
  offset: number
  length: number
  copy: number
}

export class FactArena {
  #memory = new ArrayBuffer(FIRST_CHUNKS * CHUNK_BYTES)
  #doubles = new Float64Array(this.#memory)
  #words = new Uint32Array(this.#memory)
  /** The chunk after each chunk of a list. */
  #next = new Uint32Array(FIRST_CHUNKS).fill(NO_CHUNK)
  readonly #free: number[] = []
  #used = 0
  #gathered = new Float64Array(64 * FACT_FIELDS)

  /**
   * Puts line number `count` behind a list whose last chunk is `last`; returns the list's last
   * chunk from now on. The first line of a list begins its first chunk.
   */
  append(last: number, count: number, line: FactLine): number {
    let chunk = last
    const within = count % CHUNK_LINES
    if (within === 0) {
      chunk = this.#allocate()
      if (last !== NO_CHUNK) this.#next[last] = chunk
    }
    const at = chunk * CHUNK_BYTES + within * LINE_BYTES
    const double = at >>> 3
    const word = (at >>> 2) + 6
    this.#doubles[double] = line.tUs
    this.#doubles[double + 1] = line.ref
    this.#doubles[double + 2] = line.cseq
    this.#words[word] = line.hash
    this.#words[word + 1] = line.code | (line.cseqMethod << 16)
    this.#words[word + 2] = line.path | (line.fromTag << 8) | (line.toTag << 16)
    this.#words[word + 3] = line.offset
    this.#words[word + 4] = line.length
    this.#words[word + 5] = line.copy
    return chunk
  }

  /**
   * The `count` lines of the list that begins with chunk `first`, as LegTrail wants them. The
   * memory is used again by the next call.
   */
  gather(first: number, count: number): Float64Array {
    if (count * FACT_FIELDS > this.#gathered.length) {
      this.#gathered = new Float64Array(count * FACT_FIELDS * 2)
    }
    const facts = this.#gathered
    let chunk = first
    for (let line = 0, to = 0; line < count; line++, to += FACT_FIELDS) {
      const within = line % CHUNK_LINES
      if (within === 0 && line > 0) chunk = this.#next[chunk] ?? NO_CHUNK
      const at = chunk * CHUNK_BYTES + within * LINE_BYTES
      this.#read(at, facts, to)
    }
    return facts.subarray(0, count * FACT_FIELDS)
  }

  /** Gives a list's chunks back. */
  release(first: number): void {
    for (let chunk = first; chunk !== NO_CHUNK; ) {
      const next: number = this.#next[chunk] ?? NO_CHUNK
      this.#next[chunk] = NO_CHUNK
      this.#free.push(chunk)
      chunk = next
    }
  }

  #read(at: number, facts: Float64Array, to: number): void {
    const double = at >>> 3
    const word = (at >>> 2) + 6
    const codes = this.#words[word + 1] ?? 0
    const indexes = this.#words[word + 2] ?? 0
    facts[to + FACT_T_US] = this.#doubles[double] ?? 0
    facts[to + FACT_REF] = this.#doubles[double + 1] ?? 0
    facts[to + FACT_CSEQ] = this.#doubles[double + 2] ?? 0
    facts[to + FACT_HASH] = this.#words[word] ?? 0
    facts[to + FACT_CODE] = codes & 0xffff
    facts[to + FACT_CSEQ_METHOD] = codes >>> 16
    facts[to + FACT_PATH] = indexes & 0xff
    facts[to + FACT_FROM_TAG] = (indexes >>> 8) & 0xff
    facts[to + FACT_TO_TAG] = (indexes >>> 16) & 0xff
    facts[to + FACT_OFFSET] = this.#words[word + 3] ?? 0
    facts[to + FACT_LENGTH] = this.#words[word + 4] ?? 0
    facts[to + FACT_COPY] = this.#words[word + 5] ?? 0
  }

  #allocate(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#used === this.#next.length) this.#grow()
    return this.#used++
  }

  #grow(): void {
    const larger = new ArrayBuffer(this.#memory.byteLength * 2)
    const words = new Uint32Array(larger)
    words.set(this.#words)
    const next = new Uint32Array(this.#next.length * 2).fill(NO_CHUNK)
    next.set(this.#next)
    this.#memory = larger
    this.#doubles = new Float64Array(larger)
    this.#words = words
    this.#next = next
  }
}
