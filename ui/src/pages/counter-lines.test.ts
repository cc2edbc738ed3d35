// Names of counters in words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counterLines } from './counter-lines.ts'

test('counterLines: nested names become words, and what is no number is left out', () => {
  const counters = { framesRead: 3, hep: { packetsLost: 1, peer: 'x', open: true }, none: null }
  assert.deepEqual(counterLines(counters), [
    { name: 'Frames read', value: 3 },
    { name: 'Hep packets lost', value: 1 },
  ])
})
