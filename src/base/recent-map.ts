// Keys and values in, the values of the keys that were used last out: a map with a bound, which
// forgets by halves what was not asked for of late. Holds no undefined values.

export class RecentMap<Key, Value extends {}> {
  readonly #halfMax: number
  #young = new Map<Key, Value>()
  /** What was young before; what is asked for of it becomes young again. */
  #old = new Map<Key, Value>()
  #hasForgotten = false

  /** `max` entries at most; those used last are there, half as many at least. */
  constructor(max: number) {
    this.#halfMax = max / 2
  }

  /** True once an entry may have been forgotten. */
  get hasForgotten(): boolean {
    return this.#hasForgotten
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.set(key, old)
    return old
  }

  /** Puts a key that is not there, or the same value again. */
  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#halfMax) {
      if (this.#old.size > 0) this.#hasForgotten = true
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
