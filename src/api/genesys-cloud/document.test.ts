// The OpenAPI document against what is answered: every operation of it is asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Value } from 'typebox/value'
import { startFixture } from '../http/server.fixture.ts'
import { genesysCloudApi } from './document.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const WINDOW = { dateStart: '2026-06-24T00:00:00.000Z', dateEnd: '2026-06-25T00:00:00.000Z' }

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
    if (body !== undefined) assertSchema(body, WINDOW)
    const response = await app.inject({ ...request, headers })
    if ('empty' in answer) assert.deepEqual([response.statusCode, response.body], [202, ''])
    else {
      assert.equal(response.statusCode, 200, `${url}: ${response.body}`)
      if ('schema' in answer) assertSchema(answer.schema, response.json())
    }
    if (isOpen === true) continue
    const refused = await app.inject(request)
    assert.equal(refused.statusCode, 401, url)
    assertSchema('Error', refused.json())
  }
})

test('the document is told to whoever may look at calls', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const document = (await app.inject({ url: '/api/v1/openapi/genesys-cloud', headers })).json()
  assert.equal(document.openapi, '3.1.0')
  assert.equal(Object.keys(document.paths).length, 9)
})
