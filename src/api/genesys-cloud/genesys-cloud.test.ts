// Tokens, permissions, rates, headers and error bodies: what holds for every operation.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { startFixture } from '../http/server.fixture.ts'

const SIPTRACES = '/api/v2/telephony/siptraces'
const WINDOW = '?dateStart=2026-06-24T00:00:00Z&dateEnd=2026-06-25T00:00:00Z'
const client = { dialect: 'genesys-cloud', id: 'client-1', secret: 's3:cret' } as const
const FORM = 'application/x-www-form-urlencoded'

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

async function start(t: TestContext) {
  const fixture = await startFixture(t)
  await fixture.accounts.create(client)
  const logIn = (options: { authorization?: string; payload?: string; type?: string } = {}) =>
    fixture.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: {
        authorization: options.authorization ?? basic(client.id, client.secret),
        'content-type': options.type ?? FORM,
      },
      payload: options.payload ?? 'grant_type=client_credentials',
    })
  return { ...fixture, logIn }
}

function assertVendorError(response: LightMyRequestResponse, status: number, code: string): void {
  assert.equal(response.statusCode, status, response.body)
  const body = response.json()
  assert.equal(body.status, status)
  assert.equal(body.code, code)
  assert.ok(typeof body.message === 'string' && body.message !== '')
  assert.ok(Array.isArray(body.details) && Array.isArray(body.errors))
  assert.equal(body.contextId, response.headers['inin-correlation-id'])
  assertVendorHeaders(response)
}

function assertVendorHeaders(response: LightMyRequestResponse): void {
  const { headers } = response
  assert.match(String(headers['inin-correlation-id']), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
  assert.match(String(headers['inin-ratelimit-count']), /^\d+$/)
  assert.equal(headers['inin-ratelimit-allowed'], '300')
  assert.match(String(headers['inin-ratelimit-reset']), /^\d+$/)
  assert.equal(headers['cache-control'], 'no-cache, no-store, must-revalidate')
  assert.equal(headers.pragma, 'no-cache')
  assert.equal(headers.expires, '0')
  assert.equal(headers.etag, undefined)
}

test('a client gets a token for its id and secret, and the token works', async (t) => {
  const { app, logIn } = await start(t)
  const response = await logIn()
  assert.equal(response.statusCode, 200, response.body)
  assertVendorHeaders(response)
  const { access_token: token, ...rest } = response.json()
  assert.deepEqual(rest, { token_type: 'bearer', expires_in: 86_400, error: null })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await app.inject({ url: SIPTRACES + WINDOW, headers })
  assert.equal(answer.statusCode, 200)
  assertVendorHeaders(answer)
  const inForm = await logIn({
    authorization: '',
    payload: 'grant_type=client_credentials&client_id=client-1&client_secret=s3%3Acret',
  })
  assert.equal(inForm.statusCode, 200)
})

test('a token ends when it said it would', async (t) => {
  const { app, logIn, clock } = await start(t)
  const authorization = `Bearer ${(await logIn()).json().access_token}`
  clock.tUs += 86_400 * 1_000_000
  const response = await app.inject({ url: SIPTRACES + WINDOW, headers: { authorization } })
  assertVendorError(response, 401, 'bad.credentials')
})

test('a login that is not one is refused in the form of OAuth', async (t) => {
  const { logIn } = await start(t)
  const wrong: [Parameters<typeof logIn>[0], string][] = [
    [{ authorization: basic('client-1', 'wrong') }, 'invalid_client'],
    [{ authorization: basic('nobody', 's3:cret') }, 'invalid_client'],
    [{ authorization: '' }, 'invalid_client'],
    [{ authorization: 'Basic !!!' }, 'invalid_client'],
    [{ authorization: 'Basic bm9jb2xvbg==' }, 'invalid_client'],
    [{ payload: '' }, 'invalid_request'],
    [{ payload: 'grant_type=password&username=a&password=b' }, 'unsupported_grant_type'],
    [{ payload: 'grant_type=refresh_token&refresh_token=x' }, 'unsupported_grant_type'],
    [
      { payload: '{"grant_type":"client_credentials"}', type: 'application/json' },
      'invalid_request',
    ],
    [{ payload: '<x/>', type: 'text/xml' }, 'invalid_request'],
  ]
  for (const [options, error] of wrong) {
    const response = await logIn(options)
    assert.equal(response.statusCode, 400, response.body)
    assert.equal(response.json().error, error, JSON.stringify(options))
    assert.equal(response.json().error_description, response.json().description)
    assert.match(String(response.headers['content-type']), /^application\/json/)
    assertVendorHeaders(response)
  }
})

test('guessing a secret is slowed down, in the form of OAuth too', async (t) => {
  const { logIn } = await start(t)
  for (let i = 0; i < 5; i++) {
    assert.equal((await logIn({ authorization: basic('client-1', `${i}`) })).statusCode, 400)
  }
  const early = await logIn()
  assert.equal(early.statusCode, 429)
  assert.equal(early.json().error, 'temporarily_unavailable')
  assert.equal(early.headers['retry-after'], '1')
})

test('without a token of this API nothing answers', async (t) => {
  const { app, authorize } = await start(t)
  const asked = [
    ['GET', SIPTRACES + WINDOW],
    ['POST', `${SIPTRACES}/download`],
    ['GET', `${SIPTRACES}/download/x`],
    ['GET', '/api/v2/downloads/x'],
  ] as const
  const own = await authorize({ permissions: ['admin'] })
  for (const [method, url] of asked) {
    assertVendorError(await app.inject({ method, url }), 401, 'authentication.required')
    const basicOnly = { authorization: basic(client.id, client.secret) }
    const refused = await app.inject({ method, url, headers: basicOnly })
    assertVendorError(refused, 401, 'authentication.required')
    const made = { authorization: 'Bearer made-up' }
    assertVendorError(await app.inject({ method, url, headers: made }), 401, 'bad.credentials')
    assertVendorError(await app.inject({ method, url, headers: own }), 401, 'bad.credentials')
  }
})

test('each operation names the permission that is missing', async (t) => {
  const { app, authorize } = await start(t)
  const dialect = 'genesys-cloud'
  const viewer = await authorize({ dialect, permissions: ['telephony:pcap:view'] })
  const adder = await authorize({ dialect, permissions: ['telephony:pcap:add'] })
  const asked = [
    ['GET', SIPTRACES + WINDOW, adder, 'telephony:pcap:view'],
    ['GET', `${SIPTRACES}/download/x`, adder, 'telephony:pcap:view'],
    ['GET', '/api/v2/downloads/x', adder, 'telephony:pcap:view'],
    ['POST', `${SIPTRACES}/download`, viewer, 'telephony:pcap:add'],
  ] as const
  for (const [method, url, headers, permission] of asked) {
    const response = await app.inject({ method, url, headers })
    assertVendorError(response, 403, 'missing.permissions')
    assert.ok(response.json().message.includes(permission))
    assert.deepEqual(response.json().messageParams, { permissions: permission })
  }
})

test('unknown paths, broken escapes and other content types have the vendor form', async (t) => {
  const { app, authorize } = await start(t)
  const headers = await authorize({ dialect: 'genesys-cloud' })
  for (const url of ['/api/v2', '/api/v2/nothing', `${SIPTRACES}/x`, `${SIPTRACES}/download/`]) {
    assertVendorError(await app.inject({ url, headers }), 404, 'not.found')
  }
  assertVendorError(await app.inject('/api/v2/nothing'), 404, 'not.found')
  assertVendorError(await app.inject({ url: '/api/v2/%zz', headers }), 400, 'bad.request')
  const post = (type: string, payload: string) =>
    app.inject({
      method: 'POST',
      url: `${SIPTRACES}/download`,
      headers: { ...headers, 'content-type': type },
      payload,
    })
  assertVendorError(await post('text/plain', 'x'), 415, 'unsupported.media.type')
  assertVendorError(await post(FORM, 'a=b'), 415, 'unsupported.media.type')
  assertVendorError(await post('application/json', '{'), 400, 'bad.request')
  assertVendorError(await post('application/json', ''), 400, 'bad.request')
  const huge = JSON.stringify({ name: 'x'.repeat(2 * 1024 * 1024) })
  assertVendorError(await post('application/json', huge), 413, 'request.entity.too.large')
  const form = { method: 'POST', url: '/oauth/token', headers: { 'content-type': FORM } } as const
  const long = await app.inject({ ...form, payload: 'a=1&'.repeat(10_000) })
  assert.equal(long.statusCode, 413, long.body)
})

test('a body is not asked for where none is needed, whatever the headers say', async (t) => {
  const { app, authorize } = await start(t)
  const headers = {
    ...(await authorize({ dialect: 'genesys-cloud' })),
    'content-type': 'application/json',
  }
  const response = await app.inject({ url: SIPTRACES + WINDOW, headers })
  assert.equal(response.statusCode, 200)
})

test('a percent-encoded slash stays inside its path segment', async (t) => {
  const { app, authorize } = await start(t)
  const headers = await authorize({ dialect: 'genesys-cloud' })
  const response = await app.inject({ url: `${SIPTRACES}/download/a%2Fb`, headers })
  assertVendorError(response, 404, 'not.found')
  assert.match(response.json().message, /download/)
})

test('the rate of each account is told on every answer, until it is used up', async (t) => {
  const { app, authorize, clock } = await start(t)
  const headers = await authorize({ dialect: 'genesys-cloud' })
  const ask = () => app.inject({ url: `${SIPTRACES}/download/x`, headers })
  for (let i = 1; i <= 300; i++) {
    const response = await ask()
    assert.equal(response.statusCode, 404)
    assert.equal(response.headers['inin-ratelimit-count'], String(i))
  }
  clock.tUs += 57_000_000
  const over = await ask()
  assertVendorError(over, 429, 'too.many.requests')
  assert.equal(over.headers['inin-ratelimit-reset'], '3')
  assert.equal(over.headers['retry-after'], '3')
  assert.match(over.json().message, /\[3\] seconds/)
  clock.tUs += 3_000_000
  assert.equal((await ask()).statusCode, 404)
})
