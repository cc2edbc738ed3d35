// A map from integers of up to 53 bits to numbers, in one array of memory: a hundred thousand
// hashes cost neither an object each nor the collector anything. Keys must be spread well already,
// as hashes are, and never be negative.

const SLOTS_AT_FIRST = 1024
/** A slot that holds nothing: keys stand there plus one, so that fresh memory is an empty map. */
const EMPTY = 0

export class NumberMap {
  /** Key plus one and value side by side, a slot each. */
  #slots = emptySlots(SLOTS_AT_FIRST)
  #mask = SLOTS_AT_FIRST - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  has(key: number): boolean {
    return this.#slots[this.#slotOf(key) * 2] !== EMPTY
  }

  get(key: number): number | undefined {
    const at = this.#slotOf(key) * 2
    return this.#slots[at] === EMPTY ? undefined : this.#slots[at + 1]
  }

  set(key: number, value: number): void {
    const at = this.#slotOf(key) * 2
    if (this.#slots[at] === EMPTY) {
      this.#slots[at] = key + 1
      this.#size++
    }
    this.#slots[at + 1] = value
    if (this.#size * 2 > this.#mask) this.#grow()
  }

  delete(key: number): void {
    let gap = this.#slotOf(key)
    if (this.#slots[gap * 2] === EMPTY) return
    this.#size--
    // What stands behind the gap moves up where it would not be found across it.
    for (let slot = (gap + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const other = this.#slots[slot * 2] ?? EMPTY
      if (other === EMPTY) break
      const home = (other - 1) & this.#mask
      if (((slot - home) & this.#mask) < ((slot - gap) & this.#mask)) continue
      this.#slots[gap * 2] = other
      this.#slots[gap * 2 + 1] = this.#slots[slot * 2 + 1] ?? 0
      gap = slot
    }
    this.#slots[gap * 2] = EMPTY
  }

  /** Forgets everything, and keeps the memory for as much again. */
  empty(): void {
    this.#slots.fill(EMPTY)
    this.#size = 0
  }

  /** Forgets everything, and gives the memory back. */
  clear(): void {
    this.#slots = emptySlots(SLOTS_AT_FIRST)
    this.#mask = SLOTS_AT_FIRST - 1
    this.#size = 0
  }

  /** The slot that holds the key, or the empty one where it would be put. */
  #slotOf(key: number): number {
    let slot = key & this.#mask
    for (;;) {
      const found = this.#slots[slot * 2] ?? EMPTY
      if (found === key + 1 || found === EMPTY) return slot
      slot = (slot + 1) & this.#mask
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = emptySlots(old.length)
    this.#mask = old.length - 1
    for (let at = 0; at < old.length; at += 2) {
      const kept = old[at] ?? EMPTY
      if (kept === EMPTY) continue
      const slot = this.#slotOf(kept - 1)
      this.#slots[slot * 2] = kept
      this.#slots[slot * 2 + 1] = old[at + 1] ?? 0
    }
  }
}

function emptySlots(count: number): Float64Array {
  return new Float64Array(count * 2)
}
