// Sealed cursors open again, tell nothing, and are refused once altered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../../base/failure.ts'
import { openCursor, sealCursor } from './sealed-cursor.ts'

test('a cursor opens to what was sealed, and never looks the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (cursor) => {
      const sealed = sealCursor(cursor)
      assert.equal(openCursor(sealed), cursor)
      assert.match(sealed, /^[\w-]+$/)
      assert.notEqual(sealCursor(cursor), sealed)
    }),
    { seed: 20_261_121, numRuns: 200 },
  )
})

test('what was altered, cut or made up is refused', () => {
  const sealed = Buffer.from(sealCursor('a place'), 'base64url')
  for (let at = 0; at < sealed.length; at++) {
    const altered = Buffer.from(sealed)
    altered[at] = (altered[at] ?? 0) ^ 1
    for (const bytes of [altered, sealed.subarray(0, at)]) {
      assert.throws(
        () => openCursor(bytes.toString('base64url')),
        (error) => isFailure(error, 'bad-input'),
      )
    }
  }
})
