// Numbers for the blocks of one store, in the order in which they are begun. Whoever builds blocks
// takes from the same count, in whatever thread: a number names one block and is never given again.

export class BlockNumbers {
  /** To be handed to other threads, whose `BlockNumbers` over it goes on with this count. */
  readonly memory: SharedArrayBuffer
  readonly #next: BigInt64Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory
    this.#next = new BigInt64Array(memory)
  }

  /** A count of its own that begins with `next`. */
  static from(next: number): BlockNumbers {
    const numbers = new BlockNumbers()
    numbers.raiseTo(next)
    return numbers
  }

  /** The number that will be given next. */
  get next(): number {
    return Number(Atomics.load(this.#next, 0))
  }

  take(): number {
    return Number(Atomics.add(this.#next, 0, 1n))
  }

  /** Makes `next` at least this; before anybody takes. */
  raiseTo(next: number): void {
    if (this.next < next) Atomics.store(this.#next, 0, BigInt(next))
  }
}
