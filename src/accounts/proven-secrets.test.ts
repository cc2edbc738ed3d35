// How long a right secret is remembered, and for what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountLimits } from './limits.ts'
import { ProvenSecrets } from './proven-secrets.ts'

function start() {
  const clock = { tUs: 1_000_000, nowUs: () => clock.tUs }
  return { clock, proven: new ProvenSecrets(clock) }
}

test('a secret is known for the hash that it was proven against, and no other', () => {
  const { proven } = start()
  proven.add('secret', 'hash-1')
  assert.ok(proven.has('secret', 'hash-1'))
  assert.ok(!proven.has('secret', 'hash-2'))
  assert.ok(!proven.has('Secret', 'hash-1'))
  assert.ok(!proven.has('secret\0', 'hash-1'))
})

test('it is forgotten after its time, also when the clock was set back', () => {
  const { proven, clock } = start()
  proven.add('secret', 'hash')
  clock.tUs += accountLimits.provenSecretUs - 1
  assert.ok(proven.has('secret', 'hash'))
  clock.tUs += 1
  assert.ok(!proven.has('secret', 'hash'))
  proven.add('secret', 'hash')
  clock.tUs -= 10
  assert.ok(!proven.has('secret', 'hash'))
})

test('the oldest goes when there are too many, and is counted', () => {
  const { proven } = start()
  for (let i = 0; i <= accountLimits.provenSecretsMax; i++) proven.add(`secret ${i}`, 'hash')
  assert.deepEqual(proven.stats(), { remembered: accountLimits.provenSecretsMax, dropped: 1 })
  assert.ok(!proven.has('secret 0', 'hash'))
  assert.ok(proven.has('secret 1', 'hash'))
})
