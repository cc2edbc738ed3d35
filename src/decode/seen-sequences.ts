// Sequence numbers of 32 bits in, whether each was here before out: of the highest, and of so many
// before it. Refuses to guess about numbers further off: they begin anew.
// Rules: RFC 1982 §3.2 (which of two is the greater); RFC 9260 §6.2 (chunks that come twice).

export class SeenSequences {
  readonly #size: number
  /** A bit for each number, at its remainder by `#size`. */
  readonly #bits: Uint32Array
  /** The highest number so far, once there is one. */
  #highest: number | undefined

  /** @param size numbers to remember, a power of two of at least 32: so they wrap without a seam */
  constructor(size: number) {
    this.#size = size
    this.#bits = new Uint32Array(size / 32)
  }

  /** Takes a number; false where it was here already. */
  add(sequence: number): boolean {
    const ahead = (sequence - (this.#highest ?? sequence)) | 0
    if (this.#highest === undefined || Math.abs(ahead) >= this.#size) this.#bits.fill(0)
    else if (ahead <= 0) return this.#mark(sequence)
    else for (let back = 0; back < ahead; back++) this.#clear((sequence - back) >>> 0)
    this.#highest = sequence
    return this.#mark(sequence)
  }

  /** False where the bit was set already. */
  #mark(sequence: number): boolean {
    const at = (sequence % this.#size) >>> 5
    const word = this.#bits[at] ?? 0
    const bit = 1 << (sequence & 31)
    this.#bits[at] = word | bit
    return (word & bit) === 0
  }

  #clear(sequence: number): void {
    const at = (sequence % this.#size) >>> 5
    this.#bits[at] = (this.#bits[at] ?? 0) & ~(1 << (sequence & 31))
  }
}
