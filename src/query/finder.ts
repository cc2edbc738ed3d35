// The questions that the CLI, the APIs and the pages ask of what is stored, and nothing about how
// it is stored. Answers are promises: one backend is a file beside us, another a database far away.
import type { Call, Leg, LegKind, LegState, MessageRow } from '../calls/leg.ts'

/** Which legs or calls are meant. All parts that are given must hold. */
export interface LegFilter {
  /** Legs that start in this span, µs since 1970, `endUs` not included. */
  readonly startUs?: number
  readonly endUs?: number
  readonly callId?: string
  readonly callKey?: string
  readonly conversationId?: string
  /** A user pattern: plain text is exact; `*` at an end means "any": `+4420*`, `*1234`, `*555*`. */
  readonly from?: string
  readonly to?: string
  /** A user pattern that may match either side. */
  readonly user?: string
  /** An IP address (exact) of any end that the leg's messages touched. */
  readonly address?: string
  /** A final status, or a class as `4xx`. */
  readonly status?: string
  readonly state?: LegState
  readonly kind?: LegKind
}

export interface PageRequest {
  /** Rows wanted; at most `limits.pageRowsMax`. */
  readonly limit: number
  /** `next` of the page before. */
  readonly cursor?: string
  /** Newest first by default. */
  readonly order?: 'newest' | 'oldest'
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Cursor of the next page, null after the last. */
  readonly next: string | null
}

/** A message with its bytes as captured. */
export interface StoredMessage extends MessageRow {
  readonly bytes: Buffer
}

/** A stored frame as captured: link-layer bytes, exact time. */
export interface StoredFrame {
  readonly ref: number
  readonly tUs: number
  /** Nanoseconds to add to `tUs`, 0 to 999; finer resolutions are kept only in pcapng. */
  readonly subUsNs: number
  readonly linkType: number
  readonly originalLength: number
  readonly bytes: Buffer
  /** The complete pcapng block that holds the frame, and that of its interface. */
  readonly packetBlock: Buffer
  readonly interfaceBlock: Buffer
}

/** What the store holds and has done. */
export interface StoreCounters {
  readonly days: number
  readonly legs: number
  readonly messages: number
  readonly blocks: number
  /** Bytes of captured frames, before compression; bytes on disk of blocks and of the index. */
  readonly rawBytes: number
  readonly blockBytes: number
  readonly indexBytes: number
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
  message(legKey: string, messageId: string): Promise<StoredMessage | undefined>
  /** The same messages as `messagesOf`, with bytes; reads each block once. */
  messagesWithBytes(legs: readonly Leg[]): AsyncIterable<StoredMessage>
  /** The frames that carried the messages of these legs, in time order, each once. */
  framesOf(legs: readonly Leg[]): AsyncIterable<StoredFrame>
  counters(): Promise<StoreCounters>
}
