// Every bound of the recording server, with its reason. What one turns away is counted in the
// server's `stats()`, or is a problem.

export const siprecLimits = {
  /** Metadata of one message; real ones have some kilobytes. */
  metadataBytesMax: 128 * 1024,
  /** Elements and attributes of one, for which a parser takes the time of many letters. */
  metadataMarksMax: 10_000,
  /**
   * Participants, streams and associations, each, that one metadata document may list; and that one
   * recording session keeps of all its documents.
   */
  metadataElementsMax: 500,
  /** Characters kept of a name, an address or an id. */
  textCharsMax: 256,
  /** Call-IDs, and Session-IDs, that one recording session may name: a transfer adds one. */
  callNamesMax: 64,
  /** Joins, leaves and holds kept of one recording session; who is heard where is kept beyond. */
  eventsPerSessionMax: 2_000,

  /** Recording sessions open at once; the next one is refused with 503. */
  sessionsMax: 2_000,
  /** Media sections of one session that get ports; further ones are refused with port 0. */
  mediaPerSessionMax: 16,
  /** Server transactions remembered for their retransmissions; the oldest go first. */
  transactionsMax: 20_000,
  /** Bytes of their answers together: one repeats header fields as long as a message may be. */
  transactionBytesMax: 16 * 1024 * 1024,
  /** TCP and TLS connections at once, and of one peer; the next one is closed. */
  connectionsMax: 4_096,
  connectionsPerPeerMax: 256,
  /** Time for a TLS handshake. */
  handshakeMsMax: 10_000,
  /** Silence after which a connection that has sent no message yet is closed. */
  connectionSilenceMsMax: 300_000,
  /** Bytes waiting to be sent on one connection; a peer that reads nothing is cut off. */
  unsentBytesMax: 1024 * 1024,
  /** A session of which nothing was heard, neither SIP nor media, is ended after this time. */
  sessionSilenceMsMax: 4 * 3_600 * 1_000,
  /** Time after which a session of which no media came is ended, where another needs the room. */
  mediaBeginsMsMax: 60_000,
  /** Peers whose side of the route is remembered. */
  routesMax: 4_096,
} as const
