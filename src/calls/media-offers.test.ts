// Offers that are accepted, refused or never answered in, streams out: which description holds of
// the places that media goes to (RFC 3261 §14.1, RFC 3264, RFC 3311 §5.2).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  again,
  answer,
  CALLEE,
  CALLER,
  invite,
  request,
  sdp,
  tracked,
} from './media-tracker.fixture.ts'
import type { StreamRecord } from './stream-record.ts'

const whose = ({ callId, sender }: StreamRecord) => [callId, sender]
const codecOf = ({ payloads: [first], packets }: StreamRecord) => [first?.codec, packets]

const withCodec = (address: string, port: number, codec: string) =>
  sdp(address, port, [`m=audio ${port} RTP/AVP 96`, `a=rtpmap:96 ${codec}`])
const reinvite = (cseq: number, body: string, callId = 'call-1') =>
  again(cseq, invite(body, callId, ';tag=B'))
const answerTo = (cseq: number, status: string, body = '', callId = 'call-1') =>
  again(cseq, answer(body, status, callId))
const ofA = (method: string, body: string) =>
  request(method, 'call-1', 'From: <sip:a@x>;tag=A', 'To: <sip:b@x>;tag=B', body)
const ofB = (message: string) =>
  message
    .replace('From: <sip:a@x>;tag=A', 'From: <sip:b@x>;tag=B')
    .replace('To: <sip:b@x>;tag=B', 'To: <sip:a@x>;tag=A')

/** A call whose caller, at 10.0.0.2 port 5000, hears opus as type 96 from 10.0.0.1 port 4000. */
function talking() {
  const run = tracked()
  run.say(0, invite(withCodec(CALLEE, 5000, 'opus/48000/2')))
  run.say(100, answer(withCodec(CALLER, 4000, 'opus/48000/2')))
  run.play(5, { ms: 200, payloadType: 96 })
  return run
}

describe('MediaTracker: offers within a call', () => {
  for (const status of [
    '488 Not Acceptable Here',
    '491 Request Pending',
    '302 Moved Temporarily',
  ]) {
    test(`an offer that is refused with ${status} leaves types as they were`, () => {
      const { say, play, end } = talking()
      say(300, reinvite(2, withCodec(CALLEE, 5000, 'G722/8000')))
      play(5, { ms: 310, seq: 1005, payloadType: 96 })
      say(400, answerTo(2, status))
      play(5, { ms: 410, seq: 1010, payloadType: 96 })
      assert.deepEqual(end().map(codecOf), [['opus', 15]])
    })
  }

  test('so it does where it came before its answer at one hop, and after it at another', () => {
    const { say, play, end } = talking()
    say(300, reinvite(2, withCodec(CALLEE, 5000, 'G722/8000')))
    say(400, answerTo(2, '488 Not Acceptable Here'))
    say(401, reinvite(2, withCodec(CALLEE, 5000, 'G722/8000')))
    say(500, answerTo(2, '488 Not Acceptable Here'))
    play(5, { ms: 510, seq: 1005, payloadType: 96 })
    assert.deepEqual(end().map(codecOf), [['opus', 10]])
  })

  test('an offer that is accepted changes types with its answer', () => {
    const { say, play, end } = talking()
    say(300, reinvite(2, withCodec(CALLEE, 5000, 'G722/8000')))
    play(5, { ms: 310, seq: 1005, payloadType: 96 })
    say(415, answerTo(2, '200 OK', withCodec(CALLER, 4000, 'G722/8000')))
    play(5, { ms: 420, seq: 1010, payloadType: 96 })
    assert.deepEqual(end().map(codecOf), [
      ['opus', 10],
      ['G722', 5],
    ])
  })

  test('the answer that a 2xx brings without an offer, and that of its ACK, hold', () => {
    const { say, play, end } = talking()
    say(300, reinvite(2, ''))
    say(400, answerTo(2, '200 OK', withCodec(CALLER, 4002, 'G722/8000')))
    say(410, again(2, ofA('ACK', withCodec(CALLEE, 5002, 'G722/8000'))))
    play(5, { ms: 500, dstPort: 5002, payloadType: 96 })
    assert.deepEqual(end().map(codecOf), [
      ['opus', 5],
      ['G722', 5],
    ])
  })

  test('a place that only a refused offer named is none of the call', () => {
    const { say, play, end } = talking()
    say(300, reinvite(2, withCodec(CALLEE, 5002, 'opus/48000/2')))
    say(400, answerTo(2, '491 Request Pending'))
    play(5, { ms: 500, srcPort: 4444, dstPort: 5002, ssrc: 2 })
    play(5, { ms: 500, seq: 1005, payloadType: 96 })
    assert.deepEqual(end().map(whose), [
      ['call-1', 'callee'],
      [null, null],
    ])
  })

  test('a refused offer takes no place from another call', () => {
    const { say, play, end } = talking()
    say(40_000, invite(sdp(CALLEE, 5002), 'other'))
    play(5, { ms: 40_100, dstPort: 5002, ssrc: 2 })
    say(80_000, reinvite(2, sdp(CALLEE, 5002)))
    play(5, { ms: 80_010, seq: 1005, dstPort: 5002, ssrc: 2 })
    say(80_100, answerTo(2, '488 Not Acceptable Here'))
    play(5, { ms: 80_300, seq: 1010, dstPort: 5002, ssrc: 2 })
    assert.deepEqual(
      end().map(({ callId, ssrc, packets }) => [callId, ssrc, packets]),
      [
        ['call-1', 0x1234, 5],
        ['other', 2, 15],
      ],
    )
  })

  test('where both sides offer at once and are refused, what each offers later holds', () => {
    const { say, play, end } = talking()
    say(300, reinvite(2, withCodec(CALLEE, 5002, 'G722/8000')))
    say(301, ofB(reinvite(7, withCodec(CALLER, 4002, 'G729/8000'))))
    say(310, answerTo(2, '491 Request Pending'))
    say(311, ofB(answerTo(7, '491 Request Pending')))
    play(5, { ms: 320, seq: 1005, payloadType: 96 })
    say(2_400, ofB(reinvite(8, withCodec(CALLER, 4004, 'G722/8000'))))
    say(2_500, ofB(answerTo(8, '200 OK', withCodec(CALLEE, 5004, 'G722/8000'))))
    play(5, { ms: 2_600, srcPort: 4004, dstPort: 5004, payloadType: 96, ssrc: 2 })
    play(5, { ms: 2_600, srcPort: 4444, dstPort: 5002, ssrc: 3 })
    assert.deepEqual(
      end().map((stream) => [...whose(stream), ...codecOf(stream)]),
      [
        ['call-1', 'callee', 'opus', 10],
        ['call-1', 'callee', 'G722', 5],
        [null, null, 'PCMU', 5],
      ],
    )
  })

  test('an UPDATE that is refused changes nothing, in a call that still rings', () => {
    const { say, play, end } = tracked()
    const refused = answerTo(2, '504 Server Time-out').replace('2 INVITE', '2 UPDATE')
    say(0, invite(withCodec(CALLEE, 5000, 'opus/48000/2')))
    say(100, answer(withCodec(CALLER, 4000, 'opus/48000/2'), '183 Session Progress'))
    play(5, { ms: 200, payloadType: 96 })
    say(300, again(2, ofA('UPDATE', withCodec(CALLEE, 5000, 'G722/8000'))))
    say(310, refused)
    play(5, { ms: 320, seq: 1005, payloadType: 96 })
    assert.deepEqual(end().map(codecOf), [['opus', 10]])
  })

  test('an UPDATE that is accepted holds, in a call that still rings', () => {
    const { say, play, end } = tracked()
    say(0, invite(withCodec(CALLEE, 5000, 'opus/48000/2')))
    say(100, answer(withCodec(CALLER, 4000, 'opus/48000/2'), '183 Session Progress'))
    say(300, again(2, ofA('UPDATE', withCodec(CALLEE, 5002, 'G722/8000'))))
    const accepted = answerTo(2, '200 OK', withCodec(CALLER, 4000, 'G722/8000'))
    say(310, accepted.replace('2 INVITE', '2 UPDATE'))
    say(320, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 330, dstPort: 5002, payloadType: 96 })
    play(5, { ms: 330, ssrc: 2 })
    assert.deepEqual(
      end().map((stream) => [stream.callId, stream.payloads[0]?.codec]),
      [
        ['call-1', 'G722'],
        ['second', 'PCMU'],
      ],
    )
  })

  test('early media of a call that is refused is its own, whatever the refusal describes', () => {
    const { say, play, end } = tracked()
    say(0, invite(sdp(CALLEE, 5000)))
    say(100, answer(sdp(CALLER, 4000), '183 Session Progress'))
    play(5, { ms: 200 })
    say(400, answer(sdp(CALLEE, 5002), '488 Not Acceptable Here'))
    play(5, { ms: 5_100, ssrc: 2, srcPort: 4444, dstPort: 5002 })
    assert.deepEqual(end().map(whose), [
      ['call-1', 'callee'],
      [null, null],
    ])
  })

  test('of a call that is met in its middle, a refused offer is what is known', () => {
    const { say, play, end } = tracked()
    say(0, reinvite(2, sdp(CALLEE, 5000)))
    say(10, answerTo(2, '491 Request Pending'))
    play(5, { ms: 100 })
    assert.deepEqual(end().map(whose), [['call-1', 'callee']])
  })

  test('an offer whose answer was not captured holds once its side offers again', () => {
    const { say, play, end } = talking()
    say(300, reinvite(2, withCodec(CALLEE, 5002, 'G722/8000')))
    say(5_000, reinvite(3, withCodec(CALLEE, 5002, 'PCMU/8000')))
    say(5_010, answerTo(3, '488 Not Acceptable Here'))
    say(5_020, invite(sdp(CALLEE, 5000), 'second'))
    play(5, { ms: 5_100, dstPort: 5002, payloadType: 96 })
    play(5, { ms: 5_100, ssrc: 2 })
    assert.deepEqual(
      end().map((stream) => [stream.callId, stream.payloads[0]?.codec]),
      [
        ['call-1', 'opus'],
        ['call-1', 'G722'],
        ['second', 'PCMU'],
      ],
    )
  })
})
