// Durations, sizes and counts at the borders of their units.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, formatBytes, formatDeltaUs, formatDurationMs } from './quantity.ts'

test('formatDurationMs: takes the unit that fits, rounded before it is chosen', () => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [999, '999 ms'],
    [999.6, '1.0 s'],
    [31_240, '31.2 s'],
    [59_990, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_900, '1 h 00 min'],
    [3_720_000, '1 h 02 min'],
    [3 * 86_400_000, '3 days 0 h'],
    [-250, '-250 ms'],
  ]
  for (const [durationMs, want] of cases) assert.equal(formatDurationMs(durationMs), want)
})

test('formatDeltaUs: small steps keep a tenth of a millisecond', () => {
  assert.equal(formatDeltaUs(0), '0.0 ms')
  assert.equal(formatDeltaUs(430), '0.4 ms')
  assert.equal(formatDeltaUs(9_949), '9.9 ms')
  assert.equal(formatDeltaUs(9_960), '10 ms')
  assert.equal(formatDeltaUs(999_600), '1.00 s')
  assert.equal(formatDeltaUs(65_000_000), '1 min 05 s')
})

test('formatBytes: powers of a thousand, never 1000 of a unit', () => {
  assert.equal(formatBytes(0), '0 bytes')
  assert.equal(formatBytes(999), '999 bytes')
  assert.equal(formatBytes(1_500), '1.5 kB')
  assert.equal(formatBytes(999_700), '1.0 MB')
  assert.equal(formatBytes(258_000_000), '258 MB')
})

test('countOf: one leg, two legs, many legs', () => {
  assert.equal(countOf(1, 'leg'), '1 leg')
  assert.equal(countOf(0, 'leg'), '0 legs')
  assert.equal(countOf(516_000, 'message'), '516,000 messages')
})
