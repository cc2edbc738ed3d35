// The inventory and reboots over the own API, with the phones of a real capture of registrations.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  headerOf,
  startSippDevice,
  withoutSipp,
} from '../../inventory/reboot/sipp-device.fixture.ts'
import { startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'

async function start(t: TestContext, inventory: object = {}) {
  const fixture = await startFixture(t, { captures: [CAPTURE], inventory })
  const admin = await fixture.authorize({ permissions: ['admin'] })
  const ask = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body?: object) => {
    const payload = body === undefined ? {} : { payload: body }
    const response = await fixture.app.inject({ method, url, headers: admin, ...payload })
    const json: unknown = response.body === '' ? undefined : response.json()
    return { status: response.statusCode, json: json as Answer }
  }
  return { ...fixture, ask }
}

interface Answer {
  readonly sites: readonly Record<string, unknown>[]
  readonly edges: readonly Record<string, unknown>[]
  readonly phones: readonly Record<string, unknown>[]
  readonly reboots: readonly Record<string, unknown>[]
  readonly reboot: Record<string, unknown>
  readonly devices: readonly Record<string, unknown>[]
  readonly jobId: string
  readonly error: { readonly kind: string; readonly message: string }
}

test('phones that registered are there, with what their REGISTER says', async (t) => {
  const { ask } = await start(t, { sites: [{ id: 's', name: 'S', networks: ['127.0.0.0/8'] }] })
  const { json } = await ask('GET', '/api/v1/inventory')
  const [phone, ...others] = json.phones
  assert.deepEqual(others, [])
  assert.deepEqual(
    [phone?.['source'], phone?.['name'], phone?.['siteId'], phone?.['aor']],
    ['seen', 'alice', 's', 'sip:alice@example.com'],
  )
  assert.match(String(phone?.['contact']), /^sip:alice@127\.0\.0\.1:\d+/)
  assert.equal(typeof phone?.['seenAtUs'], 'number')
})

test('a phone of the inventory takes from its registration what nobody wrote', async (t) => {
  const { ask } = await start(t, {
    phones: [{ id: 'p', name: 'Desk', aor: 'sip:alice@EXAMPLE.com', values: { password: 'hush' } }],
  })
  const { json } = await ask('GET', '/api/v1/inventory')
  const [phone, ...others] = json.phones
  assert.deepEqual(others, [])
  assert.deepEqual([phone?.['source'], phone?.['name']], ['file', 'Desk'])
  assert.match(String(phone?.['contact']), /^sip:alice@/)
  assert.ok(!JSON.stringify(json).includes('hush'))
})

test('entries are put, replaced and removed, and what is wrong is named', async (t) => {
  const { ask } = await start(t, { sites: [{ id: 'london', name: 'London' }] })
  const put = (id: string, body: object) => ask('PUT', `/api/v1/inventory/sites/${id}`, body)
  assert.equal((await put('paris', { name: 'Paris' })).status, 204)
  assert.equal((await put('paris', { name: 'Paris 2' })).status, 204)
  const { json } = await ask('GET', '/api/v1/inventory')
  assert.deepEqual(
    json.sites.map(({ name, source }) => [name, source]),
    [
      ['London', 'file'],
      ['Paris 2', 'api'],
    ],
  )
  assert.equal((await put('london', { name: 'x' })).status, 409)
  for (const body of [{}, { name: '' }, { name: 'x', networks: ['y'] }, { name: 'x', odd: 1 }]) {
    assert.equal((await put('paris', body)).status, 400, JSON.stringify(body))
  }
  const withCommand = { name: 'x', phoneReboot: { by: 'command', command: ['rm'] } }
  assert.match((await put('paris', withCommand)).json.error.message, /inventory file alone/)
  assert.equal((await ask('PUT', '/api/v1/inventory/planets/x', { name: 'x' })).status, 400)
  assert.equal((await ask('DELETE', '/api/v1/inventory/sites/paris')).status, 204)
  assert.equal((await ask('DELETE', '/api/v1/inventory/sites/paris')).status, 404)
})

test('a site is rebooted, and what became of it is shown', { skip: withoutSipp }, async (t) => {
  const device = await startSippDevice(t)
  const way = { by: 'notify', user: 'u', password: 'hush' }
  const { ask } = await start(t, {
    sites: [{ id: 's', name: 'S', phoneReboot: way }],
    phones: [
      { id: 'p', name: 'Desk', siteId: 's', contact: `sip:1@127.0.0.1:${device.port}` },
      { id: 'q', name: 'Elsewhere', contact: 'sip:2@127.0.0.1:9' },
    ],
  })
  const asked = await ask('POST', '/api/v1/sites/s/reboots')
  assert.equal(asked.status, 202)
  const { jobId } = asked.json
  const show = async () => (await ask('GET', `/api/v1/reboots/${jobId}`)).json
  while ((await show()).reboot['state'] !== 'done') await sleep(20)
  const { reboot, devices } = await show()
  assert.equal(reboot['siteName'], 'S')
  assert.deepEqual(
    devices.map(({ name, by, state, result }) => [name, by, state, result]),
    [['Desk', 'notify', 'done', '200 OK']],
  )
  assert.equal(headerOf(device.received()[0], 'Event'), 'check-sync')
  const listed = (await ask('GET', '/api/v1/reboots')).json
  assert.deepEqual(
    listed.reboots.map((each) => each['jobId']),
    [jobId],
  )
  const everything = await ask('GET', '/api/v1/inventory')
  assert.ok(!JSON.stringify([listed, devices, everything.json]).includes('hush'))
  assert.equal((await ask('POST', '/api/v1/sites/nowhere/reboots')).status, 404)
  assert.equal((await ask('GET', '/api/v1/reboots/nothing')).status, 404)
})

test('an account with a scope sees no site of others, and their phones neither', async (t) => {
  const { app, authorize } = await start(t, {
    sites: [
      { id: 'ours', name: 'Ours', accounts: ['tenant'] },
      { id: 'theirs', name: 'Theirs', networks: ['127.0.0.0/8'] },
    ],
    edges: [{ id: 'e', name: 'E', siteId: 'theirs', address: '127.0.0.1' }],
    phones: [
      { id: 'p', name: 'P', siteId: 'theirs' },
      { id: 'q', name: 'Q', siteId: 'ours' },
    ],
  })
  const headers = await authorize({ id: 'tenant', scope: ['user:nobody'] })
  const ask = async (url: string) => (await app.inject({ url, headers })).json<Answer>()
  const shown = await ask('/api/v1/inventory')
  assert.deepEqual(
    [shown.sites, shown.edges, shown.phones].map((rows) => rows.map(({ id }) => id)),
    [['ours'], [], ['q']],
  )
  assert.deepEqual((await ask('/api/v1/reboots')).reboots, [])
})
