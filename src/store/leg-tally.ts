// Legs that are put in, how many different ones and which of them are calls out. What an import
// says that it brought is counted here, whether the store held it already or not.
import type { Day } from '../base/day.ts'
import { NumberMap } from '../base/number-map.ts'

const IS_CALL = 1

export class LegTally {
  /** By day and Call-ID hash: whether the leg is of kind call. */
  readonly #days = new Map<Day, NumberMap>()
  #calls = 0

  /** Counts a leg by its key, once however often it is put. */
  add(day: Day, callHash: number, isCall: boolean): void {
    let legs = this.#days.get(day)
    if (legs === undefined) {
      legs = new NumberMap()
      this.#days.set(day, legs)
    }
    const known = legs.get(callHash)
    if (known === IS_CALL || (known !== undefined && !isCall)) return
    legs.set(callHash, isCall ? IS_CALL : 0)
    if (isCall) this.#calls++
  }

  get legs(): number {
    let legs = 0
    for (const { size } of this.#days.values()) legs += size
    return legs
  }

  /** How many of the legs are of kind call. */
  get callLegs(): number {
    return this.#calls
  }

  isCallLeg(day: Day, callHash: number): boolean {
    return this.#days.get(day)?.get(callHash) === IS_CALL
  }

  days(): Iterable<Day> {
    return this.#days.keys()
  }
}
