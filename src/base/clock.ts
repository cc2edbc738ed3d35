// The time of day, for the rim of the house alone: stations take their time from packets. What
// goes in is nothing, what comes out is µs since 1970; nothing here waits or wakes anybody.

/** Tells the time. Tests give one that stands still until they move it. */
export interface Clock {
  /** Microseconds since 1970, UTC. */
  nowUs(): number
}

/** The machine's clock. Finer than a millisecond where the platform is. */
export const systemClock: Clock = {
  nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
}
