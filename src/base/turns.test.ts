// Turns: how many work at once, in which order, and what is turned away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from './failure.ts'
import { Turns } from './turns.ts'

test('work runs a few pieces at a time, in the order it came', async () => {
  const turns = new Turns({ atOnceMax: 2, waitingMax: 10 })
  const begun: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const results = gates.map((gate, i) =>
    turns.run(async () => {
      begun.push(i)
      await gate.promise
      return i * 10
    }),
  )
  await Promise.resolve()
  assert.deepEqual(begun, [0, 1])
  gates[1]?.resolve()
  assert.equal(await results[1], 10)
  assert.deepEqual(begun, [0, 1, 2])
  for (const gate of gates) gate.resolve()
  assert.deepEqual(await Promise.all(results), [0, 10, 20, 30, 40])
  assert.deepEqual(turns.stats(), { running: 0, waiting: 0, turnedAway: 0 })
})

test('work that fails gives its place on', async () => {
  const turns = new Turns({ atOnceMax: 1, waitingMax: 1 })
  const failing = turns.run(async () => {
    throw new Error('no')
  })
  const next = turns.run(async () => 'done')
  await assert.rejects(failing, /no/)
  assert.equal(await next, 'done')
})

test('what would wait behind too many is told to come back', async () => {
  const turns = new Turns({ atOnceMax: 1, waitingMax: 1 })
  const gate = Promise.withResolvers<void>()
  const first = turns.run(() => gate.promise)
  const second = turns.run(async () => {})
  await assert.rejects(
    turns.run(async () => {}),
    (error) => isFailure(error, 'busy') && error.retryAfterMs === 1000,
  )
  gate.resolve()
  await Promise.all([first, second])
  assert.equal(turns.stats().turnedAway, 1)
  await turns.run(async () => {})
})
