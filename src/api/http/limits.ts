// Every bound of the HTTP side that `base/limits.ts` does not have already, with its reason.
// Requests beyond one are answered with an error and counted by status on the metrics page.

export const apiLimits = {
  /** Open connections. Each costs a few KB; a browser holds six. */
  connectionsMax: 4_096,
  /**
   * Of those, of one address, or one /64 of IPv6: an office behind it, or a proxy that is not among
   * the trusted.
   */
  connectionsPerPeerMax: 512,
  /** How long a connection that is being closed is read, so that its client sees the answer. */
  closingMs: 1_000,
  /** What requests under way have left when the server is told to stop. */
  stoppingMsMax: 10_000,
  /** Characters of one path segment: a percent-encoded Call-ID of 255 bytes at the worst. */
  paramLengthMax: 1_024,
  /** Time for a TLS handshake, for a request's head, and for a connection to stay silent. */
  headersMsMax: 20_000,
  silenceMsMax: 120_000,
  /** Time for a body to arrive and an answer to be found, where no body of any size is meant. */
  answerMsMax: 30_000,
  /** Body of a login, which anybody may send: an id and a secret, each character escaped. */
  credentialsBytesMax: 16 * 1024,
  /** Time for an upload or an export: bounded by silence, not by size. */
  transferMsMax: 86_400_000,

  /** Uploads at once; each writes a temporary file of its own. */
  uploadsAtOnceMax: 4,
  uploadsWaitingMax: 16,
  /** Messages of one call that are listed; the rest is counted and still exported. */
  listedMessagesMax: 10_000,
  /** Call-IDs or keys that one request may name. */
  namedCallsMax: 1_000,

  /** Principals whose request rate is remembered; the longest quiet one goes first. */
  ratedPrincipalsMax: 10_000,
} as const
