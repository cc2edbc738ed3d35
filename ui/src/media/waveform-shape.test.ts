// Waveforms: which peaks a pixel shows, and where a moment lies.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secondsOf, shareOf, waveLines } from './waveform-shape.ts'

test('the loudest peaks of a pixel are what is drawn', () => {
  const lines = waveLines([-127, 0, 0, 127], { width: 1, height: 100 })
  assert.deepEqual(lines, [{ x: 0, top: 0, bottom: 100 }])
})

test('there is a line for each pixel, also where there are fewer peaks', () => {
  const lines = waveLines([-127, 127, 0, 0], { width: 4, height: 10 })
  assert.deepEqual(
    lines.map(({ top }) => top),
    [0, 0, 5, 5],
  )
})

test('silence is drawn as a line of one pixel', () => {
  assert.deepEqual(waveLines([0, 0], { width: 1, height: 10 }), [{ x: 0, top: 5, bottom: 6 }])
})

test('no peaks are no lines', () => {
  assert.deepEqual(waveLines([], { width: 10, height: 10 }), [])
})

test('a moment has its place only inside the sound', () => {
  assert.equal(shareOf(15_000_000, 10_000_000, 10), 0.5)
  assert.equal(shareOf(9_999_999, 10_000_000, 10), null)
  assert.equal(shareOf(20_000_001, 10_000_000, 10), null)
  assert.equal(shareOf(10_000_000, 10_000_000, 0), null)
})

test('the length of a sound is told by its samples', () => {
  const outline = { sampleRateHz: 8000, samples: 4000, samplesPerPeak: 80, channels: [] }
  assert.equal(secondsOf(outline), 0.5)
})
