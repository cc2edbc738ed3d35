// Every bound of this API, with its reason. The vendor documents none for these operations.

export const vendorLimits = {
  /** Records of one siptraces answer: at about 2 KB each, some 20 MB of JSON. */
  recordsMax: 10_000,
  /** Calls of one answer or one download. */
  callsMax: 1_000,
  /** Legs that a search may look at before it is told to be narrower. */
  legsMax: 20_000,
  legsPerPage: 1_000,
  /** How long before the window a call may have begun that still has messages in it. */
  lookBackUs: 24 * 3_600 * 1_000_000,
  /** Characters of one search value. */
  valueLengthMax: 1_000,

  /** Headers that one question may name. */
  headerKeysMax: 100,

  /** Downloads made at once, and waiting for it. */
  downloadsAtOnceMax: 1,
  downloadsWaitingMax: 1_000,
  /** Finished downloads that are kept; the oldest goes first. */
  downloadsKeptMax: 1_000,
  /** How long a question for a download waits for it to be made. The client gives up after 16 s. */
  downloadWaitMs: 5_000,
  /** How often expired downloads are looked for. */
  downloadSweepMs: 600_000,
} as const
