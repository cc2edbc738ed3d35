// What is kept and what it can be asked, whoever keeps it: blocks hold the captured frames and are
// the truth, the index finds legs and is made from the blocks. Backends pass the suites beside
// this file (block-suite.ts, index-suite.ts) against the real engine.
import type { Day } from '../base/day.ts'
import type { CallNote } from '../calls/call-note.ts'
import type { PackedLeg } from '../calls/leg-record-codec.ts'
import type { PackedStream } from '../calls/stream-record-codec.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import type { LegFilter } from './leg-filter.ts'
import type { LegTally } from './leg-tally.ts'
import type { StoredCalls } from './stored-calls.ts'
import type { StreamFilter } from './stream-filter.ts'

// ── blocks ─────────────────────────────────────────────────────────────────────────────────────

/** Where one block lies and what it spans. Blocks are numbered from 1 over all days. */
export interface BlockRow {
  readonly block: number
  /** First block of the import or capture run that wrote it: blocks of one line belong together. */
  readonly line: number
  readonly day: Day
  /** Place in the day's blocks, in bytes, and length there (header and compressed pcapng). */
  readonly offset: number
  readonly length: number
  /** Bytes once unpacked: a pcapng section that can be read by itself. */
  readonly rawLength: number
  readonly frames: number
  readonly firstUs: number
  readonly lastUs: number
  /** First 16 hex digits of the SHA-256 of the compressed bytes. */
  readonly digest: string
}

/** A day's blocks end to end. Append only; a day is dropped as a whole. */
export interface BlockStore {
  days(): Promise<readonly Day[]>
  /** Adds the bytes of these pieces at the end of a day and says where. */
  append(day: Day, ...pieces: readonly Buffer[]): Promise<number>
  /** `length` bytes at `offset`; shorter at the end of the day. */
  read(day: Day, offset: number, length: number): Promise<Buffer>
  /** Bytes that the day holds; 0 for an unknown day. */
  length(day: Day): Promise<number>
  /** Cuts off what lies beyond `length`: the torn end that a crash left. */
  truncate(day: Day, length: number): Promise<void>
  /** When a day's bytes were last added to, µs since 1970; 0 for an unknown day. */
  writtenUs(day: Day): Promise<number>
  /** Returns when everything appended survives a power cut. */
  sync(): Promise<void>
  /**
   * The first half of a drop: from here on the day is not there, and `hidden` names it until it is
   * dropped.
   */
  hide(day: Day): Promise<void>
  hidden(): Promise<readonly Day[]>
  drop(day: Day): Promise<void>
  close(): Promise<void>
}

// ── index ──────────────────────────────────────────────────────────────────────────────────────

/** A leg found in the index. */
export interface FoundLeg extends Omit<PackedLeg, 'joinKeys' | 'hops' | 'body'> {
  readonly legKey: string
  readonly callKey: string
  /** Orders legs by start within the whole index; pass it back to go on from there. */
  readonly position: Position
}

/** A place in the order of legs: by start, ties apart. */
export interface Position {
  readonly day: Day
  readonly id: number
}

/** A stream found in the index. */
export interface FoundStream {
  readonly streamKey: string
  /** Orders streams by start within the whole index, as legs are ordered. */
  readonly position: Position
  readonly record: StreamRecord
}

/** What tells the streams of a leg: they carry its Call-ID, and begin while it goes on. */
export interface LegSpan {
  readonly callId: string
  readonly startUs: number
  readonly lastUs: number
}

/** A page of legs, or of streams. */
export interface LegPage {
  readonly limit: number
  /** Legs beyond this place in the given order; from the beginning when absent. */
  readonly after?: Position
  readonly order: 'newest' | 'oldest'
  /** Asked between days: false ends the search, for nobody waits for the rest. */
  readonly isWanted?: (() => boolean) | undefined
}

/** A key that two or more legs of a call share, as evidence. */
export interface JoinEvidence {
  readonly legKey: string
  readonly header: string
  readonly value: string
}

/** How far the index has come. */
export interface Progress {
  /** Number of the next block to be written. */
  readonly nextBlock: number
  /** Every message that lies wholly in blocks before this one is in the index. */
  readonly indexedBefore: number
}

export interface IndexCounters {
  readonly days: number
  readonly legs: number
  readonly messages: number
  readonly streams: number
  readonly blocks: number
  readonly rawBytes: number
  readonly indexBytes: number
  /** Start of the oldest leg and of the newest one, µs since 1970; null where there is none. */
  readonly firstUs: number | null
  readonly lastUs: number | null
}

/** What a put of legs changed. */
export interface PutResult {
  readonly legsAdded: number
  readonly messagesAdded: number
}

/**
 * Hears, after each commit, which legs of kind call readers can see anew or further on, or with a
 * stream that was known without them: what acts on calls (recordings, callbacks) begins here. A
 * crash between the two leaves some untold.
 */
export interface StoredListener {
  (calls: StoredCalls): void
}

/** A note, and the day that it is filed under where that is not its own. */
export interface PlacedNote {
  readonly note: CallNote
  readonly filedUnder: Day | null
}

export interface LegIndex {
  /**
   * Puts become visible to other readers and durable here, together with the progress. `isLast`
   * (the default) says that nothing more is waiting: then what was put is found by index.
   */
  commit(progress: Progress, isLast?: boolean): Promise<void>
  progress(): Promise<Progress>
  putBlock(row: BlockRow): Promise<void>
  block(block: number, hint: Day): Promise<BlockRow | undefined>
  blocks(day: Day): Promise<readonly BlockRow[]>
  blocksByDigest(day: Day, digest: string): Promise<readonly BlockRow[]>
  /** Merges each leg into the one stored of the same Call-ID, or adds it; `tally` counts them. */
  putLegs(legs: Iterable<PackedLeg>, tally?: LegTally): Promise<PutResult>
  findLegs(filter: LegFilter, page: LegPage): Promise<readonly FoundLeg[]>
  legByKey(legKey: string): Promise<FoundLeg | undefined>
  /** All legs of a call, oldest first. */
  legsOfCall(callKey: string): Promise<readonly FoundLeg[]>
  /** How many calls these legs make, as far as they are of kind call. */
  countCalls(tally: LegTally): Promise<number>
  /** Keeps notes; the same one again adds nothing. */
  putNotes(notes: readonly PlacedNote[]): Promise<void>
  /** Notes tied to calls by this id, in these days, in order. */
  notesOf(correlationId: string, days: readonly Day[]): Promise<readonly CallNote[]>
  /**
   * Keeps each stream once: of two records of one stream the one that saw more of it. Gives their
   * keys.
   */
  putStreams(streams: readonly PackedStream[]): Promise<readonly string[]>
  findStreams(filter: StreamFilter, page: LegPage): Promise<readonly FoundStream[]>
  streamByKey(streamKey: string): Promise<FoundStream | undefined>
  /** Streams of a leg, oldest first. */
  streamsOfLeg(leg: LegSpan): Promise<readonly FoundStream[]>
  /** The leg of this Call-ID that went on at `tUs`. */
  legAt(callId: string, tUs: number): Promise<FoundLeg | undefined>
  joinEvidence(legKeys: readonly string[]): Promise<readonly JoinEvidence[]>
  days(): Promise<readonly Day[]>
  /** Bytes on disk that a day takes; 0 for an unknown day. */
  length(day: Day): Promise<number>
  counters(): Promise<IndexCounters>
  drop(day: Day): Promise<void>
  /** Drops all days, whatever state they are in, and says the progress before the first one. */
  clear(progress: Progress): Promise<void>
  /** Forgets what was put and not committed: after a failure nobody knows how much is there. */
  close(): Promise<void>
}
