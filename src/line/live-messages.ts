// What crosses between the thread that captures live and the thread that stores. Memory moves with
// the message; nothing but numbers and texts is copied.
import type { MediaNotice } from '../calls/sdp-backlog.ts'
import type { LiveState } from './arrival.ts'
import type { LineMessage } from './line-messages.ts'
import type { LineSettings } from './line-settings.ts'
import type { SourceOrders } from './live-sources.ts'

/** Given to the capture thread at its start. */
export interface LiveOrders {
  readonly settings: LineSettings
  /** Memory of the store's BlockNumbers. */
  readonly blockNumbers: SharedArrayBuffer
  readonly sources: readonly SourceOrders[]
}

/** What the capture thread tells. */
export type LiveMessage =
  /** Counts as waiting until it is answered by `stored`. `line` counts the lines of the thread. */
  | { readonly kind: 'line'; readonly line: number; readonly message: LineMessage }
  /** A line begins: what was said of media before? Answered by `earlier`. */
  | { readonly kind: 'begun'; readonly line: number; readonly tUs: number }
  /** Everything is told before this block, and nothing is to be stored. */
  | { readonly kind: 'idle'; readonly indexedBefore: number }
  /** All sources were started; those that could not open are in the state. */
  | { readonly kind: 'started'; readonly state: LiveState }
  /** About once a second. */
  | { readonly kind: 'state'; readonly state: LiveState }
  /** Nothing more will come. */
  | { readonly kind: 'stopped'; readonly state: LiveState }

/** What the capture thread is told. */
export type LiveOrder =
  /** One message was dealt with; memory of a block comes back. */
  | {
      readonly kind: 'stored'
      readonly isCheckpoint: boolean
      /** The store could not be written: what came with the message is not there. */
      readonly isLost: boolean
      /** Of the line that the message came from. */
      readonly line: number
      readonly memory: Uint8Array | undefined
    }
  /** See earlier-media.ts. */
  | { readonly kind: 'earlier'; readonly line: number; readonly notices: readonly MediaNotice[] }
  /** The store failed and was opened again: what the line still holds points to lost blocks. */
  | { readonly kind: 'begin-anew' }
  | { readonly kind: 'stop' }
