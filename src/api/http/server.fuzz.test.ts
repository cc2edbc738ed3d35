// Requests that nobody would write, to every route: each is answered, in JSON where it is an
// error, and none of them is our fault.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import { startFixture } from './server.fixture.ts'

const seed = 20261121
const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'

const words = fc.constantFrom(
  '',
  '*',
  '..',
  '%',
  '%00',
  '\u0000',
  '1-3812687@127.0.0.1',
  'alice',
  '*li*',
  '200',
  '4xx',
  '2026-06-24T21:34:35.159Z',
  '1782336875158999',
  '99999999999999999999',
  '-1',
  'null',
  '__proto__',
  "' OR 1=1 --",
  '"',
  '${7*7}',
  '😀',
  '\ud800',
)
const text = fc.oneof(words, fc.string({ unit: 'binary', maxLength: 40 }))
/** Percent-encoded where a text can be, as clients do; raw where they do not. */
const encoded = text.map((one) => encodeURIComponent(one.toWellFormed()))
const names = fc.constantFrom(
  'q',
  'start',
  'end',
  'from',
  'to',
  'user',
  'callId',
  'callKey',
  'conversationId',
  'address',
  'status',
  'state',
  'kind',
  'order',
  'limit',
  'cursor',
  'format',
  'name',
  'dateStart',
  'dateEnd',
  'toUser',
  'fromUser',
  'exactMatch',
  'expires',
  'signature',
  'issueRedirect',
)
const query = fc
  .array(fc.tuple(names, encoded), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))

function assertAnswered(response: LightMyRequestResponse, what: string): void {
  assert.ok(response.statusCode < 500, `${what}: ${response.statusCode} ${response.body}`)
  if (response.statusCode < 400) return
  assert.match(String(response.headers['content-type']), /^application\/json/, what)
  const body = response.json()
  const message = body.error?.message ?? body.message ?? body.error_description
  assert.ok(typeof message === 'string' && message !== '', what)
}

test('any query and any path parameter is answered by every route that reads', async (t) => {
  const { app, authorize } = await startFixture(t, {
    captures: [CAPTURE],
    settings: { genesysCloudRequestsPerMinute: 0 },
  })
  const own = await authorize({ permissions: ['admin'] })
  const genesysCloud = await authorize({ dialect: 'genesys-cloud' })
  const paths = fc
    .tuple(encoded, encoded)
    .chain(([one, other]) =>
      fc.constantFrom(
        '/api/v1/calls',
        '/api/v1/legs',
        '/api/v1/export',
        `/api/v1/calls/${one}`,
        `/api/v1/calls/${one}/export`,
        `/api/v1/legs/${one}/messages/${other}`,
        `/api/v1/legs/${one}/messages/${other}/raw`,
        `/api/v1/${one}`,
        `/${one}/${other}`,
        '/api/v2/telephony/siptraces',
        `/api/v2/telephony/siptraces/download/${one}`,
        `/api/v2/downloads/${one}`,
        `/api/v2/downloads/${one}/content`,
      ),
    )
  await fc.assert(
    fc.asyncProperty(paths, query, async (path, search) => {
      const url = `${path}?${search}`
      const headers = path.startsWith('/api/v2') ? genesysCloud : own
      assertAnswered(await app.inject({ url, headers }), url)
    }),
    { seed, numRuns: 1_500 },
  )
})

test('any body is answered by every route that takes one', async (t) => {
  const { app, authorize } = await startFixture(t, {
    captures: [CAPTURE],
    settings: { genesysCloudRequestsPerMinute: 0 },
  })
  const own = await authorize({ permissions: ['admin'] })
  const genesysCloud = await authorize({ dialect: 'genesys-cloud' })
  const routes = fc.constantFrom(
    ['/api/v1/session', own] as const,
    ['/api/v1/tokens', own] as const,
    ['/oauth/token', {}] as const,
    ['/api/v2/telephony/siptraces/download', genesysCloud] as const,
  )
  const types = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    '',
    '/',
  )
  const fields = fc.dictionary(
    fc.oneof(names, fc.constantFrom('id', 'secret', 'grant_type', 'client_id', 'client_secret')),
    fc.oneof(text, fc.jsonValue({ maxDepth: 3 })),
    { maxKeys: 6 },
  )
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fields.map((body) => Buffer.from(JSON.stringify(body))),
    fc.json().map((body) => Buffer.from(body)),
    query.map((body) => Buffer.from(body)),
  )
  await fc.assert(
    fc.asyncProperty(routes, types, bodies, async ([url, headers], type, payload) => {
      const response = await app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': type },
        payload,
      })
      assertAnswered(response, `${url} ${type} ${payload.toString('latin1')}`)
    }),
    { seed, numRuns: 1_000 },
  )
})
