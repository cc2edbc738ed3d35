// Indices of authentic packets in, whether each is new out (RFC 3711 §3.3.2). What is older than
// the window counts as seen.

/** Indices remembered; a second of reordering at the highest packet rates. */
const WINDOW = 1_024

export class ReplayWindow {
  readonly #seen = new Float64Array(WINDOW).fill(-1)
  #highest = -1

  /** Notes an index; false for one that was noted before or is too old to know. */
  take(index: number): boolean {
    if (index <= this.#highest - WINDOW || this.#seen[index % WINDOW] === index) return false
    this.#seen[index % WINDOW] = index
    this.#highest = Math.max(this.#highest, index)
    return true
  }
}
