// Times into days of UTC, at the edges where days are easily miscounted.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dayAfter, dayBefore, dayOf, dayStartUs, isDay } from './day.ts'

const DAY_US = 86_400_000_000

describe('dayOf', () => {
  test('a day begins at midnight UTC and ends a microsecond before the next', () => {
    const startUs = dayStartUs('2026-11-21')
    assert.equal(dayOf(startUs - 1), '2026-11-20')
    assert.equal(dayOf(startUs), '2026-11-21')
    assert.equal(dayOf(startUs + DAY_US - 1), '2026-11-21')
    assert.equal(dayOf(startUs + DAY_US), '2026-11-22')
  })

  test('the days at both ends take what lies beyond them', () => {
    assert.equal(dayOf(-1), '1970-01-01')
    assert.equal(dayOf(Number.MAX_SAFE_INTEGER), '2255-06-05')
    assert.equal(dayOf(1e30), '9999-12-31')
  })

  test('agrees with the calendar, and sorts as time does', () => {
    const seconds = fc.integer({ min: 0, max: 253_402_300_799 })
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        assert.equal(dayOf(a * 1e6), new Date(a * 1000).toISOString().slice(0, 10))
        assert.equal(
          dayOf(a * 1e6) < dayOf(b * 1e6),
          Math.floor(a / 86_400) < Math.floor(b / 86_400),
        )
      }),
      { seed: 20_261_121, numRuns: 1_000 },
    )
  })
})

describe('dayAfter and dayBefore', () => {
  test('cross months, years and leap days', () => {
    assert.equal(dayAfter('2026-12-31'), '2027-01-01')
    assert.equal(dayAfter('2028-02-28'), '2028-02-29')
    assert.equal(dayBefore('2028-03-01'), '2028-02-29')
    assert.equal(dayBefore('2100-03-01'), '2100-02-28')
  })

  test('stay at the ends of time', () => {
    assert.equal(dayBefore('1970-01-01'), '1970-01-01')
    assert.equal(dayAfter('9999-12-31'), '9999-12-31')
  })
})

describe('isDay', () => {
  for (const [text, wanted] of [
    ['2026-11-21', true],
    ['2026-13-01', false],
    ['2026-11-32', false],
    ['2026-02-30', false],
    ['26-11-21', false],
    ['2026-11-21T', false],
    ['../catalogue', false],
  ] as const) {
    test(`${text} is ${wanted ? 'a' : 'no'} day`, () => assert.equal(isDay(text), wanted))
  }
})
