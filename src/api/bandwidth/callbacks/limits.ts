// Every bound of the callbacks, with its reason. What a bound turns away is counted in
// `Callbacks.stats()`.

export const callbackLimits = {
  /** Applications; each is matched against every call. */
  applicationsMax: 1_000,
  /** Rules of one application, and the length of a text of it. */
  rulesMax: 32,
  textLengthMax: 1_000,
  /** The vendor's own: longest wait for an answer, and the usual one. */
  timeoutMsMax: 10_000,
  /** Bytes of an answer that are read before the connection is closed: none of it is used. */
  answerBytesMax: 64 * 1024,

  /** Calls that changed and wait to be looked at; the longest waiting go first. */
  changedLegsMax: 100_000,
  /** How many of them are looked at together. */
  legsPerLook: 500,
  /** How long before the oldest event that is told its call may have begun. */
  lookBackUs: 24 * 3_600 * 1_000_000,

  /** How often recordings are looked at, and how many of the latest. */
  recordingsLookMs: 5_000,
  recordingsPerLook: 200,
  /** Characters of a transcript in its event: the vendor's own. */
  transcriptLengthMax: 1_026,

  /**
   * Events under way at once, each of another call, and of one application: a receiver that sleeps
   * takes ten seconds for each.
   */
  sendingMax: 128,
  sendingPerApplicationMax: 16,
  /** Attempts before an event is given up. The waits between them come to about five hours. */
  attemptsMax: 16,
  /** The first wait; it doubles up to the longest. */
  waitUsMin: 1_000_000,
  waitUsMax: 1_800_000_000,
  /** Events that wait to be sent; beyond that new ones are not taken. */
  waitingMax: 200_000,
  /** Settled events that can be looked at later; the oldest go first. */
  settledMax: 100_000,
  /** How often the outbox is looked through for what has become due, at the latest. */
  lookMs: 1_000,
} as const
