// Streams of a store that was filled by a real import: where they belong, and their packets found
// again, byte for byte and in the order in which they were captured.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCapture } from '../../test/tools/make-calls/world.ts'
import { importInto, makeFolder, withStore } from '../line/store.fixture.ts'
import type { StoredRtp } from './finder.ts'
import { StoreFinder } from './store-finder.ts'

const ALL = { limit: 1_000, order: 'oldest' } as const

async function packetsOf(packets: AsyncIterable<StoredRtp>): Promise<StoredRtp[]> {
  const all: StoredRtp[] = []
  for await (const packet of packets) all.push({ ...packet, bytes: packet.bytes.slice() })
  return all
}

test('packets are found again: as many as were counted, in order, of their streams', async (t) => {
  const folder = makeFolder(t)
  const capture = join(folder, 'calls.pcap')
  const truth = makeCapture({
    out: capture,
    calls: 6,
    cps: 5,
    talk: 3,
    hasMedia: true,
    b2bua: 0.5,
    loss: 0.05,
    jitterUs: 30_000,
    reorder: 0.02,
    duplicate: 0.02,
    seed: 3,
    startUs: Date.UTC(2026, 10, 2, 23, 59, 58) * 1000,
    hasNames: false,
  })
  const data = join(folder, 'data')
  await importInto(data, capture)
  await withStore(data, 'read', async (store) => {
    const finder = new StoreFinder(store)
    const { rows: legs } = await finder.findLegs({ kind: 'call' }, ALL)
    const streams = await finder.streamsOf(legs)
    assert.deepEqual(
      streams.map(({ ssrc, callId }) => `${ssrc} ${callId}`).sort(),
      truth.streams.map(({ ssrc, callId }) => `${ssrc} ${callId}`).sort(),
    )
    assert.deepEqual((await finder.findStreams({}, ALL)).rows, streams)
    const packets = await packetsOf(finder.packetsOf(streams))
    const byStream = Map.groupBy(packets, ({ streamKey }) => streamKey)
    for (const { ssrc, sent, lost, duplicates } of truth.streams) {
      const stream = streams.find((one) => one.ssrc === ssrc)
      const own = byStream.get(stream?.streamKey ?? '') ?? []
      assert.equal(own.length, sent - lost + duplicates)
      assert.equal(own.length, stream?.packets)
      for (const { bytes } of own) {
        assert.equal(Buffer.from(bytes).readUInt32BE(8), ssrc)
      }
    }
    const times = packets.map(({ tUs }) => tUs)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })
})

test('a call begins its verdict with what is missing of its sound', async (t) => {
  const folder = makeFolder(t)
  // The phone of this capture stands behind a router, and nothing came back to it.
  await importInto(folder, join(import.meta.dirname, '../../examples/real-answered-call.pcap'))
  await withStore(folder, 'read', async (store) => {
    const finder = new StoreFinder(store)
    const { rows: calls } = await finder.findCalls({ kind: 'call' }, ALL)
    assert.deepEqual(
      calls.map(({ verdict }) => verdict.split('; ')),
      [
        [
          'no RTP from the callee was captured',
          'answered after 1.9 s, lasted 21.8 s, ended by the caller',
        ],
      ],
    )
    assert.deepEqual(await finder.callByKey(calls[0]?.callKey ?? ''), calls[0])
  })
})

test('packets of streams that are not there are none', async (t) => {
  const folder = makeFolder(t)
  await importInto(folder, join(import.meta.dirname, '../../examples/real-failed-calls.pcap'))
  await withStore(folder, 'read', async (store) => {
    const finder = new StoreFinder(store)
    assert.equal(await finder.streamByKey('20261121-abc'), undefined)
    assert.deepEqual(await packetsOf(finder.packetsOf([])), [])
    assert.deepEqual(await finder.mediaOf([]), new Map())
  })
})
