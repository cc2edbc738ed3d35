// In: things to do and when. Out: they are done in order of time, then in the order in which they
// were asked for. The times are of the made world, in µs; nothing here waits.

interface Entry {
  readonly atUs: number
  readonly order: number
  readonly run: (nowUs: number) => void
}

export class Timeline {
  /** A binary heap; the next entry is its first. */
  readonly #heap: Entry[] = []
  #order = 0

  /** Has `run` called at that time, rounded to a whole µs. */
  at(timeUs: number, run: (nowUs: number) => void): void {
    const entry = { atUs: Math.round(timeUs), order: this.#order++, run }
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  /** Does everything, also what is asked for on the way. Time never runs back. */
  runAll(): void {
    let nowUs = 0
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      nowUs = Math.max(nowUs, entry.atUs)
      entry.run(nowUs)
    }
  }

  #next(): Entry | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      const child = this.#earlierChild(at)
      const below = heap[child]
      if (below === undefined || !isBefore(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
    return top
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1
    const [a, b] = [this.#heap[left], this.#heap[left + 1]]
    return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
}
