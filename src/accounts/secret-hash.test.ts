// Hashes of secrets: what they accept, and that nothing of the secret shows in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret, standardCost, verifySecret } from './secret-hash.ts'

const cheap = { costLog2: 4, blockSize: 8, parallelization: 1 }

test('a hash accepts its secret and no other', async () => {
  const hash = await hashSecret('wonderland', cheap)
  assert.equal(await verifySecret('wonderland', hash), true)
  for (const other of ['', 'Wonderland', 'wonderland ', 'wonderlan', 'wonderland\0']) {
    assert.equal(await verifySecret(other, hash), false, JSON.stringify(other))
  }
})

test('two hashes of one secret differ, and neither shows it', async () => {
  const [one, other] = [await hashSecret('secret', cheap), await hashSecret('secret', cheap)]
  assert.notEqual(one, other)
  assert.match(one, /^scrypt:4:8:1:[\w-]{22}:[\w-]{43}$/)
})

test('a hash made at another cost stays valid', async () => {
  const dear = await hashSecret('secret', { ...cheap, costLog2: 10 })
  assert.equal(await verifySecret('secret', dear), true)
})

test('letters written in two ways are one secret', async () => {
  const hash = await hashSecret('caf\u00e9', cheap)
  assert.equal(await verifySecret('cafe\u0301', hash), true)
})

test('what is no hash of ours accepts nothing', async () => {
  for (const stored of ['', 'plain', 'bcrypt:4:8:1:a:b', 'scrypt:4:8:1:salt']) {
    assert.equal(await verifySecret('', stored), false, stored)
  }
})

test('the standard cost is what OWASP asks for, or more', () => {
  const memoryBytes = 128 * standardCost.blockSize * 2 ** standardCost.costLog2
  assert.ok(memoryBytes >= 32 * 1024 * 1024)
})
