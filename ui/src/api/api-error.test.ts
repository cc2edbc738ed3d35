// What pages show when a request fails, for every kind of answer a server or proxy may give.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorFromBody } from './api-error.ts'

test("errorFromBody: keeps the server's kind, words and field", () => {
  const body = '{"error":{"kind":"bad-input","message":"status is no number","field":"status"}}'
  const error = errorFromBody(400, body)
  assert.equal(error.kind, 'bad-input')
  assert.equal(error.message, 'status is no number')
  assert.equal(error.field, 'status')
  assert.equal(error.status, 400)
})

test('errorFromBody: a page of HTML from a proxy becomes words, not markup', () => {
  const error = errorFromBody(502, '<html><script>alert(1)</script></html>')
  assert.equal(error.kind, 'unavailable')
  assert.equal(error.message, 'the server answered 502, without words')
})

test('errorFromBody: shapes that are nearly right are survived', () => {
  for (const body of [
    '',
    'null',
    '[]',
    '{"error":null}',
    '{"error":"no"}',
    '{"error":{"kind":1}}',
  ]) {
    assert.equal(errorFromBody(401, body).kind, 'unauthorized', body)
  }
  assert.equal(errorFromBody(404, '').kind, 'not-found')
  assert.equal(errorFromBody(400, '').kind, 'bad-input')
  assert.equal(errorFromBody(500, '').kind, 'internal')
  assert.equal(errorFromBody(429, '').kind, 'busy')
})
