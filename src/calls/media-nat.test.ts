// Media whose ends descriptions do not name, or name in several calls, in; whose it is out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { datagramOf, type PacketPlan, steadyPackets } from '../rtp/rtp-packets.fixture.ts'
import { answer, BYE, CALLEE, CALLER, invite, sdp, tracked } from './media-tracker.fixture.ts'
import type { StreamRecord } from './stream-record.ts'

const whose = ({ callId, sender }: StreamRecord) => [callId, sender]
const PRIVATE = '192.168.1.10'

/** What the two ends of the fixture send each other: SSRC 1 from 10.0.0.1, 2 from 10.0.0.2. */
function talk({ tracker }: ReturnType<typeof tracked>, plan: Partial<PacketPlan>): void {
  for (const there of steadyPackets(5, plan)) {
    tracker.datagram(datagramOf({ ...there, ssrc: 1 }))
    const { src, srcPort, dst, dstPort, ...back } = datagramOf({ ...there, ssrc: 2 })
    tracker.datagram({ ...back, src: dst, srcPort: dstPort, dst: src, dstPort: srcPort })
  }
}

describe('MediaTracker: behind address translation', () => {
  const sides = [
    { name: 'caller', offer: sdp(PRIVATE, 16_000), found: sdp(CALLEE, 5000) },
    { name: 'callee', offer: sdp(CALLER, 4000), found: sdp(PRIVATE, 16_000) },
  ]
  for (const { name, offer, found } of sides) {
    test(`of a ${name} with a private address both directions are the call's`, () => {
      const run = tracked()
      run.say(0, invite(offer))
      run.say(100, answer(found))
      talk(run, { ms: 200 })
      assert.deepEqual(run.end().map(whose), [
        ['call-1', 'caller'],
        ['call-1', 'callee'],
      ])
    })
  }

  test('types mean what the receiver said, also where only the sender is where it said', () => {
    const run = tracked()
    const types = (port: number, one: string, other: string) => [
      `m=audio ${port} RTP/AVP 96 97`,
      `a=rtpmap:96 ${one}`,
      `a=rtpmap:97 ${other}`,
    ]
    const offer = types(16_000, 'opus/48000/2', 'G722/8000')
    run.say(0, invite(sdp(PRIVATE, 16_000, offer)))
    run.say(100, answer(sdp(CALLEE, 5000, types(5000, 'G722/8000', 'opus/48000/2'))))
    talk(run, { ms: 200, payloadType: 96 })
    assert.deepEqual(
      run.end().map((stream) => [...whose(stream), stream.payloads[0]?.codec]),
      [
        ['call-1', 'caller', 'G722'],
        ['call-1', 'callee', 'opus'],
      ],
    )
  })
})

describe('MediaTracker: a place that several calls name', () => {
  test('streams are of the call whose other side is where they come from', () => {
    const run = tracked()
    run.say(0, invite(sdp(CALLER, 4000), 'first'))
    run.say(100, answer(sdp('10.0.0.9', 5000), '200 OK', 'first'))
    run.say(10_000, invite(sdp(CALLER, 4000), 'second'))
    run.say(10_100, answer(sdp(CALLEE, 5000), '200 OK', 'second'))
    talk(run, { ms: 10_200 })
    assert.deepEqual(run.end().map(whose), [
      ['second', 'caller'],
      ['second', 'callee'],
    ])
  })

  test('a call that has no answer yet is not elsewhere', () => {
    const run = tracked()
    run.say(0, invite(sdp(CALLER, 4000), 'first'))
    run.say(100, answer(sdp('10.0.0.9', 5000), '200 OK', 'first'))
    run.say(10_000, invite(sdp(CALLER, 4000), 'second'))
    talk(run, { ms: 10_200 })
    assert.deepEqual(run.end().map(whose), [
      ['second', 'caller'],
      ['second', 'callee'],
    ])
  })

  test('what two calls pass through is of the first, behind address translation too', () => {
    const run = tracked()
    run.say(0, invite(sdp(CALLER, 4000), 'outer'))
    run.say(1, invite(sdp(CALLER, 4000), 'inner'))
    run.say(100, answer(sdp(PRIVATE, 5000), '200 OK', 'inner'))
    run.say(101, answer(sdp(PRIVATE, 5000), '200 OK', 'outer'))
    talk(run, { ms: 200 })
    assert.deepEqual(run.end().map(whose), [
      ['outer', 'caller'],
      ['outer', 'callee'],
    ])
  })

  test('a call that has ended gives way to one that goes on', () => {
    const run = tracked()
    run.say(0, invite(sdp(CALLER, 4000), 'first'))
    run.say(100, answer(sdp(CALLEE, 5000), '200 OK', 'first'))
    run.say(5_000, BYE('first'))
    run.say(6_000, invite(sdp(CALLER, 4000), 'second'))
    run.say(6_100, answer(sdp(PRIVATE, 5000), '200 OK', 'second'))
    talk(run, { ms: 6_200 })
    assert.equal(run.end()[1]?.callId, 'second')
  })
})
