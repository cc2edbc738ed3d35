// A finder in, the same questions out, answered as if nothing existed but the legs that obey some
// rules. A call is made of its visible legs alone and named after the first of them, so that not
// even a hash tells of a leg that is hidden. docs/decisions/0010-who-sees-which-leg.md says why.
import { Failure } from '../base/failure.ts'
import { assembleCall, conversationOf } from '../calls/call.ts'
import { callOfConversation, comparableConversation, conversationOfCall } from '../calls/keys.ts'
import type { CallNote } from '../calls/call-note.ts'
import type { Call, Leg, MessageRow } from '../calls/leg.ts'
import type { CallMedia } from '../calls/media-clause.ts'
import type { Stream } from '../calls/stream.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import type { LegRule } from '../store/leg-rule.ts'
import type { StreamFilter } from '../store/stream-filter.ts'
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

const NO_LEG: readonly LegRule[] = []

/**
 * Limits a finder to the legs that obey at least one of the rules; undefined limits nothing. Made
 * for one request or job: it remembers what it has found visible.
 */
export function scopedFinder(finder: Finder, rules: readonly LegRule[] | undefined): Finder {
  return rules === undefined ? finder : new ScopedFinder(finder, rules)
}

class ScopedFinder implements Finder {
  readonly #finder: Finder
  readonly #rules: readonly LegRule[]
  /** Legs that were asked about, and whether they are visible. */
  readonly #known = new Map<string, boolean>()
  /** What calls are called here, by the key that the store has for them. */
  readonly #names = new Map<string, string>()

  constructor(finder: Finder, rules: readonly LegRule[]) {
    this.#finder = finder
    this.#rules = rules
  }

  async findLegs(filter: LegFilter, page: PageRequest): Promise<Page<Leg>> {
    const { rows, next } = await this.#finder.findLegs(await this.#narrowed(filter), page)
    return { rows: await this.#legs(rows), next }
  }

  async findCalls(filter: LegFilter, page: PageRequest): Promise<Page<Call>> {
    const { rows, next } = await this.#finder.findCalls(await this.#narrowed(filter), page)
    const calls: Call[] = []
    for (const row of rows) {
      const call = await this.#call(row)
      if (call !== undefined) calls.push(call)
    }
    return { rows: calls, next }
  }

  async callByKey(callKey: string): Promise<Call | undefined> {
    const stored = await this.#storedKey(callKey)
    const call = stored === undefined ? undefined : await this.#finder.callByKey(stored)
    return call === undefined ? undefined : this.#call(call)
  }

  async legByKey(legKey: string): Promise<Leg | undefined> {
    const leg = await this.#finder.legByKey(legKey)
    if (leg === undefined) return undefined
    const [visible] = await this.#legs(await this.#visible([leg]))
    return visible
  }

  async legsByCallId(callId: string): Promise<readonly Leg[]> {
    return this.#legs(await this.#visible(await this.#finder.legsByCallId(callId)))
  }

  async callsByConversation(conversationId: string): Promise<readonly Call[]> {
    const callKey = callOfConversation(conversationId)
    if (callKey !== undefined) {
      const call = await this.callByKey(callKey)
      return call === undefined ? [] : [call]
    }
    // Named by a hidden leg alone, it is not the name of anything here.
    const wanted = comparableConversation(conversationId)
    const calls: Call[] = []
    for (const stored of await this.#finder.callsByConversation(conversationId)) {
      const call = await this.#call(stored)
      if (call !== undefined && (await this.#isNamed(call, wanted))) calls.push(call)
    }
    return calls
  }

  async messagesOf(legs: readonly Leg[]): Promise<readonly MessageRow[]> {
    return this.#finder.messagesOf(await this.#visible(legs))
  }

  async message(
    legKey: string,
    messageId: string,
    onUnread?: UnreadListener,
  ): Promise<StoredMessage | undefined> {
    if (!(await this.#isVisible(legKey))) return undefined
    return this.#finder.message(legKey, messageId, onUnread)
  }

  async *messagesWithBytes(
    legs: readonly Leg[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredMessage> {
    yield* this.#finder.messagesWithBytes(await this.#visible(legs), onUnread)
  }

  async *messagesInOrder(
    filter: LegFilter,
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredMessage> {
    yield* this.#finder.messagesInOrder(await this.#narrowed(filter), onUnread)
  }

  async *framesOf(legs: readonly Leg[], wish: FramesWish = {}): AsyncGenerator<StoredFrame> {
    yield* this.#finder.framesOf(await this.#visible(legs), { ...wish, part: 'theirs' })
  }

  legsObeying(legKeys: readonly string[], rules: readonly LegRule[]): Promise<ReadonlySet<string>> {
    return this.#finder.legsObeying(legKeys, both(this.#rules, rules))
  }

  async findStreams(filter: StreamFilter, page: PageRequest): Promise<Page<Stream>> {
    const { rows, next } = await this.#finder.findStreams(
      { ...filter, anyOf: this.#narrowedRules(filter) },
      page,
    )
    return { rows: await this.#streams(rows), next }
  }

  async notesOf(legs: readonly Leg[]): Promise<readonly CallNote[]> {
    return this.#finder.notesOf(await this.#visible(legs))
  }

  async streamsOf(legs: readonly Leg[]): Promise<readonly Stream[]> {
    return this.#streams(await this.#finder.streamsOf(await this.#visible(legs)))
  }

  async recordingsOf(legs: readonly Leg[]): Promise<number> {
    return this.#finder.recordingsOf(await this.#visible(legs))
  }

  async mediaOf(legs: readonly Leg[]): Promise<CallMedia> {
    return this.#finder.mediaOf(await this.#visible(legs))
  }

  async streamByKey(streamKey: string): Promise<Stream | undefined> {
    const stream = await this.#finder.streamByKey(streamKey)
    if (stream === undefined) return undefined
    const [visible] = await this.#streams([stream])
    return visible
  }

  async *packetsOf(
    streams: readonly Stream[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredRtp> {
    yield* this.#finder.packetsOf(await this.#streams(streams), onUnread)
  }

  async *handshakesOf(
    streams: readonly Stream[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredHandshake> {
    yield* this.#finder.handshakesOf(await this.#streams(streams), onUnread)
  }

  /** What is counted is all traffic, and how much others have is theirs to know. */
  counters(): Promise<StoreCounters> {
    return Promise.reject(
      new Failure('forbidden', 'the account sees a part of the traffic, counters are of all of it'),
    )
  }

  // ── what is visible ──────────────────────────────────────────────────────────────────────────

  async #isVisible(legKey: string): Promise<boolean> {
    return (await this.#visible([{ legKey }])).length > 0
  }

  /** Those of the legs that may be seen, in their order. */
  async #visible<Row extends { readonly legKey: string }>(legs: readonly Row[]): Promise<Row[]> {
    const keys = new Set(legs.map(({ legKey }) => legKey))
    const unknown = [...keys].filter((legKey) => !this.#known.has(legKey))
    if (unknown.length > 0) {
      const obeying = await this.#finder.legsObeying(unknown, this.#rules)
      for (const legKey of unknown) this.#known.set(legKey, obeying.has(legKey))
    }
    return legs.filter(({ legKey }) => this.#known.get(legKey) === true)
  }

  /** Streams of visible legs, under the names that calls have here. */
  async #streams(streams: readonly Stream[]): Promise<Stream[]> {
    const bound = streams.flatMap((stream) =>
      stream.legKey === null ? [] : [{ legKey: stream.legKey, stream }],
    )
    const visible: Stream[] = []
    for (const { stream } of await this.#visible(bound)) {
      const { callKey, legKey } = stream
      const isNamed = callKey === null || callKey === legKey
      visible.push(isNamed ? stream : { ...stream, callKey: await this.#nameOf(callKey) })
    }
    return visible
  }

  // ── names ────────────────────────────────────────────────────────────────────────────────────

  /** The filter for visible legs, with calls named as the store names them. */
  async #narrowed(filter: LegFilter): Promise<LegFilter> {
    const { callKey, conversationId } = filter
    const narrowed = { ...filter, anyOf: this.#narrowedRules(filter) }
    const derived = conversationId === undefined ? undefined : callOfConversation(conversationId)
    const stored = callKey === undefined ? undefined : await this.#storedKey(callKey)
    const storedDerived = derived === undefined ? undefined : await this.#storedKey(derived)
    const isUnknown =
      (callKey !== undefined && stored === undefined) ||
      (derived !== undefined && storedDerived === undefined)
    if (isUnknown) return { ...narrowed, anyOf: NO_LEG }
    return {
      ...narrowed,
      ...(stored === undefined ? {} : { callKey: stored }),
      ...(storedDerived === undefined ? {} : { conversationId: conversationOfCall(storedDerived) }),
    }
  }

  #narrowedRules({ anyOf }: Pick<LegFilter, 'anyOf'>): readonly LegRule[] {
    return anyOf === undefined ? this.#rules : both(this.#rules, anyOf)
  }

  /** The store's key of the call that a visible leg's key names. */
  async #storedKey(callKey: string): Promise<string | undefined> {
    if (!(await this.#isVisible(callKey))) return undefined
    return (await this.#finder.legByKey(callKey))?.callKey
  }

  /** What a call of the store is called here: the key of its first visible leg. */
  async #nameOf(storedKey: string): Promise<string> {
    let name = this.#names.get(storedKey)
    if (name === undefined) {
      const call = await this.#finder.callByKey(storedKey)
      const [first] = await this.#visible(call?.legs ?? [])
      name = first?.legKey ?? storedKey
      this.#names.set(storedKey, name)
    }
    return name
  }

  /** Visible legs as they are called here. */
  async #legs(legs: readonly Leg[]): Promise<Leg[]> {
    const named: Leg[] = []
    for (const leg of legs) {
      this.#known.set(leg.legKey, true)
      const callKey = leg.callKey === leg.legKey ? leg.callKey : await this.#nameOf(leg.callKey)
      const isDerived = leg.conversationId === conversationOfCall(leg.callKey)
      const conversationId = isDerived ? conversationOfCall(callKey) : leg.conversationId
      named.push({ ...leg, callKey, conversationId })
    }
    return named
  }

  /** A call as its visible legs tell it; undefined where none is. */
  async #call(call: Call): Promise<Call | undefined> {
    const visible = await this.#visible(call.legs)
    if (visible.length === call.legs.length) return call
    const [first] = visible
    if (first === undefined) return undefined
    this.#names.set(call.callKey, first.legKey)
    const conversationId = conversationOf(first.legKey, await this.#namedBy(call, visible))
    const legs = visible.map((leg) => ({ ...leg, callKey: first.legKey, conversationId }))
    const [head, ...others] = legs
    if (head === undefined) return undefined
    const keys = new Set(others.map(({ legKey }) => legKey))
    return {
      ...assembleCall([head, ...others], [], await this.#finder.mediaOf(legs)),
      recordings: await this.#finder.recordingsOf(legs),
      joins: call.joins.filter(({ legKey }) => keys.has(legKey)),
    }
  }

  /** The conversations that these legs of a call name themselves. */
  async #namedBy(call: Call, legs: readonly Leg[]): Promise<string[]> {
    const derived = conversationOfCall(call.callKey)
    const own: string[] = []
    for (const { legKey } of legs) {
      const leg = await this.#finder.legByKey(legKey)
      if (leg !== undefined && leg.conversationId !== derived) own.push(leg.conversationId)
    }
    return own
  }

  async #isNamed(call: Call, conversationId: string): Promise<boolean> {
    for (const { legKey } of call.legs) {
      const leg = await this.#finder.legByKey(legKey)
      if (leg?.conversationId === conversationId) return true
    }
    return false
  }
}

/** Rules that hold where one of each list does. */
function both(one: readonly LegRule[], other: readonly LegRule[]): LegRule[] {
  return one.flatMap((rule) => other.map((another) => [...rule, ...another]))
}
