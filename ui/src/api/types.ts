// The shapes that /api/v1 answers with, built on the house's own types. Types only, no code.
import type { Severity } from '../../../src/base/problem.ts'
import type { Call, MessageRow } from '../../../src/calls/leg.ts'
import type { AnsweredBy, MediaFinding } from '../../../src/audio/findings/media-finding.ts'
import type { SoundGap } from '../../../src/audio/sound.ts'
import type { Stream } from '../../../src/calls/stream.ts'
import type { ArrivalsBody } from '../../../src/api/own/arrivals.ts'
import type { ImportResult as Imported } from '../../../src/line/import-result.ts'
import type { StoreCounters } from '../../../src/query/finder.ts'
import type { Recording, RecordingMedia } from '../../../src/store/recordings/recording.ts'

/** What arrives live: senders, listeners, and what is to be said of them. */
export type Arrivals = ArrivalsBody

/** Who is logged in. */
export interface Session {
  readonly id: string
  readonly permissions: readonly string[]
}

/**
 * One page of the call list; `next` is the cursor of the page after it, null after the last. `q` is
 * what the server took the search box for.
 */
export interface CallPage {
  readonly calls: readonly Call[]
  readonly next: string | null
  readonly q: string
}

/** One rung of the ladder. */
export interface LadderMessage extends MessageRow {
  readonly startLine: string
  readonly hasSdp: boolean
  readonly byteLength: number
}

/** A call with all messages of all its legs, in the house's order. */
export interface CallDetail {
  readonly call: Call
  readonly messages: readonly LadderMessage[]
}

/** The RTP streams of a call, oldest first. */
export interface CallStreams {
  readonly streams: readonly Stream[]
}

/** What a vendor's API would answer to a request. */
export interface VendorAnswer {
  readonly dialect: string
  readonly path: string
  readonly body: unknown
}

export interface VendorAnswers {
  readonly answers: readonly VendorAnswer[]
}

/** What was heard in a call. */
export interface CallFindings extends AnsweredBy {
  /** Where the sound begins, µs since 1970; null where there is none. */
  readonly startUs: number | null
  readonly findings: readonly MediaFinding[]
  readonly gaps: readonly SoundGap[]
  /** Why nothing was heard; null where it was. */
  readonly unheard: string | null
  /** Why some of its packets cannot be read. */
  readonly unread: readonly string[]
}

/** A recording without where its sound lies. */
export interface ShownRecording extends Omit<Recording, 'media'> {
  readonly media: readonly Omit<RecordingMedia, 'soundKey'>[]
}

/** One page of recordings. */
export interface RecordingPage {
  readonly recordings: readonly ShownRecording[]
  readonly next: string | null
}

/** A header as written, with its full name. */
export interface MessageHeader {
  readonly name: string
  readonly value: string
  readonly canonicalName: string
}

/** A body; `text` is null where the bytes are no text, then `base64` holds them. */
export interface MessageBody {
  readonly contentType: string | null
  readonly byteLength: number
  readonly text: string | null
  readonly base64: string | null
}

/** A coded oddity of a message, with what the catalogue says about its code. */
export interface MessageProblem {
  readonly code: string
  readonly severity: Severity
  readonly meaning: string
  readonly rule?: string | null
  readonly at: number
  readonly detail: string
}

/** One message, parsed and raw. */
export interface MessageDetail extends MessageRow {
  readonly startLine: string
  readonly headers: readonly MessageHeader[]
  readonly body: MessageBody | null
  readonly sdp: { readonly words: readonly string[] } | null
  readonly problems: readonly MessageProblem[]
  /** The bytes as UTF-8, U+FFFD where they are not. */
  readonly rawText: string
  readonly rawBase64: string
}

/** What one import did. */
export type ImportResult = Imported

/** What the server holds and has done. */
export interface Counters {
  readonly store: StoreCounters
  readonly ingest: Readonly<Record<string, unknown>>
  readonly process: {
    readonly uptimeSeconds: number
    readonly rssBytes: number
    readonly version: string
  }
}
