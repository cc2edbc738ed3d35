// The few figures of sound that vendors show, against the streams that they sum up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stream } from '../../calls/stream.ts'
import { mediaOf } from './leg-media.ts'

type Part = Partial<Stream> & Pick<Stream, 'direction'>

/** Streams as far as these figures look at them. */
function streamsOf(parts: readonly Part[]): Stream[] {
  const rest = {
    mediaType: 'audio',
    packets: 100,
    lost: 0,
    lossPlace: { before: 0, after: null },
    jitterMsMin: null,
    jitterMsMean: null,
    jitterMsMax: null,
    reports: [],
    rttMs: null,
    mos: null,
  }
  return parts.map((part) => Object.assign(Object.create(null), rest, part) as Stream)
}

const round = { source: 'rtcp', side: 'receiver', roundTripMsMean: 30 } as Stream['reports'][number]

test('in is what came from the other side of the leg, out what was sent there', () => {
  const streams = streamsOf([
    { direction: 'from-caller', mos: 4, packets: 300, lost: 3, jitterMsMean: 9 },
    { direction: 'from-caller', mos: 2, packets: 100, lost: 1 },
    { direction: 'from-callee', mos: 3, lost: 5, jitterMsMin: 1, jitterMsMean: 2, jitterMsMax: 4 },
    { direction: 'from-callee', mediaType: 'video', lost: 50, jitterMsMax: 99 },
    { direction: null, lost: 70 },
  ])
  const inbound = mediaOf(streams, 'inbound')
  assert.equal(inbound.inMos, 3.5)
  assert.equal(inbound.outLost, 5)
  assert.deepEqual(
    [inbound.outJitterMsMin, inbound.outJitterMsMean, inbound.outJitterMsMax],
    [1, 2, 4],
  )
  const outbound = mediaOf(streams, 'outbound')
  assert.equal(outbound.inMos, 3)
  assert.equal(outbound.outLost, 4)
  assert.equal(outbound.outJitterMsMean, 9)
})

test('what a receiver tells of the rest of the way is added, round trips come from reports', () => {
  const media = mediaOf(
    streamsOf([
      {
        direction: 'from-callee',
        lost: 2,
        lossPlace: { before: 2, after: 7 },
        rttMs: 30,
        reports: [{ ...round, roundTripMsMin: 10, roundTripMsMax: 50 }],
      },
      {
        direction: 'from-caller',
        rttMs: 50,
        reports: [{ ...round, roundTripMsMin: 20, roundTripMsMax: 90 }],
      },
    ]),
    'inbound',
  )
  assert.equal(media.outLost, 9)
  assert.deepEqual([media.rttMsMin, media.rttMsMean, media.rttMsMax], [10, 40, 90])
})

test('two packets from anybody are not what was sent', () => {
  const stray = { direction: 'from-callee', packets: 2, lost: 2_499, jitterMsMax: 3_000 } as const
  const heard = { direction: 'from-callee', lost: 5, jitterMsMax: 4 } as const
  const { outLost, outJitterMsMax } = mediaOf(streamsOf([stray, heard]), 'inbound')
  assert.deepEqual([outLost, outJitterMsMax], [5, 4])
  assert.equal(mediaOf(streamsOf([stray]), 'inbound').outLost, 2_499)
})

test('nothing is zero that is not known', () => {
  for (const figure of Object.values(mediaOf([], 'inbound'))) assert.equal(figure, null)
})
