// Failures: what callers branch on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, isFailure } from './failure.ts'

test('isFailure: any failure, or one of a kind', () => {
  const failure = new Failure('not-found', 'no call has this key')
  assert(isFailure(failure))
  assert(isFailure(failure, 'not-found'))
  assert(!isFailure(failure, 'busy'))
  assert(!isFailure(new Error('no call has this key')))
  assert(!isFailure('not-found'))
})

test('Failure: carries its cause and when to try again, and only when it was given', () => {
  const cause = new Error('disk')
  const failure = new Failure('full', 'cannot write', { cause, retryAfterMs: 5 })
  assert.deepEqual([failure.cause, failure.retryAfterMs], [cause, 5])
  assert(!('cause' in new Failure('full', 'cannot write')))
})
