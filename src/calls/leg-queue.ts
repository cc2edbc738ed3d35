// Numbers of legs in the order in which something happened to them, each with a value; entries of
// legs that are gone are passed over.
import type { OpenLegs } from './open-legs.ts'

export class LegQueue {
  readonly #open: OpenLegs
  #legs: number[] = []
  #births: number[] = []
  #values: number[] = []
  #from = 0

  constructor(open: OpenLegs) {
    this.#open = open
  }

  add(leg: number, value: number): void {
    this.#legs.push(leg)
    this.#births.push(this.#open.birth(leg))
    this.#values.push(value)
  }

  /** The first leg that is still open, -1 when there is none. */
  get first(): number {
    for (; this.#from < this.#legs.length; this.#from++) {
      const leg = this.#legs[this.#from] ?? -1
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
    this.#from++
    if (this.#from * 2 <= this.#legs.length) return
    this.#legs = this.#legs.slice(this.#from)
    this.#births = this.#births.slice(this.#from)
    this.#values = this.#values.slice(this.#from)
    this.#from = 0
  }

  clear(): void {
    this.#legs = []
    this.#births = []
    this.#values = []
    this.#from = 0
  }
}
