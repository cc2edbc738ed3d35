// Paths to pages and back, with paths that somebody made up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callPath, pageOf, placeAfterLogin, vendorsPath } from './pages.ts'

test('pageOf: knows every page and calls the rest unknown', () => {
  assert.deepEqual(pageOf('/'), { page: 'calls' })
  assert.deepEqual(pageOf('/import'), { page: 'import' })
  assert.deepEqual(pageOf('/arrivals'), { page: 'arrivals' })
  assert.deepEqual(pageOf('/accounts'), { page: 'accounts' })
  assert.deepEqual(pageOf('/inventory'), { page: 'inventory' })
  assert.deepEqual(pageOf('/calls/abc'), { page: 'call', callKey: 'abc' })
  assert.deepEqual(pageOf('/calls'), { page: 'unknown' })
  assert.deepEqual(pageOf('/calls/%E0%A4%A'), { page: 'unknown' })
  assert.deepEqual(pageOf('/login/more'), { page: 'unknown' })
})

test('callPath: a key with odd characters comes back from its path', () => {
  for (const callKey of ['a', 'a/b?c#d', '%41', 'ü@1.2.3.4', '..']) {
    assert.deepEqual(pageOf(callPath(callKey)), { page: 'call', callKey })
    assert.deepEqual(pageOf(vendorsPath(callKey)), { page: 'vendors', callKey })
  }
})

test('placeAfterLogin: goes back to a page of ours and never to another site', () => {
  assert.equal(placeAfterLogin('?next=%2Fcalls%2Fabc%3Fmessage%3D1'), '/calls/abc?message=1')
  for (const next of ['', '//evil.example/', '/\\evil.example', 'https://evil.example', '/login']) {
    assert.equal(placeAfterLogin(`?next=${encodeURIComponent(next)}`), '/', next)
  }
})
