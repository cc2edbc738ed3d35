// The part of the conformance suite that is about streams: kept once, whoever tells of them and how
// often, found by what a filter says, also of their legs, and dropped with their day.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { type PackedStream, packStream, unpackStream } from '../calls/stream-record-codec.ts'
import { makeRecord, STREAM_START_US } from '../calls/stream-record.fixture.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import { NO_FIGURES } from '../rtp/media-report.ts'
import type { FoundStream, LegIndex, LegPage } from './contract.ts'
import { frameRef } from './frame-ref.ts'
import type { LegRule } from './leg-rule.ts'
import type { StreamFilter } from './stream-filter.ts'
import { DAY, DAY_US, HOUR_US, type OpenIndex } from './suite-index.ts'
import { makeInvite } from './suite-legs.ts'

/** As it comes from the thread that reads. */
const packed = (
  wish: Partial<StreamRecord> = {},
  filedUnder: string | null = null,
): PackedStream => {
  const writer = new ByteWriter()
  packStream(writer, makeRecord(wish), filedUnder)
  return unpackStream(new ByteReader(writer.take()))
}
const HEAD = makeRecord({ packets: 100, blocks: [1] })
const WHOLE = makeRecord({ packets: 500, blocks: [1, 2], lastRef: frameRef(2, 999) })
const TAIL = makeRecord({
  packets: 300,
  blocks: [2],
  firstRef: frameRef(2, 10),
  lastRef: frameRef(2, 999),
  startUs: STREAM_START_US + 4_000_000,
})

async function found(index: LegIndex, filter: StreamFilter = {}): Promise<readonly FoundStream[]> {
  return index.findStreams(filter, { limit: 1_000, order: 'oldest' })
}

export function streamSuite(open: OpenIndex): void {
  void test('a stream comes back with all that it was put with', async (t) => {
    const { index } = await open(t)
    const stream = packed()
    const { record } = stream
    const [key] = await index.putStreams([stream])
    const [again] = await found(index)
    assert.equal(again?.streamKey, key)
    assert.deepEqual({ ...again?.record, stretches: 0 }, { ...record, stretches: 0 })
    assert.deepEqual((await index.streamByKey(key ?? ''))?.record.ssrc, record.ssrc)
    assert.equal(await index.streamByKey('20261121-nothing'), undefined)
  })

  void test('of two records of one stream the longer one stays, in any order', async (t) => {
    for (const order of [
      [HEAD, WHOLE, TAIL],
      [TAIL, HEAD, WHOLE],
      [WHOLE, TAIL, HEAD, WHOLE],
    ]) {
      const { index } = await open(t)
      for (const record of order) await index.putStreams([packed(record)])
      const streams = await found(index)
      assert.deepEqual(
        streams.map(({ record }) => record.packets),
        [500],
      )
      await index.commit({ nextBlock: 3, indexedBefore: 3 })
      assert.equal((await index.counters()).streams, 1)
    }
  })

  void test('a stream that comes again in another capture is the same one', async (t) => {
    const elsewhere = { firstRef: frameRef(7, 40), lastRef: frameRef(8, 5), blocks: [7, 8] }
    const again = { ...WHOLE, ...elsewhere }
    const begun = { ...HEAD, ...elsewhere, endUs: HEAD.startUs + 2_000_000 }
    const ended = { ...TAIL, ...elsewhere, endUs: WHOLE.endUs }
    for (const order of [
      [WHOLE, again],
      [WHOLE, begun, ended],
      [begun, ended, WHOLE],
    ]) {
      const { index } = await open(t)
      for (const record of order) await index.putStreams([packed(record)])
      const streams = await found(index)
      assert.deepEqual(
        streams.map(({ record }) => [record.packets, record.blocks]),
        [[500, WHOLE.blocks]],
      )
    }
  })

  void test('of two that are as long the one stays that knows more of what was said', async (t) => {
    const early = { ...WHOLE, talk: { fromUs: WHOLE.startUs, untilUs: WHOLE.endUs } }
    const late = { ...WHOLE, talk: { fromUs: WHOLE.startUs, untilUs: WHOLE.endUs + 1 } }
    for (const order of [
      [WHOLE, early, late],
      [late, early, WHOLE],
    ]) {
      const { index } = await open(t)
      for (const record of order) await index.putStreams([packed(record)])
      const streams = await found(index)
      assert.deepEqual(
        streams.map(({ record }) => record.talk),
        [late.talk],
      )
    }
  })

  void test('a stream that has a call keeps it, though one without tells more of it', async (t) => {
    const unbound = packed({ ...WHOLE, callId: null, sender: null })
    // What was said of it meanwhile made two of it.
    const bound = [packed({ ...HEAD, lastRef: frameRef(1, 999) }), packed(TAIL)]
    for (const order of [
      [unbound, ...bound],
      [...bound, unbound],
      [unbound, ...bound, unbound],
    ]) {
      const { index } = await open(t)
      for (const stream of order) await index.putStreams([stream])
      const streams = await found(index)
      assert.deepEqual(
        streams.map(({ record }) => [record.callId, record.packets]),
        bound.map(({ record }) => [record.callId, record.packets]),
      )
      assert.deepEqual(await found(index, { isBound: false }), [])
    }
  })

  void test('the same ends and SSRC elsewhere in the store are another stream', async (t) => {
    const { index } = await open(t)
    const elsewhere = { firstRef: frameRef(9, 0), lastRef: frameRef(9, 99), blocks: [9] }
    const startUs = STREAM_START_US + HOUR_US
    const later = packed({ ...elsewhere, startUs, endUs: startUs + 1_000_000 })
    await index.putStreams([packed(), later])
    assert.equal((await found(index)).length, 2)
  })

  void test('a stream that only reports tell of is one, in whatever blocks they lie', async (t) => {
    const { index } = await open(t)
    const told = { packets: 0, firstRef: 0, lastRef: 0 }
    await index.putStreams([packed({ ...told, blocks: [1] }), packed({ ...told, blocks: [2] })])
    assert.equal((await found(index)).length, 1)
    await index.putStreams([packed({ ...WHOLE, blocks: [1, 2] })])
    assert.equal((await found(index)).length, 2)
  })

  void test('later reports are kept, and the same record again changes nothing', async (t) => {
    const { index } = await open(t)
    const report = {
      source: 'rtcp',
      side: 'receiver',
      reports: 1,
      firstUs: 1,
      lastUs: 1,
      jitterMsSum: 0,
      jitters: 0,
      roundTripMsSum: 0,
      roundTrips: 0,
      roundTripMsMin: 0,
      roundTripMsMax: 0,
      mosListeningMin: null,
      lostBefore: 0,
    } as const
    await index.putStreams([packed()])
    await index.putStreams([packed({ reports: [{ ...report, figures: NO_FIGURES }] })])
    await index.putStreams([packed()])
    const [stream] = await found(index)
    assert.equal(stream?.record.reports.length, 1)
  })

  void test('streams are found by time, end, SSRC, codec, score and Call-ID', async (t) => {
    const { index } = await open(t)
    const at = (block: number, wish: Partial<StreamRecord>) =>
      packed({
        firstRef: frameRef(block, 0),
        lastRef: frameRef(block, 9),
        blocks: [block],
        startUs: STREAM_START_US + block * 1_000_000,
        ...wish,
      })
    await index.putStreams([
      at(1, { ssrc: 1, src: '192.0.2.1' }),
      at(2, { ssrc: 2, callId: null, sender: null }),
      at(3, { ssrc: 3, callId: 'call-3', expected: 600, runs: 90 }),
    ])
    const ssrcs = async (filter: StreamFilter) =>
      (await found(index, filter)).map(({ record }) => record.ssrc)
    assert.deepEqual(await ssrcs({}), [1, 2, 3])
    assert.deepEqual(await ssrcs({ startUs: STREAM_START_US + 2_000_000 }), [2, 3])
    assert.deepEqual(await ssrcs({ endUs: STREAM_START_US + 2_000_000 }), [1])
    assert.deepEqual(await ssrcs({ address: '192.0.2.1' }), [1])
    assert.deepEqual(await ssrcs({ address: '192.0.2.99' }), [])
    assert.deepEqual(await ssrcs({ ssrc: 2 }), [2])
    assert.deepEqual(await ssrcs({ codec: 'pcmu' }), [1, 2, 3])
    assert.deepEqual(await ssrcs({ codec: 'opus' }), [])
    assert.deepEqual(await ssrcs({ mosBelow: 4 }), [3])
    assert.deepEqual(await ssrcs({ callId: 'call-3' }), [3])
    assert.deepEqual(await ssrcs({ isBound: false }), [2])
    assert.deepEqual(await ssrcs({ isBound: true, ssrc: 2 }), [])
  })

  void test('streams are paged in the order of their start, over days', async (t) => {
    const { index } = await open(t)
    const records = Array.from({ length: 25 }, (_, i) => {
      const block = i + 1
      const startUs = DAY_US + i * 3 * HOUR_US
      return packed({ ssrc: i, startUs, firstRef: frameRef(block, 0), blocks: [block] })
    })
    await index.putStreams(records)
    for (const order of ['oldest', 'newest'] as const) {
      const seen: number[] = []
      let after: FoundStream['position'] | undefined
      for (;;) {
        const page = { limit: 4, order, ...(after === undefined ? {} : { after }) }
        const rows = await index.findStreams({}, page)
        seen.push(...rows.map(({ record }) => record.ssrc))
        after = rows.at(-1)?.position
        if (rows.length < 4) break
      }
      const all = records.map((_, i) => i)
      assert.deepEqual(seen, order === 'oldest' ? all : all.toReversed())
    }
  })

  void test('streams are found by the rules that their legs obey', async (t) => {
    const { index } = await open(t)
    const call = (callId: string, from: string, startUs = STREAM_START_US) =>
      makeInvite(callId, startUs - 1_000_000, { from })
    const midnightUs = DAY_US + 24 * HOUR_US
    await index.putLegs([
      call('of-alice', 'alice'),
      call('of-carol', 'carol'),
      call('of-alice-at-midnight', 'alice', midnightUs),
      call('of-carol-at-midnight', 'carol', midnightUs),
    ])
    const stream = (ssrc: number, callId: string | null, startUs = STREAM_START_US) =>
      packed({ ssrc, callId, startUs: startUs + ssrc })
    await index.putStreams([
      stream(1, 'of-alice'),
      stream(2, 'of-carol'),
      stream(3, 'of-alice'),
      stream(4, null),
      stream(5, 'of-nobody'),
      // Their legs began the day before.
      stream(6, 'of-alice-at-midnight', midnightUs),
      stream(7, 'of-carol-at-midnight', midnightUs),
    ])
    const ssrcs = async (filter: StreamFilter, wish: Partial<LegPage> = {}) => {
      const page = { limit: 1_000, order: 'oldest', ...wish } as const
      return (await index.findStreams(filter, page)).map(({ record }) => record.ssrc)
    }
    const ofAlice: LegRule[] = [[{ field: 'from', pattern: 'alice' }]]
    assert.deepEqual(await ssrcs({ anyOf: ofAlice }), [1, 3, 6])
    assert.deepEqual(await ssrcs({ anyOf: ofAlice }, { order: 'newest', limit: 2 }), [6, 3])
    assert.deepEqual(await ssrcs({ anyOf: ofAlice, ssrc: 3 }), [3])
    assert.deepEqual(await ssrcs({ anyOf: ofAlice, isBound: false }), [])
    assert.deepEqual(await ssrcs({ anyOf: [] }), [])
    assert.deepEqual(await ssrcs({ anyOf: [[]] }), [1, 2, 3, 6, 7])
    // So many that they are not gathered first.
    const others = Array.from({ length: 2_100 }, (_, i) => call(`other-${i}`, 'alice'))
    await index.putLegs(others)
    assert.deepEqual(await ssrcs({ anyOf: ofAlice }), [1, 3, 6])
    assert.deepEqual(await ssrcs({ anyOf: ofAlice }, { order: 'newest', limit: 2 }), [6, 3])
    const [first] = await index.findStreams({ anyOf: ofAlice }, { limit: 1, order: 'oldest' })
    if (first !== undefined) {
      assert.deepEqual(await ssrcs({ anyOf: ofAlice }, { after: first.position }), [3, 6])
    }
  })

  void test('a leg has the streams that carry its Call-ID', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite('call-1', STREAM_START_US - 5_000_000)])
    await index.putStreams([packed(), packed({ callId: 'other', ssrc: 7 })])
    const leg = await index.legAt('call-1', STREAM_START_US)
    assert.equal(leg?.callId, 'call-1')
    assert.equal(await index.legAt('unknown', STREAM_START_US), undefined)
    const span = { callId: 'call-1', startUs: STREAM_START_US, lastUs: STREAM_START_US }
    const streams = await index.streamsOfLeg(span)
    assert.deepEqual(
      streams.map(({ record }) => record.callId),
      ['call-1'],
    )
    assert.deepEqual(await index.streamsOfLeg({ ...span, callId: 'unknown' }), [])
  })

  void test('streams wait for a commit, survive closing, and go with their day', async (t) => {
    const { index, reader, reopen } = await open(t)
    await index.putStreams([packed()])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    const other = reader()
    assert.equal((await found(other)).length, 1)
    await index.putStreams([packed({ ssrc: 9 })])
    assert.equal((await found(other)).length, 1)
    const again = await reopen()
    assert.equal((await found(again)).length, 1)
    await again.drop(DAY)
    assert.deepEqual(await found(again), [])
  })

  void test('a stream of another day may be filed under the day of its import', async (t) => {
    const { index } = await open(t)
    await index.putStreams([packed({ startUs: DAY_US - 9 * 24 * HOUR_US }, DAY)])
    const [stream] = await found(index)
    assert.equal(stream?.position.day, DAY)
    assert.equal(stream?.record.startUs, DAY_US - 9 * 24 * HOUR_US)
  })
}
