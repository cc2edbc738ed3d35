// Times as they are written, and what they are in µs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../base/failure.ts'
import { readTimeText } from './time-text.ts'

const T = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000

const read: [string, number, number][] = [
  ['2026-01-02T03:04:05Z', T, 1_000_000],
  ['2026-01-02T03:04:05.678Z', T + 678_000, 1_000],
  ['2026-01-02T03:04:05,678z', T + 678_000, 1_000],
  ['2026-01-02T03:04:05.678901Z', T + 678_901, 1],
  ['2026-01-02T03:04:05.678901999Z', T + 678_901, 1],
  ['2026-01-02T04:04:05+01:00', T, 1_000_000],
  ['2026-01-01T22:34:05-0430', T, 1_000_000],
  ['2026-01-02 03:04Z', T - 5_000_000, 60_000_000],
  ['2026-01-02', Date.UTC(2026, 0, 2) * 1000, 86_400_000_000],
  ['2024-02-29', Date.UTC(2024, 1, 29) * 1000, 86_400_000_000],
  [String(T), T, 1],
  ['0', 0, 1],
]

for (const [text, us, unitUs] of read) {
  test(`readTimeText reads ${text}`, () => assert.deepEqual(readTimeText(text), { us, unitUs }))
}

for (const text of [
  '',
  'yesterday',
  '2026-02-30',
  '2026-13-01T00:00:00Z',
  '2026-01-02T03:04:05',
  '2026-01-02T24:00:00Z',
  '2026-01-02T03:60:00Z',
  '2026-01-02T03:04:05+25:00',
  '2026-01-02T',
  '1969-12-31T23:59:59Z',
  '-5',
  '1.5',
  '12345678901234567',
]) {
  test(`readTimeText refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => readTimeText(text),
      (error) => isFailure(error, 'bad-input'),
    )
  })
}

test('readTimeText agrees with the platform on every ISO time it writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
      assert.equal(readTimeText(new Date(ms).toISOString()).us, ms * 1000)
    }),
    { seed: 20261121 },
  )
})
