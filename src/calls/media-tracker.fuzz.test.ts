// Whatever bytes come as media, as reports or as descriptions: nothing throws, nothing grows beyond
// its bound, and every record that comes out can be packed, shown and scored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressTable } from '../base/address-table.ts'
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { limits } from '../base/limits.ts'
import { datagramOf, datagramWith, REF_SCALE } from '../rtp/rtp-packets.fixture.ts'
import { stunRequest } from '../rtp/stun.fixture.ts'
import { SipMessage } from '../sip/message.ts'
import { MediaTracker } from './media-tracker.ts'
import { rescored } from './mos-models.ts'
import { MOS_MODELS } from './stream.ts'
import { streamOf } from './stream-figures.ts'
import { packStream, unpackStream } from './stream-record-codec.ts'
import type { StreamRecord } from './stream-record.ts'

const RUNS = { numRuns: 400, seed: 20261121 }
const KEYS = { streamKey: 'k', legKey: null, callKey: null }
const tight = {
  ...limits,
  openStreamsMax: 16,
  streamCandidatesMax: 8,
  mediaLegsMax: 8,
  sdpEndsPerLegMax: 4,
  reportedStreamsMax: 4,
  rtcpSendersMax: 4,
  checkedPairsMax: 2,
  payloadProfilesMax: 4,
  sdpBacklogBytesMax: 4096,
}

function trackerInto(records: StreamRecord[]): MediaTracker {
  return new MediaTracker({
    addresses: new AddressTable(),
    refScale: REF_SCALE,
    emit: (record) => records.push(record),
    limits: tight,
  })
}

function assertSound(record: StreamRecord): void {
  const writer = new ByteWriter()
  packStream(writer, record)
  const { record: again } = unpackStream(new ByteReader(writer.take()))
  const stream = streamOf(again, KEYS)
  assert(stream.lost >= 0 && stream.packets >= 0)
  assert(stream.duplicates + stream.reordered <= stream.packets)
  for (const model of MOS_MODELS) {
    const { mos } = rescored(stream, model)
    assert(mos === null || (mos >= 1 && mos <= 4.7), `${model}: ${mos}`)
  }
  assert.equal(JSON.stringify(stream).includes('NaN'), false)
}

/** Packets that are nearly right: few SSRCs and types, numbers and times that jump now and then. */
const nearlyRight = fc.record({
  ms: fc.oneof(fc.nat(10_000), fc.integer({ min: -1e9, max: 1e12 })),
  seq: fc.oneof(fc.nat(40), fc.nat(65_535)),
  timestamp: fc.oneof(fc.nat(10_000), fc.nat(0xffff_ffff)),
  ssrc: fc.oneof(fc.nat(3), fc.nat(0xffff_ffff)),
  payloadType: fc.oneof(fc.constantFrom(0, 8, 13, 18, 101), fc.nat(127)),
  isMarked: fc.boolean(),
  ref: fc.oneof(fc.nat(3 * REF_SCALE), fc.nat(2 ** 31 - 1)),
})

test('packets that contradict each other in every way come out as sound records', () => {
  fc.assert(
    fc.property(fc.array(nearlyRight, { maxLength: 120 }), fc.nat(120), (plans, tickAt) => {
      const records: StreamRecord[] = []
      const tracker = trackerInto(records)
      for (const [i, plan] of plans.entries()) {
        tracker.datagram(datagramOf(plan))
        if (i === tickAt) {
          tracker.tick()
          tracker.storeOpen()
        }
      }
      tracker.finish()
      for (const record of records) assertSound(record)
      const packets = records.filter((record) => record.packets > plans.length)
      assert.deepEqual(packets, [])
    }),
    RUNS,
  )
})

/** A header of RTP or RTCP with anything behind it. */
const mediaBytes = fc
  .tuple(fc.integer({ min: 128, max: 191 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array())
  .map(([first, second, rest]) => Buffer.from([first, second, ...rest]))

test('bytes that begin like media and go on as they like are only counted', () => {
  fc.assert(
    fc.property(fc.array(mediaBytes, { maxLength: 60 }), (payloads) => {
      const records: StreamRecord[] = []
      const tracker = trackerInto(records)
      for (const [i, bytes] of payloads.entries()) tracker.datagram(datagramWith(bytes, { ms: i }))
      tracker.finish()
      for (const record of records) assertSound(record)
      for (const count of tracker.problems().values()) assert(count > 0)
    }),
    RUNS,
  )
})

const sdpLine = fc.constantFrom(
  'c=IN IP4 10.0.0.2',
  'c=IN IP6 2001:db8::1',
  'c=IN IP4 nowhere.test',
  'm=audio 5000 RTP/AVP 0 96',
  'm=audio 5000 RTP/SAVP 96',
  'm=video 0 RTP/AVP 31',
  'a=rtpmap:96 opus/48000/2',
  'a=rtpmap:96 telephone-event/0',
  'a=rtpmap:96 /',
  'a=candidate:1 1 UDP 1 10.0.0.2 5000 typ host',
  'a=crypto:1 X inline:',
  'a=ice-ufrag:a',
  'a=ice-ufrag:b',
  'a=group:BUNDLE 0 1 0',
  'a=mid:0',
  '\0\xff',
)

test('descriptions of any kind, in any order with packets, bind or do not bind', () => {
  const step = fc.oneof(
    fc.record({
      lines: fc.array(sdpLine, { maxLength: 8 }),
      callId: fc.nat(20),
      method: fc.constantFrom('INVITE', 'UPDATE', 'ACK', 'BYE', 'INFO'),
      /** 0 for a request. */
      status: fc.constantFrom(0, 183, 200, 488),
      cseq: fc.nat(2),
      tags: fc.tuple(fc.nat(2), fc.nat(2)),
    }),
    fc.record({ username: fc.constantFrom('a:b', 'b:a', 'a:a', 'a'), port: fc.nat(2) }),
    nearlyRight,
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const records: StreamRecord[] = []
      const tracker = trackerInto(records)
      const message = new SipMessage()
      for (const [i, one] of steps.entries()) {
        if ('username' in one) {
          const ends = { ms: i, srcPort: one.port, dstPort: 6000 }
          tracker.datagram(datagramWith(stunRequest(one.username), ends))
          continue
        }
        if (!('lines' in one)) {
          tracker.datagram(
            datagramOf({ ...one, srcPort: one.ssrc & 3, dstPort: 5000 + (i % 2) * 1000 }),
          )
          continue
        }
        const { method, status, cseq, callId, lines } = one
        const body =
          method === 'BYE' ? '' : [...(method === 'INFO' ? [] : ['v=0']), ...lines].join('\r\n')
        const [from, to] = one.tags.map((tag) => `<sip:a@b>${tag === 0 ? '' : `;tag=${tag}`}`)
        const bytes = Buffer.from(
          `${status === 0 ? `${method} sip:x SIP/2.0` : `SIP/2.0 ${status} X`}\r\n` +
            `Call-ID: ${callId}\r\nFrom: ${from}\r\nTo: ${to}\r\n` +
            `CSeq: ${cseq} ${method}\r\n\r\n${body}`,
          'latin1',
        )
        if (!message.read(bytes, 0, bytes.length, { isDatagram: true })) continue
        const ends = { src: 1, srcPort: 5060, dst: 2, dstPort: 5060, transport: 17 } as const
        tracker.message(message, { ...ends, tUs: i * 1000, pieces: [] })
      }
      tracker.finish()
      for (const record of records) assertSound(record)
    }),
    RUNS,
  )
})
