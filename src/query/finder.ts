// The questions that the CLI, the APIs and the pages ask of what is stored, and nothing about how
// it is stored. Answers are promises: one backend is a file beside us, another a database far away.
import type { CallNote } from '../calls/call-note.ts'
import type { Call, Leg, MessageRow } from '../calls/leg.ts'
import type { CallMedia } from '../calls/media-clause.ts'
import type { Stream } from '../calls/stream.ts'
import type { StoredFrame, UnreadListener } from '../store/block-reader.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import type { StreamFilter } from '../store/stream-filter.ts'
import type { LegRule } from '../store/leg-rule.ts'
import type { Stretch } from './media-places.ts'

export interface PageRequest {
  /** Rows wanted; at most `limits.pageRowsMax`. */
  readonly limit: number
  /** `next` of the page before. */
  readonly cursor?: string
  /** Newest first by default. */
  readonly order?: 'newest' | 'oldest'
  /** Asked during a long search: false ends it, for whoever asked has gone. */
  readonly isWanted?: () => boolean
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Cursor of the next page, null after the last. */
  readonly next: string | null
}

/** A message with its bytes as captured; none where its block is lost or damaged. */
export interface StoredMessage extends MessageRow {
  readonly bytes: Buffer
}

/**
 * One captured RTP packet of a stream. The object is made anew for each; its bytes share memory
 * with the block that they came from, stay as they are, and are not written to.
 */
export interface StoredRtp {
  /** The stream that it belongs to. */
  readonly streamKey: string
  /** When it was captured, µs since 1970. */
  readonly tUs: number
  /** From the first byte of the RTP header to the end of what was captured of the packet. */
  readonly bytes: Uint8Array
}

/** A DTLS datagram as it was captured. Its bytes stay as they are, and are not written to. */
export interface StoredHandshake {
  /** Names the two ends; the same for both directions. */
  readonly ends: string
  readonly bytes: Uint8Array
}

/** Which frames of legs are wanted. */
export interface FramesWish {
  /**
   * Whole as they were captured, the default, or with what they carry of other legs blanked
   * (masked-frame.ts).
   */
  readonly part?: 'whole' | 'theirs'
  /** With the frames that carried the RTP of their streams, and RTCP of these. */
  readonly media?: MediaWish | undefined
  readonly onUnread?: UnreadListener | undefined
}

export interface MediaWish {
  /** By leg, when its packets may tell no key that was pressed: those that could are left out. */
  readonly keysHidden?: ReadonlyMap<string, readonly Stretch[]>
}

/** What the store holds and has done. */
export interface StoreCounters {
  readonly days: number
  readonly legs: number
  readonly messages: number
  readonly streams: number
  readonly blocks: number
  /** Bytes of captured frames, before compression; bytes on disk of blocks and of the index. */
  readonly rawBytes: number
  readonly blockBytes: number
  readonly indexBytes: number
  /** Start of the oldest leg and of the newest one, µs since 1970; null where there is none. */
  readonly firstUs: number | null
  readonly lastUs: number | null
}

export interface Finder {
  findLegs(filter: LegFilter, page: PageRequest): Promise<Page<Leg>>
  /** Pages over calls: every call of which at least one leg matches, once. */
  findCalls(filter: LegFilter, page: PageRequest): Promise<Page<Call>>
  callByKey(callKey: string): Promise<Call | undefined>
  legByKey(legKey: string): Promise<Leg | undefined>
  legsByCallId(callId: string): Promise<readonly Leg[]>
  /** The calls of a conversation id: one where it was derived, several where a header named it. */
  callsByConversation(conversationId: string): Promise<readonly Call[]>
  /** Messages of these legs in the house's order: time, arrival, cause. */
  messagesOf(legs: readonly Leg[]): Promise<readonly MessageRow[]>
  /** One message with its bytes. Undefined where the leg has no such message. */
  message(
    legKey: string,
    messageId: string,
    onUnread?: UnreadListener,
  ): Promise<StoredMessage | undefined>
  /** The same messages as `messagesOf`, with bytes; reads each block once. */
  messagesWithBytes(legs: readonly Leg[], onUnread?: UnreadListener): AsyncIterable<StoredMessage>
  /** Every message of the legs that match, in the house's order, however many there are. */
  messagesInOrder(filter: LegFilter, onUnread?: UnreadListener): AsyncIterable<StoredMessage>
  /**
   * The frames that carried the messages of these legs, in time order, each once. What cannot be
   * read is left out.
   */
  framesOf(legs: readonly Leg[], wish?: FramesWish): AsyncIterable<StoredFrame>
  /** Which of these legs obey at least one of the rules, by key. */
  legsObeying(legKeys: readonly string[], rules: readonly LegRule[]): Promise<ReadonlySet<string>>
  /** Streams that match, by their start. */
  findStreams(filter: StreamFilter, page: PageRequest): Promise<Page<Stream>>
  /** The streams that belong to these legs, oldest first. */
  streamsOf(legs: readonly Leg[]): Promise<readonly Stream[]>
  /** The same as they were counted, by leg. */
  mediaOf(legs: readonly Leg[]): Promise<CallMedia>
  /** How many recordings are kept of any of these legs. */
  recordingsOf(legs: readonly Leg[]): Promise<number>
  streamByKey(streamKey: string): Promise<Stream | undefined>
  /**
   * Packets of these streams in the order in which they were captured; reads each block once. What
   * cannot be read is left out.
   */
  packetsOf(streams: readonly Stream[], onUnread?: UnreadListener): AsyncIterable<StoredRtp>
  /** DTLS datagrams between the ends of these streams, from around the beginning of each. */
  handshakesOf(
    streams: readonly Stream[],
    onUnread?: UnreadListener,
  ): AsyncIterable<StoredHandshake>
  /** What others said of these legs (logs, call records that came by HEP), in order. */
  notesOf(legs: readonly Leg[]): Promise<readonly CallNote[]>
  counters(): Promise<StoreCounters>
}
