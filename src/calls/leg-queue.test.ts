// A queue of legs against a plain array: what was added comes out in its order, but for legs that
// are gone, however often the ring went round or grew.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LegQueue } from './leg-queue.ts'
import { OpenLegs } from './open-legs.ts'

const NO_TEXTS = {
  callId: null,
  head: { from: null, to: null, fromHost: null, toHost: null, userAgent: null },
  joinKeys: [],
  conversation: null,
  problems: [],
  reasons: [],
  identities: [],
}
const LEGS = 64

/** A step: entries added, legs that end, entries taken. */
const step = fc.record({ adds: fc.nat(700), ends: fc.nat(3), takes: fc.nat(700) })

test('LegQueue: gives legs that are open in the order in which they were added', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.nat(1000), (steps, seed) => {
      const open = new OpenLegs(LEGS)
      const legs = Array.from({ length: LEGS }, (_, i) => open.add(i + 1, NO_TEXTS))
      const queue = new LegQueue(open)
      let wanted: { leg: number; birth: number; value: number }[] = []
      let value = seed
      const isOpen = ({ leg, birth }: { leg: number; birth: number }) => open.birth(leg) === birth
      for (const { adds, ends, takes } of steps) {
        for (let i = 0; i < adds; i++) {
          const leg = legs[(value * 7) % LEGS] ?? 0
          queue.add(leg, value)
          wanted.push({ leg, birth: open.birth(leg), value })
          value++
        }
        for (let i = 0; i < ends; i++) {
          const at = (value + i) % LEGS
          open.remove(legs[at] ?? 0)
          legs[at] = open.add(10_000 + value + i, NO_TEXTS)
        }
        for (let i = 0; i < takes; i++) {
          wanted = wanted.slice(wanted.findIndex(isOpen))
          const [next] = wanted.filter(isOpen)
          assert.equal(queue.first, next?.leg ?? -1)
          if (next === undefined) {
            wanted = []
            break
          }
          assert.equal(queue.firstValue, next.value)
          queue.drop()
          wanted.shift()
        }
      }
    }),
    { seed: 5, numRuns: 60 },
  )
})
