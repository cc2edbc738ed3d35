// In: a seed. Out: the same numbers, words and choices every time (mulberry32). No secrets: it is
// for made traffic only.

export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number from `min` to `max`, both possible. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** Waiting times of independent events that are `mean` apart. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  /** Hexadecimal digits. */
  hex(length: number): string {
    let digits = ''
    while (digits.length < length) {
      digits += Math.floor(this.next() * 0x100000000)
        .toString(16)
        .padStart(8, '0')
    }
    return digits.slice(0, length)
  }

  /** One of a list that is not empty. */
  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.next() * items.length)] ?? items[0]
  }
}
