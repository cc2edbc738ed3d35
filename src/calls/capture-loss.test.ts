// Losses of both directions: together they are the capture's, apart they are the network's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markCaptureLoss } from './capture-loss.ts'
import type { Stream } from './stream.ts'
import { streamOf } from './stream-figures.ts'
import { makeRecord } from './stream-record.fixture.ts'

/** A stream that lost so many packets in each of its stretches. */
function losing(sender: 'caller' | 'callee', losses: readonly number[], legKey = 'leg'): Stream {
  const stream = streamOf(makeRecord({ sender }), {
    streamKey: `${legKey} ${sender}`,
    legKey,
    callKey: legKey,
  })
  const intervals = losses.map((lost, i) => ({
    sinceMs: i * 5_000,
    packets: 250 - lost,
    lost,
    jitterMsMean: 0,
    jitterMsMax: 0,
    deltaMsMax: 20,
    mos: 4.4,
  }))
  return { ...stream, lost: losses.reduce((sum, lost) => sum + lost, 0), intervals }
}

const suspectsOf = (...streams: Stream[]) =>
  markCaptureLoss(streams).map(({ isCaptureSuspect }) => isCaptureSuspect)

test('both directions losing in the same seconds are suspects', () => {
  const streams = [losing('caller', [0, 40, 0, 0, 9, 0]), losing('callee', [0, 38, 0, 1, 12, 0])]
  assert.deepEqual(suspectsOf(...streams), [true, true])
})

test('losses at other times, in one direction, everywhere, or too few are the network’s', () => {
  const patchy = [0, 40, 0, 0, 9, 0]
  assert.deepEqual(suspectsOf(losing('caller', patchy), losing('callee', [30, 0, 0, 8, 0, 0])), [
    false,
    false,
  ])
  assert.deepEqual(suspectsOf(losing('caller', patchy), losing('callee', [0, 0, 0, 0, 0, 0])), [
    false,
    false,
  ])
  const everywhere = [4, 5, 6, 5, 4, 6]
  assert.deepEqual(suspectsOf(losing('caller', everywhere), losing('callee', everywhere)), [
    false,
    false,
  ])
  const few = [0, 2, 0, 0, 1, 0]
  assert.deepEqual(suspectsOf(losing('caller', few), losing('callee', few)), [false, false])
})

test('streams of other legs, or of one direction, tell nothing of each other', () => {
  const patchy = [0, 40, 0, 0, 9, 0]
  assert.deepEqual(suspectsOf(losing('caller', patchy), losing('callee', patchy, 'other')), [
    false,
    false,
  ])
  assert.deepEqual(suspectsOf(losing('caller', patchy), losing('caller', patchy)), [false, false])
})
