// What the writers of one store share: whose turn it is, and how far each of them has told what its
// blocks hold. The index has come as far as the one that is furthest behind.

export class WriterTurns {
  #last: Promise<void> = Promise.resolve()
  /** Blocks before this are told by a writer, for each that is at work. */
  readonly #toldBefore = new Map<object, number>()

  /** Runs a task when those before it are done, whoever brought them. The task must not throw. */
  run(task: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(task)
    this.#last = turn
    return turn
  }

  /** Says that a writer is at work and has told everything before a block of its own. */
  tell(writer: object, before: number): void {
    this.#toldBefore.set(writer, before)
  }

  /** The writer has told everything, or will never. */
  leave(writer: object): void {
    this.#toldBefore.delete(writer)
  }

  /** The block before which everything is told, by whoever built it. */
  indexedBefore(): number {
    return Math.min(...this.#toldBefore.values())
  }
}
