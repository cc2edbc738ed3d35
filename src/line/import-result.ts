// What an import tells when it is over: DESIGN.md's fields, and what stands behind the count of
// problems.

export interface ImportResult {
  readonly files: number
  readonly frames: number
  /** SIP messages found, those included that the store held already. */
  readonly messages: number
  /** Legs and calls that these messages belong to; `legsAdded` of them are new. */
  readonly legs: number
  readonly calls: number
  readonly streams: number
  /** Oddities seen; `problemCounts` has them by code. */
  readonly problems: number
  readonly bytes: number
  readonly seconds: number
  readonly legsAdded: number
  readonly messagesAdded: number
  readonly problemCounts: Readonly<Record<string, number>>
  /** Files that could not be read to their end, with the reason. */
  readonly failed: readonly FailedFile[]
}

export interface FailedFile {
  readonly name: string
  /** True for a file that is no capture at all; nothing of it was stored. */
  readonly isNoCapture: boolean
  readonly reason: string
}

/** How far an import is, for a progress bar. */
export interface ImportProgress {
  readonly name: string
  readonly bytesRead: number
  readonly bytesTotal: number | undefined
  readonly messages: number
}
