// What agents report of media by HEP becomes facts of the call's streams, as RTCP on the wire does.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../base/clock.ts'
import type { Stream } from '../calls/stream.ts'
import { hepSample } from '../decode/hep/hep-samples.fixture.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { hepPacket, options, sendDatagrams, startLive } from './live.fixture.ts'
import { rebuildIndex } from './replay.ts'
import { joinSettings, withStore } from './store.fixture.ts'

/** Streams that a server has after it took these packets and stopped. */
async function streamsAfter(t: TestContext, packets: Buffer[]): Promise<readonly Stream[]> {
  const server = await startLive(t)
  await sendDatagrams(server.port('udp'), ...packets)
  await server.until(({ frames }) => frames === packets.length)
  await server.close()
  return withStore(server.folder, 'read', async (store) => {
    const page = { limit: 10, order: 'oldest' } as const
    return (await new StoreFinder(store).findStreams({}, page)).rows
  })
}

test('RTCP as JSON gives reports on the streams that it is about', async (t) => {
  const streams = await streamsAfter(t, [hepSample('salto-hep3-rtcp-json')])
  const ssrcs = streams.map(({ ssrc }) => ssrc).sort((a, b) => a - b)
  assert.deepEqual(ssrcs, [299_816_601, 2_141_660_700])
  const received = streams.find(({ ssrc }) => ssrc === 299_816_601)
  assert.equal(received?.callId, '946b5b3c-888a-1239-8881-00155d09c401')
  // The receiver reports: the stream goes to whoever sent the RTCP.
  assert.equal(received?.dst, '192.168.9.119')
  assert.deepEqual(
    received?.reports.map(({ source, packetsLost }) => [source, packetsLost]),
    [['hep-rtcp', 1]],
  )
})

test('RTCP as bytes, by HEP, gives the same', async (t) => {
  const report = Buffer.from(
    // A receiver report of 0x11111111 on 0x22222222: a quarter lost, 5 in all, jitter 160.
    '81c90007 11111111 22222222 40000005 0000ffff 000000a0 00000000 00000000'.replaceAll(' ', ''),
    'hex',
  )
  const packet = hepPacket(report, { protocolType: 5, correlationId: 'a@b' })
  const [stream, ...others] = await streamsAfter(t, [packet])
  assert.equal(others.length, 0)
  assert.equal(stream?.ssrc, 0x22222222)
  assert.equal(stream?.callId, 'a@b')
  assert.equal(stream?.dst, '192.0.2.1')
  assert.equal(stream?.reports[0]?.lossRatio, 0.25)
})

test('statistics of an agent give a stream, whatever number their type has', async (t) => {
  for (const protocolType of [34, 35, 99]) {
    const json = { TOTAL_PK: 500, EXPECTED_PK: 501, MOS: 4.2, SSRC: 77 }
    const packet = hepPacket(Buffer.from(JSON.stringify(json)), {
      protocolType,
      correlationId: 'c',
    })
    const [stream] = await streamsAfter(t, [packet])
    assert.equal(stream?.ssrc, 77)
    assert.equal(stream?.callId, 'c')
    assert.equal(stream?.src, '192.0.2.1')
    assert.equal(stream?.reports[0]?.source, 'hep-statistics')
    assert.equal(stream?.reports[0]?.mosListening, 4.2)
  }
})

test('logs and call records are kept with their call, each once', async (t) => {
  const server = await startLive(t)
  const log = { protocolType: 100, correlationId: 'noted', tUs: systemClock.nowUs() }
  const record = { ...log, protocolType: 60, tUs: log.tUs + 1_000 }
  const packets = [
    hepPacket(options('noted')),
    hepPacket(Buffer.from('{"duration": 7}'), record),
    hepPacket(Buffer.from('call was routed to bob'), log),
    hepPacket(Buffer.from('call was routed to bob'), log),
    hepPacket(Buffer.from('of nobody'), { protocolType: 100 }),
    hepPacket(Buffer.from('of another'), { protocolType: 100, correlationId: 'other' }),
  ]
  await sendDatagrams(server.port('udp'), ...packets)
  await server.until(({ frames }) => frames === packets.length)
  await server.close()
  const notesOf = (): Promise<string[]> => {
    return withStore(server.folder, 'read', async (store) => {
      const finder = new StoreFinder(store)
      const notes = await finder.notesOf(await finder.legsByCallId('noted'))
      return notes.map(({ protocolType, text }) => `${protocolType} ${text}`)
    })
  }
  const expected = ['100 call was routed to bob', '60 {"duration": 7}']
  assert.deepEqual(await notesOf(), expected)
  // The blocks hold them: an index that is made anew has them again.
  await withStore(server.folder, 'write', (store) => rebuildIndex(store, joinSettings))
  assert.deepEqual(await notesOf(), expected)
})
