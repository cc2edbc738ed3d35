// Keys and conversation ids to text and back, and the texts that are neither.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dayOf } from '../base/day.ts'
import { callOfConversation, conversationOfCall, formatKey, parseKey } from './keys.ts'

const parts = fc
  .record({
    day: fc.integer({ min: 0, max: 253_402_300_799 }).map((seconds) => dayOf(seconds * 1_000_000)),
    hash: fc.oneof(
      fc.integer({ min: 0, max: 2 ** 53 - 1 }),
      fc.constantFrom(0, 35, 36, 36 ** 5 - 1, 36 ** 5, 2 ** 32, 2 ** 53 - 1),
    ),
  })
  .map(({ day, hash }) => ({ day, hash }))

describe('formatKey and parseKey', () => {
  test('a key is the day and the hash in base 36', () => {
    assert.equal(formatKey({ day: '2026-11-21', hash: 35 }), '20261121-z')
    assert.equal(formatKey({ day: '2026-11-21', hash: 36 ** 5 }), '20261121-100000')
    assert.deepEqual(parseKey('20261121-z'), { day: '2026-11-21', hash: 35 })
  })

  test('every day and hash comes back', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const key = formatKey(made)
        assert.match(key, /^\d{8}-[0-9a-z]{1,11}$/)
        assert.equal(key, `${made.day.replaceAll('-', '')}-${made.hash.toString(36)}`)
        assert.deepEqual(parseKey(key), made)
      }),
      { seed: 20_261_121, numRuns: 3_000 },
    )
  })

  for (const text of [
    '',
    '20261121',
    '20261121-',
    '20261321-z',
    '2026112-z',
    '20261121-Z',
    '20261121-zzzzzzzzzzz',
    '20261121-z ',
    '20261121-z\n',
    '../../etc/passwd',
  ]) {
    test(`${JSON.stringify(text)} is no key`, () => assert.equal(parseKey(text), undefined))
  }
})

describe('conversationOfCall and callOfConversation', () => {
  test('a conversation id is a UUID of version 8 that leads back to its call', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const callKey = formatKey(made)
        const id = conversationOfCall(callKey)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.equal(callOfConversation(id), callKey)
        assert.equal(callOfConversation(id.toUpperCase()), callKey)
      }),
      { seed: 20_261_122, numRuns: 3_000 },
    )
  })

  test('a UUID of another maker names no call', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        assert.equal(callOfConversation(id), undefined)
      }),
      { seed: 20_261_123, numRuns: 3_000 },
    )
  })

  test('one changed digit is noticed', () => {
    const id = conversationOfCall('20261121-1t2qhuls3f7')
    for (let i = 0; i < id.length; i++) {
      if (id[i] === '-') continue
      const other = id[i] === '0' ? '1' : '0'
      assert.equal(callOfConversation(id.slice(0, i) + other + id.slice(i + 1)), undefined)
    }
  })

  test('a text that is no UUID names no call', () => {
    for (const text of ['', 'x', '20261121-z', `${conversationOfCall('20261121-z')} `]) {
      assert.equal(callOfConversation(text), undefined)
    }
  })
})
