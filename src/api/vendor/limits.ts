// Every bound that the vendors' APIs share, with its reason.

export const vendorLimits = {
  /** Rows of a rate table: some 100 bytes each once read. The world has fewer prefixes. */
  ratesMax: 500_000,
  /** Legs that one page of a list may look at for those that match; then it ends early. */
  legsScannedMax: 20_000,
  /** Legs that are asked for at once while looking. */
  legsPerLook: 1_000,
  /** How long a call is listened to before it is shown without knowing who answered. */
  listenMs: 5_000,
} as const
