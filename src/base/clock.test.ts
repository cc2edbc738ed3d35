// A clock that runs evenly and follows the machine's: fractions of milliseconds, and steps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MachineClock } from './clock.ts'

const START_MS = Date.UTC(2026, 10, 29)
const HOUR_MS = 3_600_000

/** A machine whose time passes when it is told to, and whose date can be set. */
function machine() {
  const state = { elapsedMs: 0, setMs: 0, heldUpMs: 0 }
  const clock = new MachineClock({
    elapsedMs: () => state.elapsedMs,
    dateMs: () => {
      state.elapsedMs += state.heldUpMs
      return Math.floor(START_MS + state.elapsedMs + state.setMs)
    },
    originMs: START_MS,
  })
  return { state, nowMs: () => clock.nowUs() / 1000 - START_MS }
}

test('MachineClock: tells fractions of a millisecond, and never goes back by itself', () => {
  const { state, nowMs } = machine()
  let before = nowMs()
  for (let i = 0; i < 10_000; i++) {
    state.elapsedMs += 0.25
    const now = nowMs()
    assert.equal(now, before + 0.25)
    before = now
  }
})

for (const [name, stepMs] of [
  ['forward, as after a sleep', 3 * HOUR_MS],
  ['back', -HOUR_MS],
  ['by years', 20 * 365 * 24 * HOUR_MS],
] as const) {
  test(`MachineClock: follows within a second where the date is set ${name}`, () => {
    const { state, nowMs } = machine()
    assert.equal(nowMs(), 0)
    state.setMs = stepMs
    state.elapsedMs = 1000
    assert.equal(nowMs(), 1000 + stepMs)
    state.elapsedMs = 1000.5
    assert.equal(nowMs(), 1000.5 + stepMs)
  })
}

test('MachineClock: takes being held up between two questions for no step', () => {
  const { state, nowMs } = machine()
  assert.equal(nowMs(), 0)
  state.elapsedMs = 1000
  state.heldUpMs = 300
  assert.equal(nowMs(), 1000)
  state.heldUpMs = 0
  assert.equal(nowMs(), 1300)
})
