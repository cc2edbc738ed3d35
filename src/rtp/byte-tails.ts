// For each of many numbered things a list of small integers that only grows, seven bits a byte: the
// blocks that a stream lies in, and its stretches of five seconds. No object for an entry.

const FIRST_BYTES = 48
const NOTHING = new Uint8Array(0)

export class ByteTails {
  readonly #bytes: Uint8Array[] = []
  readonly #lengths: number[] = []
  readonly #bytesMax: number

  /** What would make a list longer than `bytesMax` is left out; `add` says so. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Adds an integer from 0 to 2^53 - 1 to a list; false where the list is full. */
  add(list: number, value: number): boolean {
    let bytes = this.#bytes[list] ?? NOTHING
    let length = this.#lengths[list] ?? 0
    if (length + 8 > this.#bytesMax) return false
    if (length + 8 > bytes.length) {
      const larger = new Uint8Array(Math.max(FIRST_BYTES, bytes.length * 2))
      larger.set(bytes)
      bytes = larger
      this.#bytes[list] = bytes
    }
    let rest = value
    while (rest >= 128) {
      bytes[length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    bytes[length++] = rest
    this.#lengths[list] = length
    return true
  }

  /** The bytes of a list, in place. */
  of(list: number): Uint8Array {
    return (this.#bytes[list] ?? NOTHING).subarray(0, this.#lengths[list] ?? 0)
  }

  clear(list: number): void {
    this.#bytes[list] = NOTHING
    this.#lengths[list] = 0
  }
}
