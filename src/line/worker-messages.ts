// What crosses between the thread that reads captures and the thread that stores them. Memory
// moves with the message; nothing but numbers and texts is copied.
import type { MessagePort } from 'node:worker_threads'
import type { LineMessage } from './line-messages.ts'
import type { LineSettings } from './line-settings.ts'

/** Told to the reading thread before anything else. */
export interface ReaderOrders {
  /** Memory of blocks comes back through here when they are stored. */
  readonly memory: MessagePort
  readonly settings: LineSettings
  /** Memory of the store's BlockNumbers. */
  readonly blockNumbers: SharedArrayBuffer
  /** Int32: messages posted and not yet dealt with. The reader waits on it when it is full. */
  readonly inFlight: SharedArrayBuffer
  /** Float64: see PROGRESS_ below. */
  readonly progress: SharedArrayBuffer
}

export const PROGRESS_BYTES_READ = 0
/** NaN where the size is not known. */
export const PROGRESS_BYTES_TOTAL = 1
export const PROGRESS_MESSAGES = 2
export const PROGRESS_FIELDS = 3

/** A way back to a reader that waits. */
export interface EarlierAnswer {
  /** Notices come through here. */
  readonly port: MessagePort
  /** Int32: 1 when they have come. The reader waits on it. */
  readonly isAnswered: SharedArrayBuffer
}

/** One file to read. */
export interface ReadOrder {
  readonly path: string
  /** Where `ask-earlier` is answered; undefined where the store holds nothing yet. */
  readonly earlier: EarlierAnswer | undefined
}

/** What the reading thread tells. Every one but the last three counts as in flight. */
export type ReaderMessage =
  | LineMessage
  /** What was said of media before this time? See earlier-media.ts. */
  | { readonly kind: 'ask-earlier'; readonly tUs: number }
  | { readonly kind: 'file-read'; readonly report: FileReport }
  | { readonly kind: 'file-failed'; readonly failureKind: string; readonly reason: string }

/** What became of one file. */
export interface FileReport {
  readonly isCapture: boolean
  readonly isComplete: boolean
  /** The first problem of the file itself, in words; empty when there was none. */
  readonly reason: string
  readonly frames: number
  readonly fileBytes: number
  readonly messages: number
  readonly problems: Readonly<Record<string, number>>
}
