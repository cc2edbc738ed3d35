// Bounds of making sound on a server, with their reasons. What they turn away is counted by `Sounds`.

export const soundServerLimits = {
  /** Orders that wait for the one thread that makes sound; beyond them a request is told to come again. */
  ordersWaitingMax: 32,
  /** What a finished sound may be kept for asking again, all of them together. */
  keptBytesMax: 2 * 1024 * 1024 * 1024,
  /** How long a request that was refused should wait. */
  retryAfterMs: 5_000,
} as const
