// Streams as everybody else sees them, from an index and its blocks: rows with the call that they
// belong to, and their packets, found again in the blocks in which they were seen.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DAY_US, dayOf } from '../base/day.ts'
import { markCaptureLoss } from '../calls/capture-loss.ts'
import { goesOn, type Leg } from '../calls/leg.ts'
import type { CallMedia } from '../calls/media-clause.ts'
import type { Stream } from '../calls/stream.ts'
import { streamOf } from '../calls/stream-figures.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import type { FoundLeg, FoundStream, LegIndex, LegPage, LegSpan } from '../store/contract.ts'
import type { StreamFilter } from '../store/stream-filter.ts'
import { type BlockReader, type UnreadListener, unlessUnread } from '../store/block-reader.ts'
import { formatCursor } from './cursor.ts'
import type { MediaWish, Page, StoredHandshake, StoredRtp } from './finder.ts'
import type { FramePlace } from './frame-place.ts'
import { findHandshakes } from './handshake-finder.ts'
import { mediaPlaces, type WantedStream } from './media-places.ts'
import { PacketPicker } from './packet-picker.ts'

/** Streams shown between two turns of the event loop: their figures are computed for each. */
const STREAMS_PER_TURN = 50

/** A leg that a stream may belong to. */
type LegOfStream = Pick<
  Leg,
  'legKey' | 'callKey' | 'callId' | 'kind' | 'state' | 'startUs' | 'lastUs'
>

export class StreamFinder {
  readonly #index: LegIndex
  readonly #reader: BlockReader

  constructor(index: LegIndex, reader: BlockReader) {
    this.#index = index
    this.#reader = reader
  }

  async findStreams(filter: StreamFilter, page: LegPage): Promise<Page<Stream>> {
    const found = await this.#index.findStreams(filter, { ...page, limit: page.limit + 1 })
    const rows = found.slice(0, page.limit)
    const last = rows.at(-1)
    const hasMore = found.length > page.limit && last !== undefined
    return {
      rows: await this.#withLegs(rows),
      next: hasMore ? formatCursor(last.position) : null,
    }
  }

  async streamsOf(legs: readonly LegOfStream[]): Promise<readonly Stream[]> {
    const streams: Stream[] = []
    for (const leg of legs) {
      for (const { streamKey, record } of await this.#ofLeg(leg)) {
        const { legKey, callKey } = leg
        streams.push(streamOf(record, { streamKey, legKey, callKey }))
      }
    }
    return markCaptureLoss(streams.sort((a, b) => a.startUs - b.startUs))
  }

  async mediaOf(legs: readonly LegOfStream[]): Promise<CallMedia> {
    const media = new Map<string, readonly StreamRecord[]>()
    for (const leg of legs) {
      const found = await this.#ofLeg(leg)
      media.set(
        leg.legKey,
        found.map(({ record }) => record),
      )
    }
    return media
  }

  async streamByKey(streamKey: string): Promise<Stream | undefined> {
    const found = await this.#index.streamByKey(streamKey)
    const [stream] = await this.#withLegs(found === undefined ? [] : [found])
    return stream
  }

  /** See Finder. Packets of one block are found by decoding it once, for all streams together. */
  async *packetsOf(
    streams: readonly Pick<Stream, 'streamKey'>[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredRtp> {
    const wanted = new Map<number, FoundStream[]>()
    for (const { streamKey } of streams) {
      const found = await this.#index.streamByKey(streamKey)
      if (found === undefined) continue
      for (const block of found.record.blocks) {
        wanted.set(block, [...(wanted.get(block) ?? []), found])
      }
    }
    const blocks = [...wanted.keys()].sort((a, b) => a - b)
    let found: StoredRtp[] = []
    const picker = new PacketPicker(({ streamKey }, { bytes, start, end, tUs }) => {
      found.push({ streamKey, tUs, bytes: bytes.subarray(start, end) })
    })
    for (const block of blocks) {
      const inBlock = wanted.get(block) ?? []
      const hint = dayOf(inBlock[0]?.record.startUs ?? 0)
      picker.watch(inBlock)
      const reading = this.#reader.frames(block, hint)
      for (const frame of (await unlessUnread(reading, onUnread)) ?? []) {
        picker.push(frame)
        if (found.length === 0) continue
        yield* found
        found = []
      }
    }
  }

  /** Where the frames lie that carried the streams of these legs, in time order; see Finder. */
  async *mediaPlacesOf(
    legs: readonly LegOfStream[],
    { keysHidden }: MediaWish,
    onUnread?: UnreadListener,
  ): AsyncGenerator<FramePlace> {
    const wanted: WantedStream[] = []
    for (const leg of legs) {
      const hidden = keysHidden?.get(leg.legKey) ?? []
      for (const stream of await this.#ofLeg(leg)) wanted.push({ stream, keysHidden: hidden })
    }
    yield* mediaPlaces({ index: this.#index, reader: this.#reader }, wanted, onUnread)
  }

  /** See Finder. */
  async *handshakesOf(
    streams: readonly Pick<Stream, 'streamKey'>[],
    onUnread?: UnreadListener,
  ): AsyncGenerator<StoredHandshake> {
    const found = await Promise.all(
      streams.map(({ streamKey }) => this.#index.streamByKey(streamKey)),
    )
    yield* findHandshakes(
      this.#reader,
      found.filter((one) => one !== undefined),
      onUnread,
    )
  }

  async #ofLeg(leg: LegOfStream): Promise<readonly FoundStream[]> {
    const span = spanOf(leg)
    return span === undefined ? [] : this.#index.streamsOfLeg(span)
  }

  /** Most legs have several streams, and are looked up once. */
  async #withLegs(found: readonly FoundStream[]): Promise<Stream[]> {
    const legs = new Map<string, FoundLeg | undefined>()
    const streams: Stream[] = []
    for (const { streamKey, record } of found) {
      if (streams.length % STREAMS_PER_TURN === 0) await nextTurn()
      const { callId, startUs } = record
      const key = `${dayOf(startUs)} ${callId}`
      if (callId !== null && !legs.has(key)) {
        legs.set(key, await this.#index.legAt(callId, startUs))
      }
      const { legKey = null, callKey = null } = legs.get(key) ?? {}
      streams.push(streamOf(record, { streamKey, legKey, callKey }))
    }
    return streams
  }
}

/** Where a leg's streams lie; its media may go on for a day where nothing was said meanwhile. */
function spanOf(leg: LegOfStream): LegSpan | undefined {
  const { callId, startUs, lastUs } = leg
  if (callId === null) return undefined
  return { callId, startUs, lastUs: goesOn(leg) ? lastUs + DAY_US : lastUs }
}
