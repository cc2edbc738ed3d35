// Legs with messages that are not stored yet, in the order in which they got them: the oldest
// tells how far back a crash would reach, without a look at all the others.
import type { OpenLeg } from './open-legs.ts'

export class DirtyLegs {
  #legs: OpenLeg[] = []
  #refs: number[] = []
  #from = 0

  /** Adds a leg that was clean until the message at `ref`. Refs come in rising order. */
  add(leg: OpenLeg, ref: number): void {
    leg.dirtyRef = ref
    this.#legs.push(leg)
    this.#refs.push(ref)
  }

  /** Ref of the oldest message that is not stored; Infinity for none. */
  get oldest(): number {
    for (; this.#from < this.#legs.length; this.#from++) {
      const leg = this.#legs[this.#from]
      const ref = this.#refs[this.#from]
      // A leg that was stored since, and got further messages, stands once more behind.
      if (leg?.isDirty && leg.dirtyRef === ref) return ref
    }
    this.clear()
    return Number.POSITIVE_INFINITY
  }

  /** Entries held, stale ones included: what a test of the bound looks at. */
  get length(): number {
    return this.#legs.length - this.#from
  }

  /** Takes the oldest off the list; undefined when there is none. */
  take(): OpenLeg | undefined {
    if (this.oldest === Number.POSITIVE_INFINITY) return undefined
    const leg = this.#legs[this.#from++]
    if (this.#from * 2 > this.#legs.length) this.#compact()
    return leg
  }

  clear(): void {
    this.#legs = []
    this.#refs = []
    this.#from = 0
  }

  #compact(): void {
    this.#legs = this.#legs.slice(this.#from)
    this.#refs = this.#refs.slice(this.#from)
    this.#from = 0
  }
}
