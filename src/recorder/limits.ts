// Every bound of recording, with its reason. What one turns away is counted in `Recorder.stats()`.

export const recorderLimits = {
  /** Rules of one file; each is tried for every call. */
  rulesMax: 1_000,
  rulesFileBytesMax: 4 * 1024 * 1024,
  /** Calls waiting to be looked at; live traffic beyond it is looked at with its next message. */
  callsWaitingMax: 200_000,
  /** Messages of a recording session that are read: a leg keeps no more. */
  sessionMessagesMax: 10_000,
  /** Bytes of these: a client that describes its session anew a thousand times needs no more. */
  sessionBytesMax: 8 * 1024 * 1024,
  /** Events kept of one recording. */
  eventsPerRecordingMax: 10_000,
  participantsMax: 500,
  transcriptionsMax: 20,

  /**
   * Time that a stored call gets for its streams to be stored to their end: `liveOpenWaitUsMax`.
   */
  settleUs: 7_000_000,
  /** Attempts to make a sound, each after twice the wait of the one before. */
  renderAttemptsMax: 8,
  retryUsMin: 2_000_000,
  retryUsMax: 300_000_000,

  transcriptionAttemptsMax: 4,
  /** Bytes of a transcriber's output that are read; an hour of speech is some 100 KB. */
  transcriptBytesMax: 16 * 1024 * 1024,
  segmentsMax: 50_000,
  /** Time after which a transcriber counts as hung, for each second of sound and at least. */
  transcribeMsPerSecond: 20_000,
  transcribeMsMin: 300_000,

  /** Files of a watched folder known at once, and how deep its folders go. */
  watchedFilesMax: 100_000,
  watchedDepthMax: 6,
  /** A file that did not grow for this long is complete. */
  fileQuietUs: 3_000_000,
  /** How long a file waits for its call to be stored, before it is kept without one. */
  fileWaitsUs: 60_000_000,

  /** Recordings deleted in one sweep. */
  deletionsPerSweepMax: 1_000,
} as const
