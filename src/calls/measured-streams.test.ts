// Streams that an agent without SIP measured in, and what another one heard of their calls, in
// either order: the streams out, with their calls, and with no figure that nobody could measure.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { START_US } from '../rtp/rtp-packets.fixture.ts'
import { agentMediaTimes } from './media-times.ts'
import { answer, BYE, CALLEE, CALLER, invite, sdp, tracked } from './media-tracker.fixture.ts'
import { qualityOf } from './stream-figures.ts'
import type { StreamRecord } from './stream-record.ts'

const OPUS = ['m=audio 4002 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2']

/** As an agent tells it that sees RTP alone. */
function measured(payloadType = 0, startMs = 100): StreamRecord {
  const { play, end } = tracked()
  play(100, { dstPort: 4002, payloadType, ms: startMs })
  const [record] = end()
  assert.ok(record?.callId === null && record.packets === 100)
  return { ...record, firstRef: 0, lastRef: 0, blocks: [] }
}

function talk({ say }: ReturnType<typeof tracked>, ms = 0, callId = 'call-1', lines = OPUS): void {
  say(ms, invite(sdp(CALLER, 4000), callId))
  say(ms + 50, answer(sdp(CALLEE, 4002, lines), '200 OK', callId))
}

const whose = ({ callId, sender, mediaType }: StreamRecord) => [callId, sender, mediaType]

void describe('MeasuredStreams', () => {
  test('gives a stream the call that was described before', () => {
    const run = tracked()
    talk(run, 0, 'call-1', [])
    run.say(3_000, BYE())
    const record = measured()
    run.tracker.measured(record)
    const [bound, ...others] = run.end()
    assert.ok(bound !== undefined && others.length === 0)
    assert.deepEqual(whose(bound), ['call-1', 'caller', 'audio'])
    assert.equal(bound.jitterMsMean, record.jitterMsMean)
    assert.notEqual(qualityOf(bound), null)
  })

  test('tells a stream again when it is described later', () => {
    const run = tracked()
    run.tracker.measured(measured(96))
    talk(run)
    const [first, second, ...others] = run.end()
    assert.ok(first !== undefined && second !== undefined && others.length === 0)
    assert.equal(first.callId, null)
    assert.deepEqual(whose(second), ['call-1', 'caller', 'audio'])
    assert.equal(second.payloads[0]?.codec, 'opus')
  })

  test('knows who had to send for as long as both are known', () => {
    const before = tracked()
    talk(before, 0, 'call-1', [])
    before.tracker.measured(measured())
    const after = tracked()
    after.tracker.measured(measured())
    talk(after, 0, 'call-1', [])
    const fromUs = START_US + 50_000
    const [known] = before.end()
    assert.deepEqual(known?.talk, { fromUs, untilUs: known?.endUs })
    // Whether it was put on hold afterwards is still to come.
    assert.deepEqual(after.end().at(-1)?.talk, { fromUs, untilUs: fromUs })
  })

  test('has no figure of a clock that nobody knew while it was measured', () => {
    const run = tracked()
    talk(run)
    run.tracker.measured(measured(96))
    const [bound] = run.end()
    assert.ok(bound !== undefined)
    assert.deepEqual([bound.payloads[0]?.codec, bound.payloads[0]?.clockRateHz], ['opus', 48_000])
    assert.deepEqual([bound.jitterMsMean, qualityOf(bound)], [null, null])
  })

  test('gives no stream to a call that had its ports afterwards', () => {
    const run = tracked()
    talk(run, 0, 'call-1', [])
    run.say(3_000, BYE())
    talk(run, 5_000, 'call-2', [])
    run.tracker.measured(measured())
    run.tracker.measured({ ...measured(0, 6_000), ssrc: 7 })
    assert.deepEqual(
      run.end().map(({ callId }) => callId),
      ['call-1', 'call-2'],
    )
    const late = tracked()
    late.tracker.measured(measured())
    talk(late, 5_000, 'call-2', [])
    assert.deepEqual(
      late.end().map(({ callId }) => callId),
      [null],
    )
  })

  test('an agent tells a stream when it falls silent, and not when it is forgotten', () => {
    const { tracker, records, play } = tracked({ times: agentMediaTimes })
    play(100, { dstPort: 4002 })
    for (let s = 2; s <= 40; s++) {
      tracker.advance(START_US + s * 1_000_000)
      tracker.tick()
    }
    assert.deepEqual(
      records.map(({ packets }) => packets),
      [100],
    )
  })
})
