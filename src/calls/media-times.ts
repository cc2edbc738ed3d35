// How long media is waited for: when streams are let go of, and when they are handed on.

/** When streams are let go of, in µs of packet time. */
export interface MediaTimes {
  /** After the last packet. */
  readonly idleUs: number
  /** After the end of the leg, with no packet meanwhile. */
  readonly lingerUs: number
  /** After the first packets of what never was believed. */
  readonly doubtUs: number
  /** Without a packet until a stream that may go on is handed on as far as it has come. */
  readonly silentUs: number
  /** At the most until an open stream is handed on as far as it has come. */
  readonly storeUs: number
  /** At the least between two times that one is, however often it is asked for. */
  readonly openUs: number
}

export const defaultMediaTimes: MediaTimes = {
  idleUs: 900_000_000,
  lingerUs: 20_000_000,
  doubtUs: 30_000_000,
  silentUs: Number.POSITIVE_INFINITY,
  storeUs: 600_000_000,
  openUs: 5_000_000,
}

/**
 * Of an agent, whose server hears of a stream when it is handed on: where no SIP goes by nothing
 * says that its call is over.
 */
export const agentMediaTimes: MediaTimes = { ...defaultMediaTimes, silentUs: 20_000_000 }
