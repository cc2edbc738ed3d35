// Scores by named models: the same stream as each of them would score it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lossOf, rescored, scoreBy } from './mos-models.ts'
import { MOS_MODELS, type MosInputs, type MosModel } from './stream.ts'

/** G.711 with random loss, 10 ms of jitter and a round trip of 100 ms; 60 ms from mouth to ear. */
function inputsWith(lossPercent: number, more: Partial<MosInputs> = {}): MosInputs {
  const packetsExpected = 100_000
  const packetsLost = packetsExpected * (lossPercent / 100)
  return {
    codec: 'PCMU',
    clockRateHz: 8000,
    ptimeMs: 0,
    packetsExpected,
    packetsLost,
    packetsDiscarded: 0,
    lossRuns: Math.round(packetsLost * (1 - lossPercent / 100)),
    jitterMsMean: 10,
    buffer: 'fixed-60',
    bufferDelayMs: 10,
    rttMs: 100,
    ...more,
  }
}

const LOSSES = [0, 1, 2, 3, 5, 10, 20]

/** What the products' own formulas give for these losses. */
const expected: readonly (readonly [MosModel, readonly number[]])[] = [
  ['voipmonitor', [4.5, 4.09, 3.93, 3.8, 3.59, 3.28, 2.99]],
  ['sip3', [4.41, 3.83, 3.26, 2.79, 2.17, 1.48, 1.12]],
  ['g107', [4.37, 4.28, 4.18, 4.08, 3.85, 3.33, 2.54]],
  ['rtpengine', [4.3, 4.1, 3.9, 3.7, 3.3, 2.6, 2.4]],
  ['twilio', [4.37, 4.31, 4.24, 4.17, 3.99, 3.43, 2.14]],
]

for (const [model, scores] of expected) {
  test(`scoreBy: ${model} scores loss as it does elsewhere`, () => {
    for (const [i, loss] of LOSSES.entries()) {
      const mos = scoreBy(model, inputsWith(loss))?.mos ?? 0
      assert(Math.abs(mos - (scores[i] ?? 0)) < 0.006, `${loss} %: ${mos}`)
    }
  })
}

test('scoreBy: without a round trip the score is one of listening quality', () => {
  const quality = scoreBy('g107', inputsWith(0, { rttMs: null }))
  assert.equal(quality?.isConversational, false)
  assert(Math.abs((quality?.mos ?? 0) - 4.41) < 0.005)
  assert.equal(scoreBy('g107', inputsWith(0))?.isConversational, true)
})

test('scoreBy: codecs that reach further are scored on their own scale too', () => {
  const wide = scoreBy('g107', inputsWith(0, { codec: 'G722', rttMs: null }))
  assert.deepEqual([wide?.rWideband, wide?.rFullband], [116, null])
  assert((wide?.mosWideband ?? 0) < (wide?.mos ?? 0))
  const full = scoreBy('g107', inputsWith(0, { codec: 'opus', rttMs: null }))
  assert((full?.mosFullband ?? 0) > 4.3)
  assert.equal(full?.rWideband, null)
})

test('scoreBy: of a codec that nobody measured the standard says nothing', () => {
  assert.equal(scoreBy('g107', inputsWith(0, { codec: 'X-secret' })), null)
  assert.equal(scoreBy('g107', inputsWith(0, { codec: null })), null)
  assert.equal(scoreBy('sip3', inputsWith(0, { codec: null }))?.model, 'sip3')
})

test('scoreBy: a call that lost everything, or never began, has a score and no error', () => {
  for (const model of MOS_MODELS) {
    const lost = scoreBy(model, inputsWith(100, { lossRuns: 1 }))
    assert((lost?.mos ?? 0) >= 1 && (lost?.mos ?? 9) <= 4.5, `${model}: ${lost?.mos}`)
    const none = scoreBy(model, inputsWith(0, { packetsExpected: 0 }))
    assert(Number.isFinite(none?.mos), model)
  }
})

test('lossOf: runs longer than chance makes are bursts', () => {
  const inputs = inputsWith(10)
  assert(Math.abs(lossOf(inputs).burstRatio - 1) < 0.01)
  const burstRatio = lossOf({ ...inputs, lossRuns: inputs.packetsLost / 5 }).burstRatio
  assert(Math.abs(burstRatio - 4.5) < 0.01)
})

test('rescored: a stream without a score stays without one', () => {
  const quality = scoreBy('g107', inputsWith(5))
  assert(quality !== null)
  const stream = { quality, mos: quality.mos } as Parameters<typeof rescored>[0]
  assert.equal(rescored(stream, 'sip3').mos?.toFixed(2), '2.17')
  assert.equal(rescored(stream, 'g107'), stream)
  const silent = { quality: null, mos: null } as Parameters<typeof rescored>[0]
  assert.equal(rescored(silent, 'sip3'), silent)
})
