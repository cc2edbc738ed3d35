// Legs and the keys that they name in, who shares a key or a call with whom out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionCalls } from './session-calls.ts'

void test('a session knows the legs of calls by hash, key and call, and all others by hash', () => {
  const session = new SessionCalls(true)
  session.add(10, 1, true)
  session.add(20, 2, true)
  session.add(30, 3, false)
  for (const hash of [1, 2, 2]) session.addJoinKey(77, hash)
  session.setCallKey(2, 'named')
  assert.deepEqual(
    [1, 2, 3, 4].map((hash) => session.idOf(hash)),
    [10, 20, 30, undefined],
  )
  assert.equal(session.byHash(3), undefined)
  const second = { id: 20, callHash: 2, callKey: 'named' }
  assert.deepEqual(session.naming(77), [{ id: 10, callHash: 1, callKey: null }, second])
  assert.deepEqual(session.ofCall('named'), [second])
  assert.ok(session.hasId(30) && !session.hasId(31))
})

void test('a session forgets what is taken out, and everything when the database is asked', () => {
  const session = new SessionCalls(true)
  session.add(10, 1, true)
  session.addJoinKey(77, 1)
  session.setCallKey(1, 'named')
  session.remove(1, [77])
  assert.deepEqual(
    [session.idOf(1), session.naming(77), session.ofCall('named')],
    [undefined, [], []],
  )
  assert.equal(session.hasId(10), false)
  session.add(20, 2, true)
  session.forget()
  assert.equal(session.isComplete, false)
  assert.equal(session.idOf(2), undefined)
})
