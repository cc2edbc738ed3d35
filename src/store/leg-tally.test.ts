// Legs in, again and again, the number of different ones out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LegTally } from './leg-tally.ts'

void test('a tally counts a leg once, and as a call once anything said that it is one', () => {
  const tally = new LegTally()
  tally.add('2026-11-21', 1, false)
  tally.add('2026-11-21', 1, true)
  tally.add('2026-11-21', 1, false)
  tally.add('2026-11-22', 1, true)
  tally.add('2026-11-22', 2, false)
  assert.deepEqual([tally.legs, tally.callLegs], [3, 2])
  assert.ok(tally.isCallLeg('2026-11-21', 1))
  assert.ok(!tally.isCallLeg('2026-11-22', 2) && !tally.isCallLeg('2026-11-23', 1))
  assert.deepEqual([...tally.days()], ['2026-11-21', '2026-11-22'])
})
