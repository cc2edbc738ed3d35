// Numbers of legs in the order in which something happened to them, each with a value; entries of
// legs that are gone are passed over. A ring in arrays of numbers: it grows by a hundred thousand
// in a burst, and leaves nothing to the collector.
import type { OpenLegs } from './open-legs.ts'

/** Entries that there is room for at first: a power of two. */
const ENTRIES_AT_FIRST = 1024

export class LegQueue {
  readonly #open: OpenLegs
  #legs = new Uint32Array(ENTRIES_AT_FIRST)
  #births = new Uint32Array(ENTRIES_AT_FIRST)
  #values = new Float64Array(ENTRIES_AT_FIRST)
  #from = 0
  #length = 0

  constructor(open: OpenLegs) {
    this.#open = open
  }

  add(leg: number, value: number): void {
    if (this.#length === this.#legs.length) this.#grow()
    const at = (this.#from + this.#length++) & (this.#legs.length - 1)
    this.#legs[at] = leg
    this.#births[at] = this.#open.birth(leg)
    this.#values[at] = value
  }

  /** The first leg that is still open, -1 when there is none. */
  get first(): number {
    for (; this.#length > 0; this.drop()) {
      const leg = this.#legs[this.#from] ?? 0
      if (this.#open.birth(leg) === this.#births[this.#from]) return leg
    }
    this.clear()
    return -1
  }

  /** The value of the entry that `first` told. */
  get firstValue(): number {
    return this.#values[this.#from] ?? 0
  }

  /** Takes the entry that `first` told off the queue. */
  drop(): void {
    this.#from = (this.#from + 1) & (this.#legs.length - 1)
    this.#length--
  }

  /** Forgets everything, and gives back what a burst has taken. */
  clear(): void {
    this.#from = 0
    this.#length = 0
    if (this.#legs.length > ENTRIES_AT_FIRST) this.#resize(ENTRIES_AT_FIRST)
  }

  #grow(): void {
    const [legs, births, values] = [this.#legs, this.#births, this.#values]
    const from = this.#from
    this.#resize(legs.length * 2)
    this.#legs.set(legs.subarray(from))
    this.#legs.set(legs.subarray(0, from), legs.length - from)
    this.#births.set(births.subarray(from))
    this.#births.set(births.subarray(0, from), births.length - from)
    this.#values.set(values.subarray(from))
    this.#values.set(values.subarray(0, from), values.length - from)
    this.#from = 0
  }

  #resize(entries: number): void {
    this.#legs = new Uint32Array(entries)
    this.#births = new Uint32Array(entries)
    this.#values = new Float64Array(entries)
  }
}
