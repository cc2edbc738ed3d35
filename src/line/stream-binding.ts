// What was put into a store in, its streams without a call once more out, with the call that they
// are of. Messages in one capture and media of the same time in another, or files in another order
// than that of their times: nobody who read one of them knew what the other one says. What both say
// is told in its order here, so that streams come out as if it had been one capture.
import { AddressTable } from '../base/address-table.ts'
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { type Day, dayAfter, dayOf } from '../base/day.ts'
import { limits } from '../base/limits.ts'
import { goesOn } from '../calls/leg.ts'
import type { JoinSettings } from '../calls/leg-head.ts'
import { endKey } from '../calls/media-map.ts'
import { defaultMediaTimes } from '../calls/media-times.ts'
import type { MediaNotice } from '../calls/sdp-backlog.ts'
import { packStream, unpackStream } from '../calls/stream-record-codec.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import { readSdpEnds } from '../sip/sdp/sdp-ends.ts'
import { BlockReader, unlessUnread } from '../store/block-reader.ts'
import type { BlockRow, FoundLeg, FoundStream, LegIndex, Position } from '../store/contract.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { blockOf } from '../store/frame-ref.ts'
import { emptySpan, type PutSpan, type StoreWriter } from '../store/store-writer.ts'
import { CALL_US_MAX, isHeardOf } from './earlier-media.ts'
import type { MessageLine } from './message-line.ts'
import { noticesOf, saidOf } from './said-media.ts'

/** Streams or legs that are asked for at once. */
const PAGE = 1_000
/** Clocks of two machines that capture one call may be so far apart. */
const APART_US = 10_000_000

/** Streams without a call that began in some time. */
interface Unbound {
  readonly startUs: number
  lastStartUs: number
  endUs: number
  /** Where they come from and go to. */
  readonly places: Set<number>
}

/** Where a stream lies in the store. */
type Stretch = Pick<StreamRecord, 'firstRef' | 'lastRef'>

export class StreamBinding {
  readonly #index: LegIndex
  readonly #reader: BlockReader
  readonly #settings: JoinSettings
  readonly #writer: StoreWriter
  readonly #firstBlock: number
  readonly #addresses = new AddressTable()

  /** `writer` has put what is new, in blocks from `firstBlock` on; what is bound is put by it. */
  constructor(
    store: Pick<OpenStore, 'blocks' | 'index'>,
    settings: JoinSettings,
    parts: { readonly writer: StoreWriter; readonly firstBlock: number },
  ) {
    this.#index = store.index
    this.#reader = new BlockReader(store.blocks, store.index)
    this.#settings = settings
    this.#writer = parts.writer
    this.#firstBlock = parts.firstBlock
  }

  /**
   * Asks about streams where something new may tell their call: of older ones what was put of
   * calls, and of those that were put what older blocks hold. True where one was told.
   */
  async run(): Promise<boolean> {
    const { calls, unbound } = this.#writer.spans()
    const isToldBefore = await this.#isToldBefore()
    const asked = isToldBefore ? unbound : emptySpan()
    const span = {
      startUs: Math.min(asked.startUs, calls.startUs - defaultMediaTimes.idleUs),
      endUs: Math.max(asked.endUs + 1, calls.endUs + CALL_US_MAX),
    }
    let isTold = false
    for await (const some of this.#gathered(span, isToldBefore)) {
      const said = await this.#saidOf(some)
      if (said.length > 0 && (await this.#tell(some, said))) isTold = true
    }
    return isTold
  }

  /**
   * Whether older blocks may tell of the streams that were put: what was said before the first
   * frame was told to whoever read it (earlier-media.ts).
   */
  async #isToldBefore(): Promise<boolean> {
    const { frames, unbound } = this.#writer.spans()
    if (unbound.endUs < unbound.startUs) return false
    const sinceUs = Math.min(frames.startUs, unbound.startUs)
    const last = dayAfter(dayOf(unbound.endUs))
    for (const day of await this.#index.days()) {
      if (day < dayOf(sinceUs) || day > last) continue
      for (const { line, lastUs } of await this.#index.blocks(day)) {
        if (line < this.#firstBlock && lastUs >= sinceUs) return true
      }
    }
    return false
  }

  // ── which streams ────────────────────────────────────────────────────────────────────────────

  async *#gathered(span: PutSpan, hasNew: boolean): AsyncGenerator<Unbound> {
    if (span.endUs <= span.startUs) return
    let some: Unbound | undefined
    for await (const { record } of this.#unboundIn(span)) {
      if (!hasNew && blockOf(record.firstRef) >= this.#firstBlock) continue
      const { startUs, endUs } = record
      some ??= { startUs, lastStartUs: startUs, endUs, places: new Set() }
      some.lastStartUs = startUs
      some.endUs = Math.max(some.endUs, endUs)
      for (const place of this.#placesOf(record)) some.places.add(place)
      if (some.places.size < limits.unboundPlacesMax) continue
      yield some
      some = undefined
    }
    if (some !== undefined) yield some
  }

  /** Streams without a call that began in this time, oldest first. */
  async *#unboundIn(span: PutSpan): AsyncGenerator<FoundStream> {
    for (let after: Position | undefined; ; ) {
      const page = { limit: PAGE, order: 'oldest', ...(after && { after }) } as const
      const found = await this.#index.findStreams({ isBound: false, ...span }, page)
      // What only reports tell of has no packets.
      yield* found.filter(({ record }) => record.blocks.length > 0)
      after = found.at(-1)?.position
      if (found.length < PAGE) return
    }
  }

  #placesOf({ src, srcPort, dst, dstPort }: StreamRecord): number[] {
    return [...this.#placeOf(src, srcPort), ...this.#placeOf(dst, dstPort)]
  }

  #placeOf(address: string, port: number): number[] {
    const id = this.#addresses.idOf(address)
    return id === undefined ? [] : [endKey(id, port)]
  }

  // ── what was said of them ────────────────────────────────────────────────────────────────────

  /** What the legs say that name a place of these streams, oldest first. */
  async #saidOf(some: Unbound): Promise<MediaNotice[]> {
    const said: MediaNotice[] = []
    for await (const legs of this.#legsOver(some)) {
      const messages = legs.flatMap((leg) => saidOf(leg, Number.POSITIVE_INFINITY))
      const notices = await noticesOf(messages, this.#reader)
      const naming = new Set(
        notices
          .filter((notice) => this.#namedBy(notice).some((place) => some.places.has(place)))
          .map(({ callId }) => callId),
      )
      for (const notice of notices) if (naming.has(notice.callId)) said.push(notice)
    }
    return said.sort((a, b) => a.tUs - b.tUs)
  }

  #namedBy({ sdp }: MediaNotice): number[] {
    return readSdpEnds(sdp, 0, sdp.length).places.flatMap(({ address, port }) =>
      this.#placeOf(address, port),
    )
  }

  /** Legs that may have gone on while these streams did, some at a time. */
  async *#legsOver({ startUs, endUs }: Unbound): AsyncGenerator<FoundLeg[]> {
    const before = { startUs: startUs - CALL_US_MAX, endUs: startUs }
    const during = { startUs, endUs: endUs + APART_US }
    const page = { limit: limits.earlierLegsMax, order: 'newest' } as const
    const goingOn: FoundLeg[] = []
    for (const leg of await this.#index.findLegs({ goesOn: true, ...before }, page)) {
      if (await isHeardOf(this.#index, leg, startUs)) goingOn.push(leg)
    }
    yield goingOn
    for await (const legs of this.#callsIn(before, limits.legsBeforeUnboundMax)) {
      yield legs.filter((leg) => {
        return !goesOn(leg.summary) && leg.summary.lastUs >= startUs - APART_US
      })
    }
    yield* this.#callsIn(during, Number.POSITIVE_INFINITY)
  }

  /** Legs of kind call that began in this time, the newest first. */
  async *#callsIn(span: PutSpan, max: number): AsyncGenerator<FoundLeg[]> {
    let after: Position | undefined
    for (let count = 0; count < max; count += PAGE) {
      const page = { limit: PAGE, order: 'newest', ...(after && { after }) } as const
      const legs = [...(await this.#index.findLegs({ kind: 'call', ...span }, page))]
      after = legs.at(-1)?.position
      yield legs
      if (legs.length < PAGE) return
    }
  }

  // ── telling them ─────────────────────────────────────────────────────────────────────────────

  async #tell(some: Unbound, said: readonly MediaNotice[]): Promise<boolean> {
    const named = new Set(said.flatMap((notice) => this.#namedBy(notice)))
    const stretches = new Map<string, Stretch[]>()
    const days = new Map<number, Day>()
    const span = { startUs: some.startUs, endUs: some.lastStartUs + 1 }
    for await (const { record, position } of this.#unboundIn(span)) {
      if (!this.#placesOf(record).some((place) => named.has(place))) continue
      const key = endsOf(record)
      const { firstRef, lastRef } = record
      stretches.set(key, [...(stretches.get(key) ?? []), { firstRef, lastRef }])
      for (const block of record.blocks) days.set(block, position.day)
    }
    let isTold = false
    for (const blocks of await this.#linesOf(days)) {
      if (await this.#readAgain(blocks, said, stretches)) isTold = true
    }
    return isTold
  }

  /** The blocks of each line in their order. */
  async #linesOf(days: ReadonlyMap<number, Day>): Promise<Iterable<readonly BlockRow[]>> {
    const lines = new Map<number, BlockRow[]>()
    for (const block of [...days.keys()].sort((a, b) => a - b)) {
      const row = await this.#index.block(block, days.get(block) as Day)
      if (row !== undefined) lines.set(row.line, [...(lines.get(row.line) ?? []), row])
    }
    return lines.values()
  }

  /**
   * Sends the frames of one line through the stations again, and what was said among them. What
   * comes of it is put at once: half of a stream would not be asked about again.
   */
  async #readAgain(
    blocks: readonly BlockRow[],
    said: readonly MediaNotice[],
    stretches: ReadonlyMap<string, readonly Stretch[]>,
  ): Promise<boolean> {
    const { MessageLine } = await import('./message-line.ts')
    const line = new MessageLine(this.#settings)
    const told = new ByteWriter()
    let heard = 0
    const hearUntil = (tUs: number) => {
      for (let next = said[heard]; next !== undefined && next.tUs <= tUs; next = said[++heard]) {
        line.hear(next)
      }
    }
    let isTold = false
    let lastUs = Number.NEGATIVE_INFINITY
    for (const { block, day, firstUs, lastUs: blockUs } of blocks) {
      // Between two blocks there may be others that hold nothing of these streams.
      line.tick(firstUs)
      for (const frame of (await unlessUnread(this.#reader.frames(block, day), undefined)) ?? []) {
        hearUntil(frame.tUs)
        line.push(frame)
      }
      line.sweep(block)
      lastUs = Math.max(lastUs, blockUs)
      if (takeAsked(line, stretches, told)) isTold = true
    }
    hearUntil(lastUs + APART_US)
    line.finish()
    if (takeAsked(line, stretches, told)) isTold = true
    if (isTold) await this.#writer.putStreams(told.take())
    return isTold
  }
}

/**
 * Takes the streams that were asked about: of others not all blocks were read. True where one has a
 * call.
 */
function takeAsked(
  line: MessageLine,
  stretches: ReadonlyMap<string, readonly Stretch[]>,
  told: ByteWriter,
): boolean {
  // These are stored.
  line.takeLegs()
  line.takeNotes()
  const reader = new ByteReader(line.takeStreams())
  let hasCall = false
  while (!reader.isAtEnd && !reader.isShort) {
    const { record } = unpackStream(reader)
    const isAsked = stretches
      .get(endsOf(record))
      ?.some(({ firstRef, lastRef }) => firstRef <= record.firstRef && record.lastRef <= lastRef)
    if (!isAsked || record.blocks.length === 0) continue
    packStream(told, record)
    hasCall ||= record.callId !== null
  }
  return hasCall
}

function endsOf({ src, srcPort, dst, dstPort, ssrc }: StreamRecord): string {
  return `${src} ${srcPort} ${dst} ${dstPort} ${ssrc}`
}
