// Hashes of like texts: they must differ, spread, and stay what they are, for stores hold them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COUNT, likeTexts, UNEVENNESS_MAX, unevenness } from './hash.fixture.ts'
import { hashText53 } from './hash.ts'

describe('hashText53', () => {
  test('is a number that doubles and SQL integers hold exactly', () => {
    for (const text of likeTexts(100)) assert(Number.isSafeInteger(hashText53(text)))
  })

  test('keeps its values: they are stored', () => {
    assert.deepEqual(
      ['', 'a', 'call-1@test'].map(hashText53),
      [2_518_046_189_615_159, 4_789_783_602_555_205, 4_724_849_239_903_114],
    )
  })

  test('spreads like texts, without a double among them', () => {
    const hashes = [...likeTexts(COUNT)].map(hashText53)
    assert.equal(new Set(hashes).size, hashes.length)
    assert(unevenness(hashes.map((hash) => Math.floor(hash / 2 ** 45))) < UNEVENNESS_MAX)
    assert(unevenness(hashes.map((hash) => hash % 256)) < UNEVENNESS_MAX)
  })
})
