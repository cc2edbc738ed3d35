// Which day a frame and a leg are filed under, when an import spans more days than it may open.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayOf, dayStartUs } from '../base/day.ts'
import { DayFiling } from './day-filing.ts'

const usOf = (day: string): number => dayStartUs(day) + 5

test('DayFiling: days up to the bound are their own', () => {
  const filing = new DayFiling(2)
  assert.equal(filing.dayOfFrame(usOf('2026-01-01')), '2026-01-01')
  assert.equal(filing.dayOfFrame(usOf('2026-03-01')), '2026-03-01')
  assert.equal(filing.dayOfFrame(usOf('2026-01-01')), '2026-01-01')
  assert.equal(filing.dayOfLeg(usOf('2026-03-01')), null)
})

test('DayFiling: days beyond the bound go to the nearest, the earlier one of two', () => {
  const filing = new DayFiling(2)
  filing.dayOfFrame(usOf('2026-01-09'))
  filing.dayOfFrame(usOf('2026-01-01'))
  assert.equal(filing.dayOfFrame(usOf('2026-01-04')), '2026-01-01')
  assert.equal(filing.dayOfFrame(usOf('2026-01-06')), '2026-01-09')
  assert.equal(filing.dayOfFrame(usOf('2026-01-05')), '2026-01-01')
  assert.equal(filing.dayOfFrame(usOf('1970-01-01')), '2026-01-01')
  assert.equal(filing.dayOfLeg(usOf('2200-01-01')), '2026-01-09')
})

test('DayFiling: opens no day once it is closed', () => {
  const filing = new DayFiling(9)
  filing.dayOfFrame(usOf('2026-01-01'))
  filing.close()
  assert.equal(filing.dayOfFrame(usOf('2026-01-02')), '2026-01-01')
  assert.equal(filing.dayOfLeg(usOf('2026-01-02')), '2026-01-01')
})

test('DayFiling: who knows the days that were opened files as who opened them', () => {
  const times = fc.array(fc.integer({ min: 0, max: 40 * 86_400_000_000 }), { maxLength: 60 })
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 8 }), (all, daysMax) => {
      const first = new DayFiling(daysMax)
      const filed = all.map((tUs) => first.dayOfFrame(tUs))
      const later = new DayFiling(daysMax, filed)
      for (const [i, tUs] of all.entries()) {
        assert.equal(first.dayOfLeg(tUs) ?? dayOf(tUs), filed[i])
        assert.equal(later.dayOfLeg(tUs) ?? dayOf(tUs), filed[i])
        assert.equal(later.dayOfFrame(tUs), filed[i])
      }
    }),
    { seed: 8, numRuns: 200 },
  )
})
