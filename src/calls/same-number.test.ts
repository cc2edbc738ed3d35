// How networks write one number, and what only looks like it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commonPart, isSameParty, partyOf } from './same-number.ts'

function areOne(a: string, b: string): boolean {
  const [x, y] = [partyOf(a), partyOf(b)]
  if (!isSameParty(x, y)) return false
  assert.equal(commonPart(x), commonPart(y), 'what is one must be found by its common part')
  return true
}

const same: readonly (readonly [string, string])[] = [
  ['+442079460123', '02079460123'],
  ['+442079460123', '00442079460123'],
  ['+442079460123', '442079460123'],
  ['+442079460123', '%2B442079460123'],
  ['+442079460123', '+44-20.7946(0123)'],
  ['+442079460123', '+442079460123;npdi;rn=+441111'],
  ['+442079460123', '9442079460123'],
  ['12345#442079460123', '442079460123'],
  ['201', '201'],
  ['alice', 'alice'],
  ['anonymous', 'Unavailable'],
  ['', 'anonymous'],
]

const apart: readonly (readonly [string, string])[] = [
  ['+442079460123', '+442079460124'],
  ['+442079460123', '460123x'],
  ['+442079460123', '0123'],
  ['201', '1201'],
  ['alice', 'Alice'],
  ['anonymous', 'alice'],
  ['anonymous', '+442079460123'],
]

test('one number is one however a network writes it', () => {
  for (const [a, b] of same) {
    assert.ok(areOne(a, b), `${a} and ${b}`)
    assert.ok(areOne(b, a), `${b} and ${a}`)
  }
})

test('other numbers, extensions that end alike, and whoever is not told are not', () => {
  for (const [a, b] of apart) assert.ok(!areOne(a, b), `${a} and ${b}`)
  assert.equal(partyOf(null).kind, 'nobody')
})

test('any user is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (user) => {
      assert.ok(areOne(user, user))
    }),
    { seed: 20261130 },
  )
})
