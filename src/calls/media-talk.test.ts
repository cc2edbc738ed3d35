// What a call agrees on in, for how long both sides had to send out: from the answer until the
// first hold, the switch to fax, or the end.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START_US } from '../rtp/rtp-packets.fixture.ts'
import {
  again,
  answer,
  BYE,
  CALLEE,
  CALLER,
  invite,
  request,
  sdp,
  tracked,
} from './media-tracker.fixture.ts'

const OFFER = sdp(CALLER, 4000)
const ANSWER = sdp(CALLEE, 5000)
const HELD = sdp(CALLER, 4000, ['a=sendonly'])
const FAX = sdp(CALLER, 4000, ['m=image 4000 udptl t38'])

const reinvite = (cseq: number, body: string) => again(cseq, invite(body, 'call-1', ';tag=B'))
const answerTo = (cseq: number, body: string, status = '200 OK') =>
  again(cseq, answer(body, status))

/** Messages at their times in ms, and sound from 0.2 s on; when both had to send, ms. */
function talked(...said: readonly (readonly [ms: number, message: string])[]) {
  const { say, play, end } = tracked()
  for (const [ms, message] of said.filter(([ms]) => ms < 200)) say(ms, message)
  play(50, { ms: 200 })
  for (const [ms, message] of said.filter(([ms]) => ms >= 200)) say(ms, message)
  const [record] = end()
  assert(record !== undefined)
  const { talk } = record
  return talk && [(talk.fromUs - START_US) / 1000, (talk.untilUs - START_US) / 1000]
}

const BEGUN = [
  [0, invite(OFFER)],
  [100, answer(ANSWER)],
] as const

describe('MediaTracker: who has to send', () => {
  test('both, from the answer to the end', () => {
    assert.deepEqual(talked(...BEGUN, [9_000, BYE()]), [100, 9_000])
  })

  test('both, as far as is known, while the call goes on', () => {
    const [fromMs, untilMs = 0] = talked(...BEGUN) ?? []
    assert.equal(fromMs, 100)
    assert(untilMs > 200 && untilMs <= 1_200)
  })

  test('nobody before the answer', () => {
    assert.equal(talked([0, invite(OFFER)], [100, answer(ANSWER, '183 Progress')]), null)
    const late = [5_000, answer(ANSWER)] as const
    assert.deepEqual(
      talked([0, invite(OFFER)], [100, answer(ANSWER, '183 Progress')], late, [9_000, BYE()]),
      [5_000, 9_000],
    )
  })

  test('not both where one side said nothing of it', () => {
    assert.equal(talked([0, invite(OFFER)], [9_000, BYE()]), null)
  })

  test('not both on hold from the answer on, until that is over', () => {
    const held = [
      [0, invite(HELD)],
      [100, answer(sdp(CALLEE, 5000, ['a=recvonly']))],
    ] as const
    assert.equal(talked(...held, [9_000, BYE()]), null)
    const resumed = [
      [4_000, reinvite(2, OFFER)],
      [4_100, answerTo(2, ANSWER)],
    ] as const
    assert.deepEqual(talked(...held, ...resumed, [9_000, BYE()]), [4_100, 9_000])
  })

  test('both until the first hold', () => {
    const held = [
      [4_000, reinvite(2, HELD)],
      [4_100, answerTo(2, sdp(CALLEE, 5000, ['a=recvonly']))],
      [6_000, reinvite(3, OFFER)],
      [6_100, answerTo(3, ANSWER)],
    ] as const
    assert.deepEqual(talked(...BEGUN, ...held, [9_000, BYE()]), [100, 4_100])
  })

  test('both, where hold was refused', () => {
    const refused = [
      [4_000, reinvite(2, HELD)],
      [4_100, answerTo(2, '', '491 Request Pending')],
    ] as const
    assert.deepEqual(talked(...BEGUN, ...refused, [9_000, BYE()]), [100, 9_000])
  })

  test('both, where media moves', () => {
    const moved = [
      [4_000, reinvite(2, sdp(CALLER, 4008))],
      [4_100, answerTo(2, ANSWER)],
    ] as const
    assert.deepEqual(talked(...BEGUN, ...moved, [9_000, BYE()]), [100, 9_000])
  })

  test('both until the call goes on as fax', () => {
    const fax = [
      [4_000, reinvite(2, FAX)],
      [4_100, answerTo(2, sdp(CALLEE, 5000, ['m=image 5000 udptl t38']))],
    ] as const
    assert.deepEqual(talked(...BEGUN, ...fax, [9_000, BYE()]), [100, 4_100])
  })

  test('both, where the ACK brings the answer', () => {
    const ack = request('ACK', 'call-1', 'From: <sip:a@x>;tag=A', 'To: <sip:b@x>;tag=B', OFFER)
    const messages = [
      [0, invite('')],
      [100, answer(ANSWER)],
      [150, ack],
    ] as const
    assert.deepEqual(talked(...messages, [9_000, BYE()]), [150, 9_000])
  })

  test('unknown where another call has the same places', () => {
    const passedOn = [
      [10, invite(OFFER, 'call-2')],
      [90, answer(ANSWER, '200 OK', 'call-2')],
    ] as const
    assert.equal(talked(...BEGUN, ...passedOn, [9_000, BYE()], [9_010, BYE('call-2')]), null)
  })
})
