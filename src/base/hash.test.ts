// Hashes of like things: they must differ, spread, and stay what they are, for stores hold them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hashBytes32, hashText53 } from './hash.ts'

function hash32(text: string): number {
  const bytes = Buffer.from(text, 'latin1')
  return hashBytes32(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length)
}

/** Texts as systems make them: a counter in front, in the middle and at the end. */
function* likeTexts(count: number): Generator<string> {
  for (let i = 0; i < count; i++) {
    yield `${i}@192.0.2.1`
    yield `call-${i}-abcdef@pbx.test`
    yield `f81d4fae-7dec-11d0-a765-${String(i).padStart(12, '0')}`
  }
}

/** How unevenly values fall into 256 boxes: chi squared, about 255 for a good hash. */
function unevenness(boxes: Iterable<number>): number {
  const counts = Array.from({ length: 256 }, () => 0)
  let total = 0
  for (const box of boxes) {
    counts[box] = (counts[box] ?? 0) + 1
    total++
  }
  const expected = total / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

const COUNT = 20_000
/** One in ten thousand good hashes is worse. */
const UNEVENNESS_MAX = 345

describe('hashBytes32', () => {
  test('is an unsigned 32-bit number', () => {
    for (const text of likeTexts(100)) {
      const hash = hash32(text)
      assert(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32)
    }
  })

  test('keeps its values: they are stored', () => {
    assert.deepEqual(
      ['', 'a', 'abcd', 'abcdefg'].map(hash32),
      [0, 3_840_149_066, 3_617_132_812, 3_297_975_267],
    )
  })

  test('reads nothing outside the span', () => {
    const bytes = Buffer.from('xxINVITE sipyy')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    assert.equal(hashBytes32(view, 2, 12), hash32('INVITE sip'))
  })

  test('tells lengths apart where the bytes are zeros', () => {
    const hashes = Array.from({ length: 64 }, (_, n) => hash32('\0'.repeat(n)))
    assert.equal(new Set(hashes).size, hashes.length)
  })

  test('spreads like texts over high and low bits, with no more doubles than chance makes', () => {
    const hashes = [...likeTexts(COUNT)].map(hash32)
    assert(unevenness(hashes.map((hash) => hash >>> 24)) < UNEVENNESS_MAX)
    assert(unevenness(hashes.map((hash) => hash & 255)) < UNEVENNESS_MAX)
    // n²/2^33 doubles are expected: less than one in 60,000 texts.
    assert(hashes.length - new Set(hashes).size <= 5)
  })
})

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
