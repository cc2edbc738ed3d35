// Accounts over the own API: what an administrator can do with them, and that nobody else can.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'

async function start(t: TestContext) {
  const fixture = await startFixture(t, { captures: [CAPTURE] })
  const admin = await fixture.authorize({ permissions: ['admin'] })
  const ask = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
    const response = await fixture.app.inject({
      method,
      url: `/api/v1/accounts${path}`,
      headers: admin,
      ...(body === undefined ? {} : { payload: body }),
    })
    const json: unknown = response.body === '' ? undefined : response.json()
    return { status: response.statusCode, json: json as Record<string, unknown> }
  }
  return { ...fixture, admin, ask }
}

const sales = {
  dialect: 'gws',
  id: 'sales/1',
  secret: 'a secret',
  permissions: ['contact-center-admin'],
  userId: 'u-1',
  scope: ['user:+4420*'],
}
const SALES = '/gws/sales%2F1'

test('an account is made, listed, changed and removed, and its secret is never told', async (t) => {
  const { ask, accounts } = await start(t)
  const made = await ask('POST', '', sales)
  const { secret: _, ...told } = sales
  assert.equal(made.status, 201)
  assert.deepEqual({ ...made.json, createdAtUs: 0 }, { ...told, createdAtUs: 0 })
  assert.equal((await ask('POST', '', sales)).status, 409)
  const listed = (await ask('GET', '')).json
  assert.equal(Array.isArray(listed.accounts) && listed.accounts.length, 2)
  assert.ok(!JSON.stringify(listed).includes('secret'))

  const change = { scope: ['to:bob'], permissions: ['*'], secret: 'another' }
  const changed = await ask('PATCH', SALES, change)
  assert.equal(changed.status, 200)
  assert.deepEqual([changed.json.scope, changed.json.permissions], [['to:bob'], ['*']])
  assert.equal((await accounts.verify('gws', 'sales/1', 'another', 'x')).userId, 'u-1')
  assert.equal((await ask('PATCH', SALES, {})).status, 200)

  assert.equal((await ask('DELETE', SALES)).status, 204)
  assert.equal((await ask('DELETE', SALES)).status, 404)
  assert.equal((await ask('PATCH', SALES, {})).status, 404)
})

test('what is wrong is refused, and then nothing of it is done', async (t) => {
  const { ask } = await start(t)
  await ask('POST', '', sales)
  for (const body of [
    { scope: ['nonsense'] },
    { scope: ['user:+44*'], secret: '' },
    { scope: ['user:+44*'], secret: 'x'.repeat(2_000) },
    { permissions: ['a b'] },
    { dialect: 'own' },
  ]) {
    assert.equal((await ask('PATCH', SALES, body)).status, 400, JSON.stringify(body))
  }
  const { accounts } = (await ask('GET', '')).json as { accounts: { scope: string[] }[] }
  assert.deepEqual(accounts[0]?.scope, ['user:+4420*'])
})

test('an administrator cannot fall by its own hand', async (t) => {
  const { ask } = await start(t)
  assert.equal((await ask('DELETE', '/own/tester-0')).status, 409)
  assert.equal((await ask('PATCH', '/own/tester-0', { permissions: ['view'] })).status, 409)
  assert.equal((await ask('PATCH', '/own/tester-0', { secret: 'new one' })).status, 200)
})

test('nobody but administrators asks for accounts', async (t) => {
  const { app, authorize } = await start(t)
  const viewer = await authorize()
  for (const [method, url] of [
    ['GET', '/api/v1/accounts'],
    ['POST', '/api/v1/accounts'],
    ['PATCH', '/api/v1/accounts/own/tester-1'],
    ['DELETE', '/api/v1/accounts/own/tester-0'],
  ] as const) {
    const response = await app.inject({ method, url, headers: viewer })
    assert.equal(response.statusCode, 403, url)
    assert.equal((await app.inject({ method, url })).statusCode, 401, url)
  }
})

test('an account with a scope sees its part, and no figure of all traffic', async (t) => {
  const { app, authorize } = await start(t)
  const ask = async (scope: string[], url: string) => {
    const headers = await authorize({ scope })
    return app.inject({ url, headers })
  }
  const calls = async (scope: string[]) =>
    (await ask(scope, '/api/v1/calls')).json().calls.length as number
  assert.equal(await calls(['user:alice']), 1)
  assert.equal(await calls(['ip:127.0.0.0/8']), 1)
  assert.equal(await calls(['user:nobody']), 0)
  assert.equal(await calls(['trunk:unknown']), 0)
  assert.equal((await ask(['user:alice'], '/api/v1/counters')).statusCode, 403)
  assert.equal((await ask(['user:alice'], '/metrics')).statusCode, 403)
  assert.equal((await ask(['user:alice'], '/api/v1/imports')).statusCode, 404)
})
