// Counting within windows, as clients are told of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiLimits } from './limits.ts'
import { RateLimiter } from './rate-limiter.ts'

function limiterOf(requestsMax: number) {
  const clock = { tUs: 5_000_000, nowUs: () => clock.tUs }
  return { clock, limiter: new RateLimiter(clock, { requestsMax, windowSeconds: 60 }) }
}

test('requests are counted within a window that begins with the first of them', () => {
  const { clock, limiter } = limiterOf(2)
  assert.deepEqual(limiter.count('a'), { count: 1, allowed: 2, resetSeconds: 60, isOver: false })
  clock.tUs += 30_500_000
  assert.deepEqual(limiter.count('a'), { count: 2, allowed: 2, resetSeconds: 30, isOver: false })
  assert.deepEqual(limiter.count('b'), { count: 1, allowed: 2, resetSeconds: 60, isOver: false })
  assert.equal(limiter.count('a').isOver, true)
  clock.tUs += 29_499_999
  assert.deepEqual(limiter.count('a'), { count: 4, allowed: 2, resetSeconds: 1, isOver: true })
  clock.tUs += 1
  assert.deepEqual(limiter.count('a'), { count: 1, allowed: 2, resetSeconds: 60, isOver: false })
})

test('no bound means that nobody is over it', () => {
  const { limiter } = limiterOf(0)
  for (let i = 0; i < 1_000; i++) assert.equal(limiter.count('a').isOver, false)
})

test('a clock that was set back begins a new window instead of a very long one', () => {
  const { clock, limiter } = limiterOf(1)
  limiter.count('a')
  clock.tUs -= 4_000_000
  assert.deepEqual(limiter.count('a'), { count: 1, allowed: 1, resetSeconds: 60, isOver: false })
})

test('principals beyond the bound of the table push out the longest quiet one', () => {
  const { limiter } = limiterOf(10)
  limiter.count('first')
  for (let i = 0; i < apiLimits.ratedPrincipalsMax; i++) limiter.count(`other ${i}`)
  assert.equal(limiter.count('first').count, 1)
  assert.equal(limiter.count(`other ${apiLimits.ratedPrincipalsMax - 1}`).count, 2)
})
