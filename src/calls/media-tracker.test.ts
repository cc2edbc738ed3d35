// Descriptions and packets in, streams out: which leg a stream belongs to, what its payload types
// mean, and when it is handed on.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { datagramOf, REF_SCALE, steadyPackets } from '../rtp/rtp-packets.fixture.ts'
import {
  again,
  answer,
  BYE,
  CALLEE,
  CALLER,
  invite,
  sdp,
  tracked,
} from './media-tracker.fixture.ts'
import { lostOf } from './stream-figures.ts'
import type { StreamRecord } from './stream-record.ts'

const whose = ({ callId, sender }: StreamRecord) => [callId, sender]

describe('MediaTracker: which leg', () => {
  test('a stream belongs to the leg whose description names its destination', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLER, 4000)))
    say(100, answer(sdp(CALLEE, 5000)))
    play(3, { ms: 200 })
    play(3, { ms: 205, ssrc: 2, srcPort: 5000, dstPort: 4000 })
    const [toCallee] = end()
    assert.deepEqual(toCallee && whose(toCallee), ['call-1', 'caller'])
    assert.deepEqual([toCallee?.mediaType, toCallee?.protection], ['audio', 'none'])
  })

  test('early media goes where the offer wants it, before any answer', () => {
    const { say, tracker, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000)))
    for (const plan of steadyPackets(2, { ms: 50 })) tracker.datagram(datagramOf(plan))
    assert.deepEqual(end().map(whose), [['call-1', 'callee']])
  })

  test('behind address translation the source tells', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLER, 4000)))
    say(100, answer(sdp('192.168.7.7', 7000)))
    play(2, { ms: 200 })
    assert.deepEqual(end().map(whose), [['call-1', 'caller']])
  })

  test('an ICE candidate is a place like any other', () => {
    const { say, play, end } = tracked()
    const candidate = `a=candidate:1 1 UDP 2122252543 ${CALLEE} 5000 typ host`
    say(0, invite(sdp(CALLER, 4000)))
    say(100, answer(sdp('0.0.0.0', 9, ['m=audio 9 UDP/TLS/RTP/SAVPF 0', candidate])))
    play(2, { ms: 200, srcPort: 4444 })
    assert.deepEqual(end().map(whose), [['call-1', 'caller']])
  })

  test('a call that only media was heard of for an hour still has its streams', () => {
    const { say, play, tracker, end } = tracked()
    say(0, invite(sdp(CALLER, 4000)))
    say(100, answer(sdp(CALLEE, 5000)))
    for (let at = 0; at < 120; at++) {
      play(16, { ms: 200 + at * 30_000, seq: 1000 + at * 16 })
      tracker.tick()
    }
    play(16, { ms: 3_600_000, ssrc: 2 })
    assert.deepEqual(new Set(end().map(({ callId }) => callId)), new Set(['call-1']))
  })

  test('a port that another call uses later gives its streams to that call', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000), 'first'))
    play(5, { ms: 100 })
    say(300, BYE('first'))
    say(60_000, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 61_000, ssrc: 9 })
    assert.deepEqual(
      end().map(({ callId }) => callId),
      ['first', 'second'],
    )
  })

  test('the same SSRC on that port is cut where the other call begins', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000), 'first'))
    play(5, { ms: 100 })
    say(300, BYE('first'))
    say(2_000, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 2_100, seq: 2_000 })
    assert.deepEqual(
      end().map(({ callId, packets }) => [callId, packets]),
      [
        ['first', 5],
        ['second', 5],
      ],
    )
  })

  test('a refused call gives up the place of its early media', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLER, 4000), 'first'))
    say(100, answer(sdp(CALLEE, 5000), '183 Session Progress', 'first'))
    say(2_000, answer('', '486 Busy Here', 'first'))
    say(5_000, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 5_100 })
    assert.deepEqual(end().map(whose), [['second', 'callee']])
  })

  test('a place that a later offer has left is free for another call', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000), 'first'))
    say(100, answer(sdp(CALLER, 4000), '200 OK', 'first'))
    say(5_000, again(2, invite(sdp(CALLEE, 5002), 'first', ';tag=B')))
    say(5_100, again(2, answer(sdp(CALLER, 4000), '200 OK', 'first')))
    say(9_000, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 9_100 })
    play(5, { ms: 9_100, dstPort: 5002, ssrc: 2 })
    assert.deepEqual(end().map(whose), [
      ['second', 'callee'],
      ['first', 'callee'],
    ])
  })

  test('a relay that names a place of its own at its hop leaves the one before where it is', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000), 'first'))
    say(1, invite(sdp('10.0.0.9', 30_000), 'first'))
    say(9_000, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 9_100 })
    assert.deepEqual(end().map(whose), [['first', 'callee']])
  })

  test('a description that passes through belongs to the leg that had it first', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000), 'inner'))
    say(40, invite(sdp(CALLEE, 5000), 'outer'))
    play(2, { ms: 100 })
    assert.deepEqual(
      end().map(({ callId }) => callId),
      ['inner'],
    )
  })

  test('what nobody announced is kept without a leg', () => {
    const { play, end } = tracked()
    play(10)
    assert.deepEqual(end().map(whose), [[null, null]])
    assert.equal(end()[0]?.protection, 'unknown')
  })

  test('two packets in a row are a stream at the end, one is none', () => {
    const { play, end } = tracked()
    play(2, { ssrc: 1 })
    play(1, { ssrc: 2 })
    assert.deepEqual(
      end().map(({ ssrc }) => ssrc),
      [1],
    )
  })

  test('an SSRC storm at an announced place is believed up to a bound', () => {
    const { say, tracker, end } = tracked({ limits: { ssrcsPerEndMax: 4 } })
    say(0, invite(sdp(CALLEE, 5000)))
    for (let ssrc = 0; ssrc < 100; ssrc++) {
      tracker.datagram(datagramOf({ ms: 100 + ssrc, seq: 1, ssrc }))
    }
    assert.equal(end().length, 4)
  })
})

describe('MediaTracker: what payload types mean', () => {
  const dynamic = ['m=audio 5000 RTP/AVP 96 101', 'a=rtpmap:96 opus/48000/2', 'a=fmtp:96 stereo=1']

  test('sections that share a port are told apart by their payload types', () => {
    const { say, play, end } = tracked()
    const video = ['m=video 5000 RTP/AVP 97', 'a=rtpmap:97 VP8/90000', 'a=crypto:1 x inline:y']
    say(0, invite(sdp(CALLEE, 5000, [...dynamic, ...video])))
    play(3, { ms: 100, payloadType: 96 })
    play(3, { ms: 100, payloadType: 97, ssrc: 2 })
    const found = end().map(({ mediaType, protection, payloads: [first] }) => {
      return [mediaType, protection, first?.codec]
    })
    assert.deepEqual(found, [
      ['audio', 'none', 'opus'],
      ['video', 'sdes', 'VP8'],
    ])
  })

  test('video that goes where only the sound of its bundle says is video', () => {
    const { say, play, end } = tracked()
    const sound = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:0', 'a=rtpmap:111 opus/48000/2']
    const candidate = `a=candidate:1 1 UDP 2122252543 ${CALLEE} 5000 typ host`
    const video = ['m=video 9 UDP/TLS/RTP/SAVPF 98', 'a=mid:1', 'a=rtpmap:98 VP8/90000']
    const lines = ['a=group:BUNDLE 0 1', 'a=fingerprint:sha-256 AA', ...sound, candidate, ...video]
    say(0, invite(sdp('0.0.0.0', 9, lines)))
    play(3, { ms: 100, payloadType: 111 })
    play(3, { ms: 100, payloadType: 98, ssrc: 2 })
    const found = end().map(({ mediaType, protection, payloads: [first] }) => {
      return [mediaType, protection, first?.codec]
    })
    assert.deepEqual(found, [
      ['audio', 'dtls', 'opus'],
      ['video', 'dtls', 'VP8'],
    ])
  })

  test('protection that was offered and not taken up protects nothing', () => {
    const crypto = ['m=audio 5000 RTP/AVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x']
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000, crypto)))
    say(100, answer(sdp(CALLER, 4000)))
    play(3, { ms: 200 })
    assert.equal(end()[0]?.protection, 'none')
  })

  test('what a relay opens is protected where it is not open', () => {
    const crypto = ['m=audio 5000 RTP/SAVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x']
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000, crypto)))
    say(1, invite(sdp(CALLEE, 5002)))
    say(100, answer(sdp('10.0.0.8', 6_000)))
    say(101, answer(sdp(CALLER, 4000, ['m=audio 4000 RTP/SAVP 0', 'a=crypto:1 x inline:y'])))
    play(3, { ms: 200 })
    play(3, { ms: 200, ssrc: 2, dstPort: 5002 })
    assert.deepEqual(
      end().map(({ protection }) => protection),
      ['sdes', 'none'],
    )
  })

  test('dynamic types mean what the receiver said', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000, [...dynamic, 'a=rtpmap:101 telephone-event/8000'])))
    play(3, { ms: 100, payloadType: 96 })
    play(2, { ms: 160, seq: 1003, payloadType: 101 })
    const [record] = end()
    assert.deepEqual(
      record?.payloads.map(({ payloadType, codec, clockRateHz, channels, fmtp, packets }) => {
        return [payloadType, codec, clockRateHz, channels, fmtp, packets]
      }),
      [
        [96, 'opus', 48_000, 2, 'stereo=1', 3],
        [101, 'telephone-event', 8_000, 1, null, 2],
      ],
    )
  })

  test('a later offer changes what they mean from then on', () => {
    const { say, play, tracker, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000)))
    play(3, { ms: 100 })
    say(5_900, invite(sdp(CALLEE, 5000, dynamic), 'call-1', ';tag=B'))
    play(1, { ms: 5_000, seq: 1003 })
    tracker.tick()
    play(3, { ms: 6_000, seq: 1004, payloadType: 96 })
    assert.equal(end()[0]?.payloads.at(-1)?.codec, 'opus')
  })

  test('a type that means another codec from a later offer on begins another stream', () => {
    const { say, play, end } = tracked()
    const offer = (codec: string) =>
      sdp(CALLEE, 5000, ['m=audio 5000 RTP/AVP 96', `a=rtpmap:96 ${codec}`])
    say(0, invite(offer('opus/48000/2')))
    play(3, { ms: 100, payloadType: 96 })
    say(150, again(2, invite(offer('OPUS/48000/2'), 'call-1', ';tag=B')))
    say(155, again(2, answer(sdp(CALLER, 4000))))
    play(2, { ms: 160, seq: 1003, payloadType: 96 })
    say(200, again(3, invite(offer('G722/8000'), 'call-1', ';tag=B')))
    say(210, again(3, answer(sdp(CALLER, 4000))))
    play(4, { ms: 220, seq: 1005, payloadType: 96 })
    assert.deepEqual(
      end().map(({ callId, payloads, packets }) => [callId, payloads[0]?.codec, packets]),
      [
        ['call-1', 'OPUS', 5],
        ['call-1', 'G722', 4],
      ],
    )
  })

  test('what a later offer no longer names stays what it was', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000, dynamic)))
    play(3, { ms: 100, payloadType: 96 })
    say(200, invite(sdp(CALLEE, 5000), 'call-1', ';tag=B'))
    play(2, { ms: 220, seq: 1003, payloadType: 8 })
    assert.deepEqual(
      end().map(({ payloads }) => payloads.map(({ codec, packets }) => [codec, packets])),
      [
        [
          ['opus', 3],
          ['PCMA', 2],
        ],
      ],
    )
  })

  test('who offers fax where sound is says nothing of the sound', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000, dynamic)))
    say(100, invite(sdp(CALLEE, 5000, ['m=image 5000 udptl t38']), 'call-1', ';tag=B'))
    play(3, { ms: 200, payloadType: 96 })
    const [record] = end()
    assert.deepEqual([record?.mediaType, record?.payloads[0]?.codec], ['audio', 'opus'])
  })

  test('keys in the description mean that the stream is encrypted', () => {
    const { say, play, end } = tracked()
    const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'
    say(0, invite(sdp(CALLEE, 5000, ['m=audio 5000 RTP/SAVP 0', key])))
    play(2, { ms: 100 })
    assert.equal(end()[0]?.protection, 'sdes')
  })
})

describe('MediaTracker: letting go', () => {
  test('a stream is handed on soon after its leg ended, and late packets begin another', () => {
    const { say, play, tracker, records } = tracked()
    say(0, invite(sdp(CALLEE, 5000)))
    play(10, { ms: 100 })
    say(1_000, BYE())
    play(40, { ms: 30_000, ssrc: 7, dstPort: 6000 })
    tracker.tick()
    assert.deepEqual(
      records.map(({ ssrc, packets }) => [ssrc, packets]),
      [[0x1234, 10]],
    )
  })

  test('a stream that pauses within a call stays one', () => {
    const { say, play, tracker, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000)))
    play(10, { ms: 100 })
    play(40, { ms: 300_000, ssrc: 7, dstPort: 6000 })
    tracker.tick()
    play(10, { ms: 301_000, seq: 1010 })
    const [stream] = end().filter(({ ssrc }) => ssrc === 0x1234)
    assert.equal(stream?.packets, 20)
  })

  test('one packet from another age ends no stream', () => {
    const { play, tracker, records } = tracked()
    play(10)
    tracker.datagram(datagramOf({ ms: 1e12, seq: 1010 }))
    tracker.tick()
    assert.deepEqual(records, [])
  })

  test('an open stream is told as far as it has come, and in the end as a whole', () => {
    const { play, tracker, records, end } = tracked()
    play(10)
    play(500, { ms: 200, seq: 1010 })
    tracker.storeOpen()
    assert.equal(records[0]?.packets, 510)
    tracker.storeOpen()
    assert.equal(records.length, 1)
    play(10, { ms: 20_000, seq: 1512 })
    const last = end().at(-1)
    assert.equal(last?.packets, 520)
    assert.equal(last && lostOf(last), 2)
    assert.equal(last?.firstRef, records[0]?.firstRef)
  })

  test('the oldest thing that a crash would have to read again is told', () => {
    const { say, play, tracker } = tracked()
    assert.equal(tracker.oldestOpenRef(), Number.POSITIVE_INFINITY)
    play(10, { ref: 7 * REF_SCALE })
    assert.equal(tracker.oldestOpenRef(), 7 * REF_SCALE)
    say(0, invite(sdp(CALLEE, 6000)))
    play(10, { ref: 9 * REF_SCALE, dstPort: 6000, ssrc: 5 })
    assert.equal(tracker.oldestOpenRef(), REF_SCALE)
    tracker.finish()
    assert.equal(tracker.oldestOpenRef(), Number.POSITIVE_INFINITY)
  })
})
