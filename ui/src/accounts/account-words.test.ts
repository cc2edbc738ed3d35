// What is read from the fields of the page of accounts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialects } from '../../../src/accounts/account.ts'
import { DIALECTS, permissionsOf, rulesOf } from './account-words.ts'

test('every API has a name', () => {
  assert.deepEqual(
    DIALECTS.map(({ name }) => name),
    [...dialects],
  )
})

test('a scope is a rule a line', () => {
  assert.deepEqual(rulesOf(' user:+4420*  trunk:a \n\n\tip:192.0.2.1'), [
    'user:+4420*  trunk:a',
    'ip:192.0.2.1',
  ])
  assert.deepEqual(rulesOf(' \n'), [])
})

test('no permission at all means those that are usual', () => {
  assert.deepEqual(permissionsOf('view, import'), ['view', 'import'])
  assert.equal(permissionsOf('  '), undefined)
})
