// Calls that go on over the end of a file, of a day and of a server: the streams that are met
// behind it must be theirs, with the codecs that were agreed on before it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { rtpPacket } from '../audio/captured-rtp.fixture.ts'
import { systemClock } from '../base/clock.ts'
import type { Stream } from '../calls/stream.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { earlierMedia } from './earlier-media.ts'
import { hepPacket, sendDatagrams, startLive } from './live.fixture.ts'
import { rebuildIndex } from './replay.ts'
import {
  assertSamePicture,
  importInto,
  joinSettings,
  makeFolder,
  partMedia,
  pictureOf,
  splitCapture,
  withStore,
  writeCapture,
} from './store.fixture.ts'

const START_US = Date.UTC(2026, 10, 2, 8) * 1000
const MIDNIGHT_US = Date.UTC(2026, 10, 3) * 1000
const CALLS = { calls: 40, callsPerSecond: 8, hasMedia: true }

async function streamsOf(folder: string): Promise<readonly Stream[]> {
  return withStore(folder, 'read', async (store) => {
    const page = { limit: 1_000, order: 'oldest' } as const
    return (await new StoreFinder(store).findStreams({}, page)).rows
  })
}

/** What tells a stream, wherever a capture was cut, and what was said of it. */
function said({ src, srcPort, dst, dstPort, ssrc, ...stream }: Stream): string {
  const { callId, direction, mediaType, payloadTypes } = stream
  const codecs = payloadTypes.map(({ payloadType, codec }) => `${payloadType} ${codec}`)
  const ends = `${src}:${srcPort} to ${dst}:${dstPort} ${ssrc}`
  return `${ends} is ${callId} ${direction} ${mediaType} ${codecs.sort().join()}`
}

const allSaid = (streams: readonly Stream[]) => [...new Set(streams.map(said))].sort()

interface Cut {
  readonly whole: string
  readonly parts: readonly [string, string]
}

/** A capture, and the same cut in the middle of its calls. */
function cutCapture(t: TestContext, startUs: number, atUs: number): Cut {
  const whole = join(makeFolder(t), 'calls.pcap')
  writeCapture(whole, { ...CALLS, startUs })
  return { whole, parts: splitCapture(whole, atUs / 1_000_000) }
}

const cuts = [
  { name: 'in a day', startUs: START_US, atUs: START_US + 3_000_000 },
  { name: 'at midnight', startUs: MIDNIGHT_US - 3_000_000, atUs: MIDNIGHT_US },
]

void suite('calls over the end of a file', () => {
  for (const { name, startUs, atUs } of cuts) {
    test(`${name}: their streams are theirs in both files, in either way to import`, async (t) => {
      const { whole, parts } = cutCapture(t, startUs, atUs)
      const [undivided, together, apart] = [makeFolder(t), makeFolder(t), makeFolder(t)]
      await importInto(undivided, whole)
      const expected = await streamsOf(undivided)
      assert.ok(expected.length > 0 && expected.every(({ callId }) => callId !== null))
      await importInto(together, ...parts)
      for (const part of parts) await importInto(apart, part)
      for (const folder of [together, apart]) {
        const streams = await streamsOf(folder)
        assert.ok(streams.length > expected.length, 'the cut goes through streams')
        assert.deepEqual(allSaid(streams), allSaid(expected))
      }
      const before = await pictureOf(apart)
      await withStore(apart, 'write', (store) => rebuildIndex(store, joinSettings))
      assertSamePicture(await pictureOf(apart), before)
      await importInto(apart, ...parts)
      assertSamePicture(await pictureOf(apart), before)
    })
  }

  test('a call that says nothing more has its streams of the next day', async (t) => {
    const { parts } = cutCapture(t, MIDNIGHT_US - 3_000_000, MIDNIGHT_US)
    const folder = makeFolder(t)
    await importInto(folder, ...parts.with(1, partMedia(parts[1]).media))
    const shown = await withStore(folder, 'read', async (store) => {
      const finder = new StoreFinder(store)
      const { rows } = await finder.findLegs({}, { limit: 1_000 })
      return finder.streamsOf(rows)
    })
    // Nothing is known of those that were called after midnight.
    const streams = (await streamsOf(folder)).filter(({ callId }) => callId !== null)
    assert.ok(streams.some(({ startUs }) => startUs >= MIDNIGHT_US))
    assert.equal(shown.length, streams.length)
  })

  test('what was over before is not told, nor what nothing was heard of for long', async (t) => {
    const { parts } = cutCapture(t, START_US, START_US + 3_000_000)
    const folder = makeFolder(t)
    await importInto(folder, parts[0])
    const callsAt = async (tUs: number) => {
      const notices = await withStore(folder, 'read', (store) => earlierMedia(store, tUs))
      return new Set(notices.map(({ callId }) => callId)).size
    }
    const { legs } = await pictureOf(folder)
    const ended = legs.filter((leg) => JSON.parse(leg).endUs !== null).length
    assert.ok(ended > 0)
    assert.equal(await callsAt(START_US), 0)
    assert.equal(await callsAt(START_US + 3_000_000), legs.length - ended)
    assert.equal(await callsAt(START_US + 903_000_001), 0)
  })
})

test('a server that is started again knows whose the streams are that go on', async (t) => {
  const server = await startLive(t)
  await sendDatagrams(server.port('udp'), ...callByHep())
  await server.until(({ frames }) => frames === 2)
  await server.close()
  const again = await startLive(t, undefined, server.folder)
  const packets = Array.from({ length: 10 }, (_, i) => soundByHep(i))
  // The first of them may come before the store has told what was said.
  await sendDatagrams(again.port('udp'), ...packets)
  await again.until(({ frames }) => frames === packets.length)
  await again.close()
  const [stream, ...others] = await streamsOf(server.folder)
  assert.equal(others.length, 0)
  assert.equal(stream?.callId, 'goes on')
  assert.deepEqual(
    stream.payloadTypes.map(({ codec }) => codec),
    ['opus'],
  )
})

const CALLER = { address: Uint8Array.of(192, 0, 2, 1), port: 4_000 }
const CALLEE = { address: Uint8Array.of(198, 51, 100, 2), port: 5_000 }

function callByHep(): Buffer[] {
  const body = (port: number, address: string) =>
    [
      'v=0',
      'o=- 1 1 IN IP4 x',
      's=-',
      `c=IN IP4 ${address}`,
      't=0 0',
      `m=audio ${port} RTP/AVP 96`,
      'a=rtpmap:96 opus/48000/2',
      '',
    ].join('\r\n')
  const message = (startLine: string, toTag: string, sdp: string) =>
    Buffer.from(
      [
        startLine,
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
        'From: <sip:alice@example.com>;tag=a',
        `To: <sip:bob@example.com>${toTag}`,
        'Call-ID: goes on',
        'CSeq: 1 INVITE',
        'Content-Type: application/sdp',
        `Content-Length: ${sdp.length}`,
        '',
        sdp,
      ].join('\r\n'),
    )
  const offer = message('INVITE sip:bob@example.com SIP/2.0', '', body(CALLER.port, '192.0.2.1'))
  const answer = message('SIP/2.0 200 OK', ';tag=b', body(CALLEE.port, '198.51.100.2'))
  return [
    hepPacket(offer),
    hepPacket(answer, { src: CALLEE.address, dst: CALLER.address, srcPort: 5061, dstPort: 5060 }),
  ]
}

function soundByHep(number: number): Buffer {
  const payload = rtpPacket({
    payloadType: 96,
    sequenceNumber: number,
    timestamp: number * 960,
    ssrc: 7,
    payload: Buffer.alloc(80, number),
  })
  return hepPacket(Buffer.from(payload), {
    src: CALLER.address,
    srcPort: CALLER.port,
    dst: CALLEE.address,
    dstPort: CALLEE.port,
    protocolType: 4,
    tUs: systemClock.nowUs() + number * 20_000,
  })
}
