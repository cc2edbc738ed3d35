// Logging in and out, tokens, permissions and rates, as a browser and as a program.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startFixture } from '../http/server.fixture.ts'

const alice = { id: 'alice', secret: 'wonderland' }

function logIn(app: FastifyInstance, payload: object = alice, headers = {}) {
  return app.inject({ method: 'POST', url: '/api/v1/session', payload, headers })
}

test('a login opens a session by a cookie that scripts and other sites cannot use', async (t) => {
  const { app, accounts } = await startFixture(t)
  await accounts.create({ dialect: 'own', ...alice, permissions: ['view'] })
  const response = await logIn(app)
  assert.equal(response.statusCode, 200)
  assert.deepEqual(response.json(), { id: 'alice', permissions: ['view'] })
  assert.equal(response.headers['cache-control'], 'no-store')
  const [cookie] = response.cookies
  assert.equal(cookie?.name, 'earshot_session')
  assert.equal(cookie?.httpOnly, true)
  assert.equal(cookie?.sameSite, 'Strict')
  assert.equal(cookie?.path, '/')
  assert.equal(cookie?.maxAge, 12 * 3_600)
  assert.equal(cookie?.secure, undefined)

  const cookies = { earshot_session: cookie?.value ?? '' }
  const me = await app.inject({ url: '/api/v1/session', cookies })
  assert.deepEqual(me.json(), { id: 'alice', permissions: ['view'] })
  assert.equal((await app.inject({ url: '/api/v1/calls', cookies })).statusCode, 200)

  const out = await app.inject({ method: 'DELETE', url: '/api/v1/session', cookies })
  assert.equal(out.statusCode, 204)
  assert.equal(out.cookies[0]?.value, '')
  assert.equal((await app.inject({ url: '/api/v1/session', cookies })).statusCode, 401)
})

test('behind https the cookie is sent over nothing else', async (t) => {
  const settings = { publicUrl: 'https://earshot.example' }
  const { app, accounts } = await startFixture(t, { settings })
  await accounts.create({ dialect: 'own', ...alice })
  assert.equal((await logIn(app)).cookies[0]?.secure, true)
})

test('a session ends after its time, and a new login ends the one before', async (t) => {
  const { app, accounts, clock } = await startFixture(t)
  await accounts.create({ dialect: 'own', ...alice })
  const first = { earshot_session: (await logIn(app)).cookies[0]?.value ?? '' }
  const cookie = `earshot_session=${first.earshot_session}`
  const second = { earshot_session: (await logIn(app, alice, { cookie })).cookies[0]?.value ?? '' }
  assert.equal((await app.inject({ url: '/api/v1/session', cookies: first })).statusCode, 401)
  assert.equal((await app.inject({ url: '/api/v1/session', cookies: second })).statusCode, 200)
  clock.tUs += 12 * 3_600 * 1_000_000
  assert.equal((await app.inject({ url: '/api/v1/session', cookies: second })).statusCode, 401)
})

test('wrong credentials are refused alike, then slowed down', async (t) => {
  const { app, accounts, clock } = await startFixture(t)
  await accounts.create({ dialect: 'own', ...alice })
  const unknown = await logIn(app, { id: 'nobody', secret: 'x' })
  for (let i = 0; i < 5; i++) {
    const wrong = await logIn(app, { ...alice, secret: `guess ${i}` })
    assert.equal(wrong.statusCode, 401)
    assert.equal(wrong.body, unknown.body)
    assert.equal(wrong.headers['set-cookie'], undefined)
  }
  const early = await logIn(app)
  assert.equal(early.statusCode, 429)
  assert.equal(early.json().error.kind, 'busy')
  assert.equal(early.headers['retry-after'], '1')
  clock.tUs += 1_000_000
  assert.equal((await logIn(app)).statusCode, 200)
})

test('a token works in place of the cookie until it expires, and only as a bearer', async (t) => {
  const { app, accounts, clock } = await startFixture(t)
  await accounts.create({ dialect: 'own', ...alice })
  const response = await app.inject({ method: 'POST', url: '/api/v1/tokens', payload: alice })
  const { token, expiresAtUs } = response.json()
  assert.equal(expiresAtUs, clock.tUs + 24 * 3_600 * 1_000_000)
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await app.inject({ url: '/api/v1/calls', headers })).statusCode, 200)
  const cookies = { earshot_session: token }
  assert.equal((await app.inject({ url: '/api/v1/calls', cookies })).statusCode, 401)
  clock.tUs = expiresAtUs
  assert.equal((await app.inject({ url: '/api/v1/calls', headers })).statusCode, 401)
})

test('an account of another API is none of this one, nor is its token', async (t) => {
  const { app, authorize, accounts } = await startFixture(t)
  await accounts.create({ dialect: 'genesys-cloud', ...alice })
  assert.equal((await logIn(app)).statusCode, 401)
  const headers = await authorize({ dialect: 'genesys-cloud' })
  assert.equal((await app.inject({ url: '/api/v1/calls', headers })).statusCode, 401)
})

test('each route needs its permission', async (t) => {
  const { app, authorize } = await startFixture(t)
  const viewer = await authorize({ permissions: ['view'] })
  const importer = await authorize({ permissions: ['import'] })
  const refused = await app.inject({ method: 'POST', url: '/api/v1/imports', headers: viewer })
  assert.equal(refused.statusCode, 403)
  assert.match(refused.json().error.message, /lacks the permission import/)
  assert.equal((await app.inject({ url: '/api/v1/calls', headers: importer })).statusCode, 403)
  const me = await app.inject({ url: '/api/v1/session', headers: importer })
  assert.deepEqual(me.json().permissions, ['import'])
  const admin = await authorize({ permissions: ['admin'] })
  assert.equal((await app.inject({ url: '/api/v1/calls', headers: admin })).statusCode, 200)
})

test('a page of another origin cannot use the cookie to change anything', async (t) => {
  const { app, accounts } = await startFixture(t)
  await accounts.create({ dialect: 'own', ...alice })
  const cookies = { earshot_session: (await logIn(app)).cookies[0]?.value ?? '' }
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api/v1/imports', cookies, headers })
  const foreign = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:3000', host: 'localhost:8080' },
    { origin: 'null', host: 'localhost:8080' },
  ]
  for (const headers of foreign) {
    const response = await post(headers)
    assert.equal(response.statusCode, 403)
    assert.match(response.json().error.message, /another origin/)
  }
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:8080', host: 'localhost:8080' },
    {},
  ]) {
    assert.equal((await post(headers)).statusCode, 400)
  }
})

test('a login is asked with no more bytes than an id and a secret take', async (t) => {
  const { app, accounts } = await startFixture(t)
  const longest = { id: 'i'.repeat(200), secret: '\u0001'.repeat(1_024) }
  await accounts.create({ dialect: 'own', ...longest, permissions: [] })
  assert.equal((await logIn(app, longest)).statusCode, 200)
  for (const url of ['/api/v1/session', '/api/v1/tokens']) {
    const payload = { ...alice, more: Array.from({ length: 10_000 }, (_, i) => i) }
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload })
    assert.equal(statusCode, 413, body)
  }
})

test('an account that asks too often is told to wait, others are not', async (t) => {
  const { app, authorize, clock } = await startFixture(t, { settings: { ownRequestsPerMinute: 3 } })
  const [one, other] = [await authorize(), await authorize()]
  for (let i = 0; i < 3; i++) {
    assert.equal((await app.inject({ url: '/api/v1/calls', headers: one })).statusCode, 200)
  }
  const over = await app.inject({ url: '/api/v1/calls', headers: one })
  assert.equal(over.statusCode, 429)
  assert.equal(over.json().error.kind, 'busy')
  assert.equal(over.headers['retry-after'], '60')
  assert.equal((await app.inject({ url: '/api/v1/calls', headers: other })).statusCode, 200)
  clock.tUs += 60_000_000
  assert.equal((await app.inject({ url: '/api/v1/calls', headers: one })).statusCode, 200)
})
