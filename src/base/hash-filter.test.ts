// Hashes in, what a filter says of them out: against the Set of the language. Refuses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashText53 } from './hash.ts'
import { HashFilter } from './hash-filter.ts'

void test('a hash filter never denies a hash that was added', () => {
  const hash = fc.maxSafeInteger().map(Math.abs)
  fc.assert(
    fc.property(fc.uniqueArray(hash, { maxLength: 50 }), (hashes) => {
      const filter = new HashFilter()
      for (const each of hashes) filter.add(each)
      for (const each of hashes) assert.ok(filter.mayHave(each))
    }),
    { numRuns: 50, seed: 20261130 },
  )
})

void test('a hash filter denies nearly all that was not added to it', () => {
  const filter = new HashFilter()
  for (let i = 0; i < 50_000; i++) filter.add(hashText53(`added ${i}`))
  let wrong = 0
  for (let i = 0; i < 10_000; i++) if (filter.mayHave(hashText53(`asked ${i}`))) wrong++
  assert.ok(wrong < 50, `${wrong} of 10,000`)
})
