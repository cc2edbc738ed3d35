// Bounds of making sound on a server, with their reasons. What they turn away is counted by
// `Sounds`.

export const soundServerLimits = {
  /**
   * Orders that wait for the one thread that makes sound; beyond them a request is told to come
   * again.
   */
  ordersWaitingMax: 32,
  /** What a finished sound may be kept for asking again, all of them together. */
  keptBytesMax: 2 * 1024 * 1024 * 1024,
  /**
   * How long a sound is given again that lacks what could not be read: a player asks for it range
   * by range, and blocks are healed by importing their capture again.
   */
  partKeptUs: 60_000_000,
  /** How long a request that was refused should wait. */
  retryAfterMs: 5_000,
} as const

/** Bounds of giving recordings in another format than they are kept in. */
export const otherFormatLimits = {
  /** Each is a process of its own that takes a core for some seconds. */
  atOnceMax: 2,
  waitingMax: 32,
  /** An hour of sound takes half a minute. */
  makeMsMax: 300_000,
  /** Long enough to play with ranges; a recording may be deleted meanwhile. */
  keepMs: 600_000,
} as const
