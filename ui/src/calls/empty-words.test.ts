// An empty list does not deny what it did not look for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVERYTHING } from '../search/search-state.ts'
import { emptyInWords } from './empty-words.ts'

test('emptyInWords: without a filter there is nothing of the kind in this time', () => {
  assert.equal(emptyInWords(EVERYTHING), 'No calls at any time')
  const registrations = { ...EVERYTHING, kind: 'registration', range: '1h' } as const
  assert.equal(emptyInWords(registrations), 'No registrations in the last hour')
  assert.equal(emptyInWords({ ...EVERYTHING, q: ' ' }), 'No calls at any time')
})

test('emptyInWords: with a search or a state there is none that matches, of any kind', () => {
  const registrations = { ...EVERYTHING, kind: 'registration', q: '1234' } as const
  assert.equal(emptyInWords(registrations), 'No registrations that match at any time')
  const typed = { ...EVERYTHING, q: 'kind:registration 1234' }
  assert.equal(emptyInWords(typed), 'No registrations that match at any time')
  const busy = { ...EVERYTHING, state: 'busy', range: '15m' } as const
  assert.equal(emptyInWords(busy), 'No calls that match in the last 15 minutes')
})
