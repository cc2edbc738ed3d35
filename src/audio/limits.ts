// Every bound of rendering, with its reason. What they turn away is counted in a sound's account.

export const soundLimits = {
  /** Streams of one rendering: a call with forks and re-INVITEs has a dozen. */
  streamsMax: 256,
  /** How long a packet may come after its successors and still be heard, packet time. */
  holdUs: 1_000_000,
  /** Packets of one stream held back at once; a second of the smallest packets that codecs make. */
  heldPacketsMax: 4_096,
  /** How far the result lags behind the packets: what is held, and what realigning may move. */
  lagUs: 3_000_000,
  /** Length of one rendering; beyond it the rest is left out. */
  soundUsMax: 24 * 3_600_000_000,
  /** Gaps listed for one sound. */
  gapsMax: 10_000,
  /** Packets that one run of a foreign decoder takes: five minutes of 20 ms, and its length. */
  foreignPacketsMax: 15_000,
  foreignUsMax: 300_000_000,
} as const
