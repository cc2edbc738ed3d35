// The time of day, for the rim of the house alone: stations take their time from packets. What
// goes in is nothing, what comes out is µs since 1970; nothing here waits or wakes anybody.

/** Tells the time. Tests give one that stands still until they move it. */
export interface Clock {
  /** Microseconds since 1970, UTC. */
  nowUs(): number
}

/** Between two looks at whether the machine's clock was set. */
const LOOK_MS = 500
/** The machine tells whole milliseconds, and a thread may be held up between two questions. */
const APART_MS = 20
const HELD_UP_MS = 5

/** What a MachineClock asks, all in milliseconds. */
export interface TimeSources {
  /** Grows evenly, whatever the machine's clock is set to. */
  readonly elapsedMs: () => number
  readonly dateMs: () => number
  /** The date at which nothing had elapsed. */
  readonly originMs: number
}

/**
 * The machine's clock, finer than a millisecond where the platform is. Runs evenly, and follows
 * where that clock is set: a machine that has none of its own gets the date after the start, and
 * one that slept wakes up hours later.
 */
export class MachineClock implements Clock {
  readonly #sources: TimeSources
  #originMs: number
  #nextLookMs = 0

  constructor(sources: TimeSources) {
    this.#sources = sources
    this.#originMs = sources.originMs
  }

  nowUs(): number {
    const elapsedMs = this.#sources.elapsedMs()
    if (elapsedMs >= this.#nextLookMs) this.#look(elapsedMs)
    return Math.round((this.#originMs + elapsedMs) * 1000)
  }

  #look(elapsedMs: number): void {
    const dateMs = this.#sources.dateMs()
    if (this.#sources.elapsedMs() - elapsedMs > HELD_UP_MS) return
    this.#nextLookMs = elapsedMs + LOOK_MS
    const apartMs = dateMs - (this.#originMs + elapsedMs)
    if (Math.abs(apartMs) > APART_MS) this.#originMs += apartMs
  }
}

export const systemClock: Clock = new MachineClock({
  elapsedMs: () => performance.now(),
  dateMs: () => Date.now(),
  originMs: performance.timeOrigin,
})
