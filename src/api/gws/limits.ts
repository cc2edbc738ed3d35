// Every bound of this API, with its reason. The vendor documents the first.

export const gwsLimits = {
  /** Recordings of one answer; the rest is left out without a word. */
  recordingsMax: 100,
  /** Recordings that are asked for at once while looking. */
  recordingsPerLook: 500,
  /** Recordings that one search looks at before it is told to be narrower. */
  recordingsLookedAtMax: 200_000,
} as const
