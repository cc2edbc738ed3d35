// Hashes in, whether one may have been added before out: a no is always right, a yes is wrong now
// and then. The memory is the same however many come (a Bloom filter); none is taken out again.

/** 512 KB. Of a million hashes one question in seven is answered with a wrong yes. */
const BITS = 2 ** 22
/** The upper half of a 53-bit hash, which says nothing about the lower one. */
const UPPER = 2 ** 31

export class HashFilter {
  readonly #words = new Uint32Array(BITS / 32)

  /** Adds a hash of up to 53 bits. */
  add(hash: number): void {
    this.#set(hash)
    this.#set(hash / UPPER)
  }

  /** False where the hash was certainly never added. */
  mayHave(hash: number): boolean {
    return this.#has(hash) && this.#has(hash / UPPER)
  }

  #set(number: number): void {
    const bit = number & (BITS - 1)
    this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31))
  }

  #has(number: number): boolean {
    const bit = number & (BITS - 1)
    return ((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0
  }
}
