// The finder over an index and its blocks: turns what is stored into legs, calls and messages.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Day, dayAfter, dayOf } from '../base/day.ts'
import { limits } from '../base/limits.ts'
import { assembleCall, conversationOf } from '../calls/call.ts'
import { callOfConversation, comparableConversation } from '../calls/keys.ts'
import type { CallNote } from '../calls/call-note.ts'
import { isRefused } from '../calls/leg-summary.ts'
import type { Call, Leg, MessageRow } from '../calls/leg.ts'
import type { CallMedia } from '../calls/media-clause.ts'
import type { Stream } from '../calls/stream.ts'
import { decodeTrail, identitiesOf } from '../calls/leg-trail-codec.ts'
import type { FramePiece } from '../decode/datagram.ts'
import type { BlockStore, FoundLeg, LegIndex, Position } from '../store/contract.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import type { StreamFilter } from '../store/stream-filter.ts'
import type { LegRule } from '../store/leg-rule.ts'
import { BlockReader, unlessUnread } from '../store/block-reader.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import type {
  Finder,
  FramesWish,
  Page,
  PageRequest,
  StoreCounters,
  StoredHandshake,
  StoredMessage,
  StoredRtp,
} from './finder.ts'
import type { StoredFrame, UnreadListener } from '../store/block-reader.ts'
import { comparePlaces, type FramePlace, mergedPlaces } from './frame-place.ts'
import { FrameMask } from './masked-frame.ts'
import { readStored } from './stored-message.ts'
import { walkMessages } from './message-walk.ts'
import { matchesFilter, needJoins, obeysAny } from './match-leg.ts'
import { StreamFinder } from './stream-finder.ts'
import {
  compareMessages,
  type LocatedMessage,
  locateMessages,
  transportName,
} from '../calls/trail-rows.ts'

/** Legs read between two turns of the event loop. */
const LEGS_PER_TURN = 50

/** How many recordings are kept of any of these legs. */
export interface CountRecordings {
  (legKeys: readonly string[]): Promise<number>
}

export class StoreFinder implements Finder {
  readonly #countRecordings: CountRecordings | undefined
  readonly #blocks: BlockStore
  readonly #index: LegIndex
  readonly #reader: BlockReader
  readonly #streams: StreamFinder

  /** `recordings` where there may be some: how many there are of legs. */
  constructor(store: { blocks: BlockStore; index: LegIndex }, recordings?: CountRecordings) {
    this.#countRecordings = recordings
    this.#blocks = store.blocks
    this.#index = store.index
    this.#reader = new BlockReader(store.blocks, store.index)
    this.#streams = new StreamFinder(store.index, this.#reader)
  }

  async findLegs(filter: LegFilter, page: PageRequest): Promise<Page<Leg>> {
    const { limit, order, after, isWanted } = readPage(page)
    const found = await this.#index.findLegs(filter, {
      limit: limit + 1,
      order,
      isWanted,
      ...(after === undefined ? {} : { after }),
    })
    const rows = found.slice(0, limit)
    const last = rows.at(-1)
    const hasMore = found.length > limit && last !== undefined
    return { rows: rows.map(legOf), next: hasMore ? formatCursor(last.position) : null }
  }

  async findCalls(filter: LegFilter, page: PageRequest): Promise<Page<Call>> {
    const { limit, order, after, isWanted } = readPage(page)
    const calls: Call[] = []
    let position = after
    for (;;) {
      // Most legs tell a call of their own. For a few more the question is not asked many times.
      const wanted = Math.min(limit + 1, Math.max(limit + 1 - calls.length, LEGS_PER_TURN))
      const found = await this.#index.findLegs(filter, {
        limit: wanted,
        order,
        isWanted,
        ...(position === undefined ? {} : { after: position }),
      })
      for (const [i, leg] of found.entries()) {
        if (i % LEGS_PER_TURN === LEGS_PER_TURN - 1) await nextTurn()
        if (isWanted?.() === false) return { rows: calls, next: null }
        if (calls.length === limit)
          return { rows: calls, next: formatCursor(position ?? leg.position) }
        const call = await this.#callAt(leg, filter, order)
        if (call !== undefined) calls.push(call)
        position = leg.position
      }
      if (found.length < wanted) return { rows: calls, next: null }
    }
  }

  async callByKey(callKey: string): Promise<Call | undefined> {
    const legs = await this.#index.legsOfCall(callKey)
    const [first] = legs
    if (first === undefined) return undefined
    // The key of a leg that was joined to an older one since leads to the call it is in now.
    if (first.callKey !== callKey) return this.callByKey(first.callKey)
    return this.#assemble(legs)
  }

  async legByKey(legKey: string): Promise<Leg | undefined> {
    const found = await this.#index.legByKey(legKey)
    return found === undefined ? undefined : legOf(found)
  }

  async legsByCallId(callId: string): Promise<readonly Leg[]> {
    const found = await this.#index.findLegs(
      { callId },
      { limit: limits.pageRowsMax, order: 'oldest' },
    )
    return found.map(legOf)
  }

  async callsByConversation(conversationId: string): Promise<readonly Call[]> {
    const callKey = callOfConversation(conversationId)
    if (callKey !== undefined) {
      const call = await this.callByKey(callKey)
      return call === undefined ? [] : [call]
    }
    const named: LegFilter = { conversationId: comparableConversation(conversationId) }
    return (await this.findCalls(named, { limit: limits.pageRowsMax, order: 'oldest' })).rows
  }

  async messagesOf(legs: readonly Leg[]): Promise<readonly MessageRow[]> {
    return (await this.#locate(legs)).map(({ message }) => message.row)
  }

  async message(
    legKey: string,
    messageId: string,
    onUnread?: UnreadListener,
  ): Promise<StoredMessage | undefined> {
    const leg = await this.#index.legByKey(legKey)
    if (leg === undefined) return undefined
    const message = locateMessages(leg, decodeTrail(leg.trail, REF_SCALE)).find(
      ({ row }) => row.messageId === messageId,
    )
    if (message === undefined) return undefined
    return readStored(this.#reader, message, leg.position, onUnread)
  }

  async *messagesWithBytes(
    legs: readonly Leg[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredMessage> {
    for (const { message, position } of await this.#locate(legs)) {
      yield readStored(this.#reader, message, position, onUnread)
    }
  }

  messagesInOrder(filter: LegFilter, onUnread?: UnreadListener): AsyncGenerator<StoredMessage> {
    return walkMessages(this.#index, this.#reader, filter, onUnread)
  }

  async *framesOf(
    legs: readonly Leg[],
    { part = 'whole', media, onUnread }: FramesWish = {},
  ): AsyncGenerator<StoredFrame> {
    const ofMessages = await this.#messagePlaces(legs, onUnread)
    const places =
      media === undefined
        ? ofMessages
        : mergedPlaces(ofMessages, this.#streams.mediaPlacesOf(legs, media, onUnread))
    const mask = new FrameMask()
    for await (const { ref, hint, pieces } of places) {
      const frame = await unlessUnread(this.#reader.frame(ref, hint), onUnread)
      if (frame !== undefined) yield part === 'whole' ? frame : mask.masked(frame, pieces)
    }
  }

  async legsObeying(
    legKeys: readonly string[],
    rules: readonly LegRule[],
  ): Promise<ReadonlySet<string>> {
    const joins = needJoins(rules) ? await this.#index.joinEvidence(legKeys) : []
    const obeying = new Set<string>()
    for (const [i, legKey] of legKeys.entries()) {
      if (i % LEGS_PER_TURN === LEGS_PER_TURN - 1) await nextTurn()
      const leg = await this.#index.legByKey(legKey)
      if (leg !== undefined && obeysAny(rules, leg, joins)) obeying.add(legKey)
    }
    return obeying
  }

  findStreams(filter: StreamFilter, page: PageRequest): Promise<Page<Stream>> {
    const { limit, order, after, isWanted } = readPage(page)
    return this.#streams.findStreams(filter, {
      limit,
      order,
      isWanted,
      ...(after === undefined ? {} : { after }),
    })
  }

  streamsOf(legs: readonly Leg[]): Promise<readonly Stream[]> {
    return this.#streams.streamsOf(legs)
  }

  async recordingsOf(legs: readonly Leg[]): Promise<number> {
    return (await this.#countRecordings?.(legs.map(({ legKey }) => legKey))) ?? 0
  }

  mediaOf(legs: readonly Leg[]): Promise<CallMedia> {
    return this.#streams.mediaOf(legs)
  }

  streamByKey(streamKey: string): Promise<Stream | undefined> {
    return this.#streams.streamByKey(streamKey)
  }

  packetsOf(streams: readonly Stream[], onUnread?: UnreadListener): AsyncGenerator<StoredRtp> {
    return this.#streams.packetsOf(streams, onUnread)
  }

  handshakesOf(
    streams: readonly Stream[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredHandshake> {
    return this.#streams.handshakesOf(streams, onUnread)
  }

  async notesOf(legs: readonly Leg[]): Promise<readonly CallNote[]> {
    const notes: CallNote[] = []
    for (const { callId, startUs, lastUs } of legs) {
      if (callId !== null) {
        notes.push(...(await this.#index.notesOf(callId, daysBetween(startUs, lastUs))))
      }
    }
    return notes.sort((a, b) => a.tUs - b.tUs)
  }

  async counters(): Promise<StoreCounters> {
    const counters = await this.#index.counters()
    let blockBytes = 0
    for (const day of await this.#blocks.days()) blockBytes += await this.#blocks.length(day)
    return { ...counters, blockBytes }
  }

  /**
   * The call of a matching leg, unless another of its legs matches too and comes earlier in this
   * order: then the call was told there. No page needs to remember what came before.
   */
  async #callAt(
    leg: FoundLeg,
    filter: LegFilter,
    order: 'newest' | 'oldest',
  ): Promise<Call | undefined> {
    const legs = await this.#index.legsOfCall(leg.callKey)
    const isEarlier = (other: FoundLeg): boolean => {
      const difference = comparePositions(other.position, leg.position)
      return order === 'newest' ? difference > 0 : difference < 0
    }
    const keys = needJoins(filter.anyOf ?? []) ? legs.map(({ legKey }) => legKey) : []
    const joins = keys.length === 0 ? [] : await this.#index.joinEvidence(keys)
    if (legs.some((other) => isEarlier(other) && matchesFilter(filter, other, joins))) {
      return undefined
    }
    return this.#assemble(legs)
  }

  async #assemble(found: readonly FoundLeg[]): Promise<Call | undefined> {
    const conversations = found.map(({ conversation }) => conversation)
    const legs = found.map((each) => ({
      ...legOf(each),
      conversationId: conversationOf(each.callKey, conversations),
    }))
    const [first, ...others] = legs
    if (first === undefined) return undefined
    const joins =
      others.length === 0 ? [] : await this.#index.joinEvidence(legs.map(({ legKey }) => legKey))
    const media = await this.#streams.mediaOf(legs)
    const recordings = await this.recordingsOf(legs)
    return { ...assembleCall([first, ...others], joins, media), recordings }
  }

  /** Where the frames lie that carried the messages of these legs, in time order. */
  async #messagePlaces(
    legs: readonly Leg[],
    onUnread: UnreadListener | undefined,
  ): Promise<FramePlace[]> {
    const found = new Map<number, { hint: Day; pieces: FramePiece[] }>()
    for (const { message, position } of await this.#locate(legs)) {
      for (const piece of message.pieces) {
        const known = found.get(piece.ref)
        if (known === undefined) found.set(piece.ref, { hint: position.day, pieces: [piece] })
        else known.pieces.push(piece)
      }
    }
    const places: FramePlace[] = []
    for (const [ref, { hint, pieces }] of found) {
      const frame = await unlessUnread(this.#reader.frame(ref, hint), onUnread)
      if (frame !== undefined) places.push({ ref, tUs: frame.tUs, hint, pieces })
    }
    return places.sort(comparePlaces)
  }

  /** Messages of several legs in the house's order, each with a place to look for its blocks. */
  async #locate(legs: readonly Leg[]): Promise<{ message: LocatedMessage; position: Position }[]> {
    const located: { message: LocatedMessage; position: Position }[] = []
    for (const { legKey } of legs) {
      const leg = await this.#index.legByKey(legKey)
      if (leg === undefined) continue
      for (const message of locateMessages(leg, decodeTrail(leg.trail, REF_SCALE))) {
        located.push({ message, position: leg.position })
      }
    }
    return located.sort((a, b) => compareMessages(a.message, b.message))
  }
}

/** The days of a leg and the one after: a call record comes when the call is over. */
function daysBetween(startUs: number, lastUs: number): Day[] {
  const days = [dayOf(startUs)]
  for (let day = dayOf(startUs); day <= dayOf(lastUs); ) {
    day = dayAfter(day)
    days.push(day)
  }
  return days
}

function readPage(page: PageRequest): {
  limit: number
  order: 'newest' | 'oldest'
  after: Position | undefined
  isWanted: (() => boolean) | undefined
} {
  return {
    isWanted: page.isWanted,
    limit: Math.min(Math.max(1, page.limit), limits.pageRowsMax),
    order: page.order ?? 'newest',
    after: page.cursor === undefined ? undefined : parseCursor(page.cursor),
  }
}

function comparePositions(a: Position, b: Position): number {
  return a.day === b.day ? a.id - b.id : a.day < b.day ? -1 : 1
}

/** A found leg as everybody else sees it. */
function legOf(found: FoundLeg): Leg {
  const { legKey, callKey, callId, head, summary, problems } = found
  const { path, ...facts } = summary
  return {
    legKey,
    callKey,
    callId,
    conversationId: conversationOf(callKey, [found.conversation]),
    kind: facts.kind,
    state: facts.state,
    from: head.from,
    to: head.to,
    fromHost: head.fromHost,
    toHost: head.toHost,
    identities: identitiesOf(found.trail),
    src: path?.src ?? null,
    srcPort: path?.srcPort ?? null,
    dst: path?.dst ?? null,
    dstPort: path?.dstPort ?? null,
    transport: transportName(path?.transport ?? 0),
    isOpened: facts.isOpened,
    startUs: facts.startUs,
    ringUs: facts.ringUs,
    answerUs: facts.answerUs,
    endUs: facts.endUs,
    lastUs: facts.lastUs,
    status: facts.status,
    endedBy: facts.endedBy,
    messages: facts.messages,
    retransmissions: facts.retransmissions,
    copies: facts.copies,
    isAcknowledged: facts.isAcknowledged,
    isChallengedAgain: facts.isChallengedAgain,
    answerRepeats: facts.answerRepeats,
    isCancelCrossed: facts.isCancelCrossed,
    refusedBy: facts.refusedBy ?? (isRefused(summary) ? (path?.dst ?? null) : null),
    transferBy: facts.transferBy,
    silentAt: facts.silentAt,
    reason: facts.reason,
    userAgent: head.userAgent,
    problems,
  }
}
