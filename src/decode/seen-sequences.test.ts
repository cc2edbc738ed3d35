// Says of sequence numbers whether they were here before, across their wrap and out of order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SeenSequences } from './seen-sequences.ts'

test('SeenSequences: remembers the highest number and those before it, across the wrap', () => {
  const size = 64
  const steps = fc.array(fc.integer({ min: -size + 1, max: 40 }), { maxLength: 200 })
  const firsts = fc.constantFrom<number[]>(0, 1000, 0x7fffffff, 0xfffffff0)
  fc.assert(
    fc.property(firsts, steps, (first, distances) => {
      const seen = new SeenSequences(size)
      const known = new Set<number>()
      let highest = first
      for (const distance of [0, ...distances]) {
        // Plain numbers here: only what is asked for wraps.
        const number = highest + distance
        assert.equal(seen.add(number >>> 0), !known.has(number))
        known.add(number)
        highest = Math.max(highest, number)
      }
    }),
    { seed: 9260 },
  )
})

test('SeenSequences: a number far off, ahead or behind, begins anew', () => {
  for (const far of [5_000_000, 0xf0000000, 64]) {
    const seen = new SeenSequences(64)
    assert.deepEqual([seen.add(0), seen.add(far), seen.add(far)], [true, true, false])
    assert.deepEqual([seen.add(far + 1), seen.add(far + 1), seen.add(far)], [true, false, false])
  }
})
