// The E-model against values that the standard's own formulas give at known points.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ratingNarrowband, ratingWider, scoreOf } from './e-model.ts'

const CLEAN = { lossRatio: 0, burstRatio: 1 }
const G711 = { ie: 0, bpl: 25.1 }

function assertNear(actual: number, expected: number, slack: number): void {
  assert(Math.abs(actual - expected) <= slack, `${actual} is not ${expected} ± ${slack}`)
}

test('all defaults and no delay rate 93.2, which is a score of 4.41', () => {
  const rating = ratingNarrowband(G711, CLEAN, 0)
  assertNear(rating, 93.2, 0.05)
  assertNear(scoreOf(rating), 4.41, 0.005)
})

test('random loss costs what Ie-eff says', () => {
  // Ie-eff = 95 · Ppl / (Ppl + Bpl): 5 % with a Bpl of 25.1 costs 15.78.
  const rating = ratingNarrowband(G711, { lossRatio: 0.05, burstRatio: 1 }, 0)
  assertNear(ratingNarrowband(G711, CLEAN, 0) - rating, 15.78, 0.01)
})

test('the same loss in bursts costs more', () => {
  const random = ratingNarrowband(G711, { lossRatio: 0.05, burstRatio: 1 }, 0)
  const bursts = ratingNarrowband(G711, { lossRatio: 0.05, burstRatio: 2 }, 0)
  assert(bursts < random - 1)
})

test('delay hardly counts up to 150 ms and much beyond 300 ms', () => {
  assert(ratingNarrowband(G711, CLEAN, 150) > 88)
  assert(ratingNarrowband(G711, CLEAN, 400) < 65)
})

test('scores lie between 1 and 4.5, and rise with the rating where speech is understood', () => {
  assert.deepEqual([scoreOf(-5), scoreOf(0), scoreOf(100), scoreOf(148)], [1, 1, 4.5, 4.5])
  for (let rating = 7; rating < 100; rating++) assert(scoreOf(rating) >= scoreOf(rating - 1))
})

test('wider scales begin at 129 and 148, less what the codec costs', () => {
  assertNear(ratingWider('wideband', { ie: 13, bpl: 7 }, CLEAN, 0), 116, 1e-9)
  assertNear(ratingWider('fullband', { ie: 10.2, bpl: 4.3 }, CLEAN, 0), 137.8, 1e-9)
})

test('more loss, longer delay and burstier loss never rate higher', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const delay = fc.double({ min: 0, max: 2_000, noNaN: true })
  fc.assert(
    fc.property(share, share, delay, delay, (p, q, t, u) => {
      const rate = (lossRatio: number, delayMs: number) =>
        ratingNarrowband(G711, { lossRatio, burstRatio: 1 }, delayMs)
      assert(rate(Math.max(p, q), t) <= rate(Math.min(p, q), t) + 1e-9)
      // Listener echo fades by a trifle while delay grows from nothing.
      assert(rate(p, Math.max(t, u)) <= rate(p, Math.min(t, u)) + 0.05)
    }),
    { numRuns: 500, seed: 20261121 },
  )
})
