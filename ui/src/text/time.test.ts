// Times as people read them, to the microsecond.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatClock, formatTime, formatTimeExact, fromFieldValue, toFieldValue } from './time.ts'

const T_US = Date.UTC(2026, 2, 4, 12, 33, 21, 123) * 1000 + 456

test('times: shown to the millisecond, and in full to the microsecond', () => {
  assert.equal(formatTime(T_US, 'utc'), '2026-03-04 12:33:21.123')
  assert.equal(formatTimeExact(T_US, 'utc'), '2026-03-04 12:33:21.123456 UTC')
  assert.equal(formatTime(0, 'utc'), '1970-01-01 00:00:00.000')
})

test('times: the clock alone has milliseconds where they tell moments apart', () => {
  assert.equal(formatClock(T_US, 'utc', 5_000_000), '12:33:21')
  assert.equal(formatClock(T_US, 'utc', 200_000), '12:33:21.123')
})

test('times: one beyond the calendar is shown as a number', () => {
  assert.equal(formatTime(9e18, 'utc'), '9000000000000000000 µs')
  assert.equal(toFieldValue(9e18, 'local'), '')
})

test('times: a field gives back the second that it was given, in either zone', () => {
  const second = fc.integer({ min: 86_400, max: 4_000_000_000 })
  fc.assert(
    fc.property(second, (seconds) => {
      const text = toFieldValue(seconds * 1e6, 'utc')
      assert.equal(fromFieldValue(text, 'utc'), seconds * 1e6)
    }),
    { seed: 20261130 },
  )
  assert.equal(fromFieldValue(toFieldValue(T_US, 'local'), 'local'), T_US - 123_456)
})

test('times: a field without a moment is null', () => {
  for (const text of ['', '2026-03-04', 'yesterday', '2026-13-04T00:00']) {
    assert.equal(fromFieldValue(text, 'utc'), null, text)
  }
})
