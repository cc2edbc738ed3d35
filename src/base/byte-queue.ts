// Bytes put in at the end and taken from the front, in memory that grows by doubling: pieces of any
// size cost what they are long, however many there are. Knows no bound: its owner asks `length`.

const CAPACITY_AT_FIRST = 2048

export class ByteQueue {
  #memory = Buffer.alloc(0)
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#memory.length
  }

  /** What is held, from the front; good until the next call. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end)
  }

  /** Adds a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    const needed = this.length + bytes.length
    if (this.#end + bytes.length > this.#memory.length) {
      const isRoomy = needed * 2 <= this.#memory.length
      const capacity = Math.max(CAPACITY_AT_FIRST, needed * 2)
      const target = isRoomy ? this.#memory : Buffer.allocUnsafeSlow(capacity)
      this.#memory.copy(target, 0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
      this.#memory = target
    }
    this.#memory.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.#start += Math.min(count, this.length)
    if (this.#start === this.#end) this.clear()
  }

  /** Forgets everything, and gives the memory back. */
  clear(): void {
    this.#memory = Buffer.alloc(0)
    this.#start = 0
    this.#end = 0
  }
}
