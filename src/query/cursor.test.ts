// Places in the order of legs to text and back; texts that no page gave out are refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dayOf } from '../base/day.ts'
import { isFailure } from '../base/failure.ts'
import { formatCursor, parseCursor } from './cursor.ts'

describe('formatCursor and parseCursor', () => {
  test('every place comes back, in characters that are safe in a URL', () => {
    const seconds = fc.integer({ min: 0, max: 253_402_300_799 })
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 2 ** 53 - 1 }), (second, id) => {
        const position = { day: dayOf(second * 1_000_000), id }
        const cursor = formatCursor(position)
        assert.match(cursor, /^[\w-]+$/)
        assert.deepEqual(parseCursor(cursor), position)
      }),
      { seed: 20_261_121, numRuns: 500 },
    )
  })

  for (const text of [
    '',
    'x',
    '*',
    Buffer.from('2026-11-21').toString('base64url'),
    Buffer.from('2026-11-21 ').toString('base64url'),
    Buffer.from('2026-11-21 -1').toString('base64url'),
    Buffer.from('2026-11-21 1.5').toString('base64url'),
    Buffer.from('2026-11-21 1e300').toString('base64url'),
    Buffer.from('2026-13-01 1').toString('base64url'),
    Buffer.from('../../etc 1').toString('base64url'),
    'A'.repeat(100_000),
  ]) {
    test(`a cursor of ${JSON.stringify(text.slice(0, 24))} is refused as bad input`, () => {
      assert.throws(
        () => parseCursor(text),
        (error) => isFailure(error, 'bad-input'),
      )
    })
  }
})
