// The OpenAPI document against the routes that there are, and against the rules of OpenAPI 3.1.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { limits } from '../../base/limits.ts'
import { startFixture } from '../http/server.fixture.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { content: Record<string, { schema: object }> }
  readonly responses: Record<string, { description?: string; content?: Record<string, object> }>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: object
}

/** What every route can answer, what one that changes something can, and one that gives ranges. */
const always = '429 500 503 504'
const change = '400 408 413 415 507'
const range = '206 416'

const expected: Record<string, string> = {
  'GET /api/v1/session': '200 401',
  'POST /api/v1/session': `200 401 ${change}`,
  'DELETE /api/v1/session': `204 403 ${change}`,
  'POST /api/v1/tokens': `200 401 ${change}`,
  'GET /api/v1/accounts': '200 401 403',
  'POST /api/v1/accounts': `201 401 403 409 ${change}`,
  'PATCH /api/v1/accounts/{dialect}/{id}': `200 401 403 404 409 ${change}`,
  'DELETE /api/v1/accounts/{dialect}/{id}': `204 401 403 404 409 ${change}`,
  'GET /api/v1/calls': '200 400 401 403',
  'GET /api/v1/calls/{callKey}': '200 401 403 404',
  'GET /api/v1/legs': '200 400 401 403',
  'GET /api/v1/streams': '200 400 401 403',
  'GET /api/v1/streams/{streamKey}': '200 400 401 403 404',
  'GET /api/v1/calls/{callKey}/streams': '200 400 401 403 404',
  'GET /api/v1/legs/{legKey}/messages/{messageId}': '200 401 403 404',
  'GET /api/v1/legs/{legKey}/messages/{messageId}/raw': '200 401 403 404',
  'GET /api/v1/calls/{callKey}/export': '200 400 401 403 404',
  'GET /api/v1/export': '200 400 401 403 404 413',
  'GET /api/v1/calls/{callKey}/sound.wav': `200 400 401 403 404 409 ${range} 507`,
  'GET /api/v1/calls/{callKey}/sound.mp3': `200 400 401 403 404 409 ${range} 507`,
  'GET /api/v1/calls/{callKey}/peaks': '200 400 401 403 404 409 507',
  'GET /api/v1/calls/{callKey}/peaks.bin': `200 401 403 404 409 ${range} 507`,
  'GET /api/v1/calls/{callKey}/spectrogram': `200 400 401 403 404 409 ${range} 507`,
  'GET /api/v1/calls/{callKey}/findings': '200 401 403 404 507',
  'GET /api/v1/calls/{callKey}/vendors': '200 401 403 404',
  'GET /api/v1/openapi/{dialect}': '200 401 403 404',
  'GET /api/v1/recordings': '200 400 401 403',
  'GET /api/v1/recordings/{recordingId}': '200 401 403 404',
  'DELETE /api/v1/recordings/{recordingId}': `204 401 403 404 409 ${change}`,
  'GET /api/v1/recordings/{recordingId}/transcriptions': '200 401 403 404',
  'POST /api/v1/recordings/{recordingId}/transcriptions': `201 401 403 404 409 ${change}`,
  'GET /api/v1/recordings/{recordingId}/media/{mediaId}': `200 401 403 404 ${range}`,
  'POST /api/v1/recordings/{recordingId}/pause': `200 401 403 404 409 ${change}`,
  'POST /api/v1/recordings/{recordingId}/resume': `200 401 403 404 409 ${change}`,
  'POST /api/v1/recordings/{recordingId}/stop': `200 401 403 404 409 ${change}`,
  'POST /api/v1/recordings/{recordingId}/pin': `200 401 403 404 ${change}`,
  'POST /api/v1/recordings/{recordingId}/unpin': `200 401 403 404 ${change}`,
  'POST /api/v1/recordings/{recordingId}/consent': `200 401 403 404 ${change}`,
  'POST /api/v1/calls/{callKey}/recordings': `201 401 403 404 409 ${change}`,
  'GET /api/v1/callbacks/applications': '200 401 403',
  'PUT /api/v1/callbacks/applications/{id}': `200 401 403 409 ${change}`,
  'DELETE /api/v1/callbacks/applications/{id}': `204 401 403 404 409 ${change}`,
  'GET /api/v1/callbacks/deliveries': '200 400 401 403',
  'GET /api/v1/arrivals': '200 401 403',
  'GET /api/v1/inventory': '200 401 403',
  'PUT /api/v1/inventory/{kind}/{id}': `204 401 403 409 ${change}`,
  'DELETE /api/v1/inventory/{kind}/{id}': `204 401 403 404 409 ${change}`,
  'GET /api/v1/reboots': '200 401 403',
  'GET /api/v1/reboots/{jobId}': '200 401 403 404',
  'POST /api/v1/sites/{siteId}/reboots': `202 401 403 404 ${change}`,
  'GET /api/v1/media-regions': '200 401 403',
  'GET /api/v1/counters': '200 401 403',
  'POST /api/v1/imports': '200 400 401 403 408 415 507',
}

test('every route of the own API is in the document, with every error it can give', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const document = (await app.inject({ url: '/api/openapi.json', headers })).json()
  const found: Record<string, string[]> = {}
  for (const [path, item] of Object.entries<Record<string, Operation>>(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      found[`${method.toUpperCase()} ${path}`] = Object.keys(operation.responses).toSorted()
    }
  }
  const listed = Object.entries(expected).map(([route, statuses]) => {
    return [route, `${statuses} ${always}`.split(' ').toSorted()]
  })
  assert.deepEqual(found, Object.fromEntries(listed))
  for (const route of Object.keys(expected)) {
    const [method = '', path = ''] = route.split(' ')
    const url = path.replace(/\{(\w+)\}/g, ':$1')
    assert.ok(app.hasRoute({ method, url }), route)
  }
})

test('nothing is answered that the document does not tell of', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize({ permissions: ['admin'] })
  const { paths } = (await app.inject({ url: '/api/openapi.json', headers })).json()
  const json = { 'content-type': 'application/json' }
  const bodies = [
    {},
    { headers: { ...json, 'content-length': '0' } },
    { headers: json, payload: '{' },
    { headers: { 'content-type': 'application/xml' }, payload: '<x/>' },
    { headers: json, payload: JSON.stringify({ x: 'x'.repeat(limits.requestBodyBytesMax) }) },
  ]
  for (const [path, item] of Object.entries<Record<string, Operation>>(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const isRead = method === 'get'
      for (const [at, body] of bodies.slice(0, isRead ? 1 : undefined).entries()) {
        const response = await app.inject({
          method: method.toUpperCase() as 'GET',
          url: path.replace(/\{\w+\}/g, 'x'),
          ...body,
          headers: { ...headers, ...body.headers },
        })
        const { statusCode } = response
        const what = `${method} ${path} ${at}: ${statusCode} ${response.body}`
        assert.ok(statusCode in operation.responses, what)
        // Clients say JSON out of habit where they send nothing.
        const isEmpty = at === 1 && operation.requestBody === undefined
        if (isEmpty) assert.ok(!/body/.test(response.body), what)
      }
    }
  }
})

test('the document keeps to OpenAPI 3.1, and its references lead somewhere', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const document = (await app.inject({ url: '/api/openapi.json', headers })).json()
  assert.equal(document.openapi, '3.1.0')
  assert.ok(document.info.title && document.info.version)
  const schemas = document.components.schemas
  assert.deepEqual(Object.keys(schemas).toSorted(), [
    'Call',
    'Error',
    'Leg',
    'Recording',
    'StoreCounters',
    'Stream',
  ])
  walk(document, (value) => {
    const reference = value.$ref
    if (typeof reference === 'string') {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1] ?? ''
      assert.ok(name in schemas, `${reference} leads nowhere`)
    }
    // OpenAPI 3.0's words, which 3.1 took out.
    assert.ok(!('nullable' in value) && !('$id' in value), JSON.stringify(value).slice(0, 200))
  })
  const tags = new Set(document.tags.map((tag: { name: string }) => tag.name))
  for (const [path, item] of Object.entries<Record<string, Operation>>(document.paths)) {
    for (const operation of Object.values(item)) checkOperation(path, operation, tags)
  }
})

test('programs that make a client of the document get a name for each operation', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const { paths } = (await app.inject({ url: '/api/openapi.json', headers })).json()
  const idOf = (path: string, method: string): string => paths[path][method].operationId
  assert.equal(idOf('/api/v1/calls', 'get'), 'getCalls')
  assert.equal(idOf('/api/v1/calls/{callKey}/streams', 'get'), 'getCallStreams')
  assert.equal(idOf('/api/v1/calls/{callKey}/sound.wav', 'get'), 'getCallSoundWav')
  assert.equal(idOf('/api/v1/recordings/{recordingId}/pin', 'post'), 'postRecordingPin')
  const ids = Object.values<Record<string, Operation>>(paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  )
  assert.equal(new Set(ids).size, ids.length)
})

const byText = (one: string, other: string) => (one < other ? -1 : 1)

function checkOperation(path: string, operation: Operation, tags: ReadonlySet<unknown>): void {
  assert.ok(operation.summary, path)
  assert.ok(
    operation.tags?.every((tag) => tags.has(tag)),
    path,
  )
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  const parameters = operation.parameters ?? []
  const inPath = parameters.filter((parameter) => parameter.in === 'path')
  assert.deepEqual(inPath.map(({ name }) => name).toSorted(byText), named.toSorted(byText), path)
  assert.ok(
    inPath.every(({ required }) => required),
    path,
  )
  for (const { name, description } of parameters) assert.ok(description, `${path} ${name}`)
  for (const [status, response] of Object.entries(operation.responses)) {
    assert.ok(response.description, `${path} ${status} is described`)
    assert.notEqual(response.description, 'Default Response', `${path} ${status}`)
    if (Number(status) < 400) continue
    assert.deepEqual(Object.keys(response.content ?? {}), ['application/json'], path)
  }
}

function walk(value: unknown, visit: (value: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) visit(value as Record<string, unknown>)
  for (const inner of Object.values(value)) walk(inner, visit)
}

test('the page that shows the document loads nothing from elsewhere', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const page = await app.inject({ url: '/api/docs', headers })
  assert.equal(page.statusCode, 200)
  const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
  assert.ok(links.length > 3)
  for (const link of links) {
    assert.match(link, /^\/api\/docs\//)
    const asset = await app.inject({ url: link, headers })
    assert.equal(asset.statusCode, 200, link)
  }
  assert.match(String(page.headers['content-security-policy']), /default-src 'self'/)
  assert.ok(!/script-src[^;]*unsafe/.test(String(page.headers['content-security-policy'])))
})

test('the metrics are Prometheus text, counters of the store and of the requests', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  await app.inject({ url: '/api/v1/calls', headers })
  await app.inject('/api/nothing')
  const response = await app.inject({ url: '/metrics', headers })
  assert.equal(response.statusCode, 200)
  assert.match(String(response.headers['content-type']), /^text\/plain; version=0\.0\.4/)
  assert.match(response.body, /^earshot_store_messages 0$/m)
  assert.match(response.body, /^earshot_accounts_logins_failed 0$/m)
  assert.match(response.body, /^earshot_http_connections_turned_away 0$/m)
  assert.match(
    response.body,
    /_seconds_count\{method="GET",route="\/api\/v1\/calls",status="200"\} 1/,
  )
  assert.match(response.body, /route="none",status="404"/)
  const path = join(import.meta.dirname, '../../../docs/operate/metrics.md')
  for (const [name] of readFileSync(path, 'utf8').matchAll(
    /earshot_(?:arrival|intake)_\w*[a-z]/g,
  )) {
    assert.match(response.body, new RegExp(`^# HELP ${name} `, 'm'))
  }
  const open = await startFixture(t, { settings: { isMetricsOpen: true } })
  assert.equal((await open.app.inject('/metrics')).statusCode, 200)
})
