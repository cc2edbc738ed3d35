// The OpenAPI document against what is answered: every operation of it is asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Value } from 'typebox/value'
import { startFixture } from '../http/server.fixture.ts'
import { openApiOf } from '../vendor/openapi.ts'
import { genesysCloudApi } from './document.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const WINDOW = { dateStart: '2026-06-24T00:00:00.000Z', dateEnd: '2026-06-25T00:00:00.000Z' }

interface Operation {
  readonly parameters?: readonly { name: string; required: boolean }[]
  readonly responses: object
}
const { paths } = openApiOf(genesysCloudApi, '0') as {
  paths: Record<string, Record<string, Operation>>
}

function assertSchema(name: string, value: unknown): void {
  const schema = genesysCloudApi.schemas[name]
  assert.ok(schema !== undefined, name)
  const [error] = Value.Errors(schema, value)
  assert.equal(error, undefined, `${name}: ${JSON.stringify(error)}`)
}

test('every operation of the document answers as it says, and refuses as it says', async (t) => {
  const inventory = {
    sites: [{ id: 's', name: 'S' }],
    edges: [{ name: 'E', siteId: 's', address: '192.0.2.1' }],
    phones: [{ id: 'p', name: 'P', hardwareId: '001122aabbcc' }],
  }
  const { app, authorize } = await startFixture(t, { captures: [CAPTURE], inventory })
  const headers = await authorize({ dialect: 'genesys-cloud' })
  const query = new URLSearchParams(WINDOW).toString()
  const traces = await app.inject({ url: `/api/v2/telephony/siptraces?${query}`, headers })
  const order = { method: 'POST', url: '/api/v2/telephony/siptraces/download' } as const
  const ordered = await app.inject({ ...order, headers, payload: WINDOW })
  const values: Readonly<Record<string, string>> = {
    conversationId: traces.json().data[0].conversationId,
    downloadId: ordered.json().downloadId,
    phoneId: 'p',
    hardwareId: '00:11:22:AA:BB:CC',
    siteId: 's',
  }
  const ready = `/api/v2/telephony/siptraces/download/${values['downloadId']}`
  while ((await app.inject({ url: ready, headers })).statusCode === 404) await sleep(5)
  for (const { path, method = 'get', answer, body, isOpen } of genesysCloudApi.operations) {
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    const request = {
      method: method === 'post' ? ('POST' as const) : ('GET' as const),
      url: path.endsWith('/siptraces') ? `${url}?${query}` : url,
      ...(body === undefined ? {} : { payload: WINDOW }),
    }
    if (body !== undefined) {
      const more = { participantId: 'p', id: 'i', name: 'n', selfUri: '/', other: 1 }
      assertSchema(body, { ...WINDOW, ...more })
    }
    const response = await app.inject({ ...request, headers })
    if ('empty' in answer) assert.deepEqual([response.statusCode, response.body], [202, ''])
    else {
      assert.equal(response.statusCode, 200, `${url}: ${response.body}`)
      if ('schema' in answer) assertSchema(answer.schema, response.json())
    }
    const told = Object.keys(paths[path]?.[method]?.responses ?? {})
    const nothing = path.replace(/\{\w+\}/g, 'nothing')
    if (nothing !== path) {
      const missed = await app.inject({ ...request, url: nothing, headers })
      assert.equal(missed.statusCode, 404, nothing)
      assertSchema('Error', missed.json())
    }
    assert.equal(told.includes('404'), nothing !== path || body !== undefined, path)
    if (request.method === 'POST') {
      for (const [type, payload] of [
        ['application/xml', '<x/>'],
        ['application/json', '{'],
      ] as const) {
        const typed = { ...headers, 'content-type': type }
        const { statusCode } = await app.inject({ method: 'POST', url, payload, headers: typed })
        assert.ok(told.includes(String(statusCode)), `${path}: ${statusCode}`)
      }
    }
    const refused = await app.inject(request)
    assert.equal(refused.statusCode === 401, isOpen !== true, url)
    assert.equal(told.includes('401'), isOpen !== true, url)
    if (isOpen !== true) assertSchema('Error', refused.json())
  }
})

test('what a search needs is told as needed', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize({ dialect: 'genesys-cloud' })
  const { parameters = [] } = paths['/api/v2/telephony/siptraces']?.get ?? {}
  const wanted = parameters.filter(({ required }) => required).map(({ name }) => name)
  assert.deepEqual(wanted, ['dateStart', 'dateEnd'])
  const all = new URLSearchParams(
    parameters.map(({ name }): [string, string] => [name, valueOf(name)]),
  )
  const ask = async () => {
    const url = `/api/v2/telephony/siptraces?${all.toString()}`
    return (await app.inject({ url, headers })).statusCode
  }
  assert.equal(await ask(), 200)
  for (const name of parameters.map((one) => one.name).toReversed()) {
    all.delete(name)
    assert.equal(await ask(), wanted.includes(name) ? 400 : 200, name)
  }
})

function valueOf(name: string): string {
  return new Map(Object.entries(WINDOW)).get(name) ?? (name === 'exactMatch' ? 'true' : 'x')
}

test('the document is told to whoever may look at calls', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const document = (await app.inject({ url: '/api/v1/openapi/genesys-cloud', headers })).json()
  assert.equal(document.openapi, '3.1.0')
  assert.equal(Object.keys(document.paths).length, 9)
})
