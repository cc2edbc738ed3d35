// Downloads from the request to the file: made in the background, kept over a restart, fetched by
// a signed address alone.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { ApiSettings } from '../http/parts.ts'
import { startFixture } from '../http/server.fixture.ts'
import { DownloadFile } from './download-file.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'
const BODY = {
  callId: CALL_ID,
  dateStart: '2026-06-24T00:00:00.000Z',
  dateEnd: '2026-06-25T00:00:00.000Z',
}
const PATH = '/api/v2/telephony/siptraces/download'

async function start(t: TestContext, settings: Partial<ApiSettings> = {}) {
  const fixture = await startFixture(t, { captures: [CAPTURE], settings })
  const headers = await fixture.authorize({ dialect: 'genesys-cloud' })
  const order = (payload: object) =>
    fixture.app.inject({ method: 'POST', url: PATH, headers, payload })
  const ready = async (app: FastifyInstance = fixture.app) => {
    const { downloadId } = (await order(BODY)).json()
    const response = await app.inject({ url: `${PATH}/${downloadId}`, headers })
    assert.equal(response.statusCode, 200, response.body)
    return response.json()
  }
  return { ...fixture, headers, order, ready }
}

/** The path and query of an address of this server. */
function localPart(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

test('a download is ordered, waited for and fetched without a token', async (t) => {
  const { app, headers, order, authorize } = await start(t)
  const ordered = await order({ ...BODY, name: 'noise', selfUri: '/x', participantId: 'p' })
  assert.equal(ordered.statusCode, 200, ordered.body)
  const { downloadId, documentId, ...rest } = ordered.json()
  assert.match(downloadId, /^[\da-f-]{36}$/)
  assert.match(documentId, /^[\da-f-]{36}$/)
  assert.notEqual(downloadId, documentId)
  assert.deepEqual(rest, {})

  const signed = (await app.inject({ url: `${PATH}/${downloadId}`, headers })).json()
  assert.equal(signed.id, downloadId)
  assert.equal(signed.selfUri, `${PATH}/${downloadId}`)
  const file = await app.inject(localPart(signed.url))
  assert.equal(file.statusCode, 200, file.body)
  assert.equal(file.headers['content-type'], 'application/vnd.tcpdump.pcap')
  assert.equal(Number(file.headers['content-length']), file.rawPayload.length)
  assert.equal(file.rawPayload.readUInt32LE(0), 0xa1b2c3d4)

  const own = await authorize({ permissions: ['view'] })
  const url = `/api/v1/export?callId=${encodeURIComponent(CALL_ID)}`
  const exported = await app.inject({ url, headers: own })
  assert.deepEqual(file.rawPayload, exported.rawPayload)
  const withToken = await app.inject({ url: localPart(signed.url), headers })
  assert.equal(withToken.statusCode, 200)
})

test('each order is a download of its own', async (t) => {
  const { order } = await start(t)
  const [one, other] = [(await order(BODY)).json(), (await order(BODY)).json()]
  assert.notEqual(one.downloadId, other.downloadId)
})

test('an order without a match, without dates or without a body is refused', async (t) => {
  const { order, dataFolder } = await start(t)
  const { dateStart, dateEnd } = BODY
  const wrong: [object, number, string][] = [
    [{}, 400, 'bad.request'],
    [{ dateStart }, 400, 'bad.request'],
    [[BODY], 400, 'bad.request'],
    [{ ...BODY, dateStart: 5 }, 400, 'invalid.value'],
    [{ ...BODY, dateStart: 'soon' }, 400, 'invalid.date'],
    [{ ...BODY, callId: { $ne: '' } }, 400, 'invalid.value'],
    [{ ...BODY, callId: 'nobody' }, 404, 'not.found'],
    [{ dateStart: dateEnd, dateEnd: '2026-06-26T00:00:00Z' }, 404, 'not.found'],
    [
      { ...BODY, dateStart: '2026-06-24T21:34:35.300Z', dateEnd: '2026-06-24T21:34:36Z' },
      404,
      'not.found',
    ],
  ]
  for (const [body, status, code] of wrong) {
    const response = await order(body)
    assert.equal(response.statusCode, status, JSON.stringify(body))
    assert.equal(response.json().code, code, JSON.stringify(body))
  }
  const left = readdirSync(join(dataFolder, 'downloads')).filter((name) => /pcap/.test(name))
  assert.deepEqual(left, [])
})

test('an altered address is refused in the vendor form', async (t) => {
  const { app, ready } = await start(t)
  const [one, other] = [await ready(), await ready()]
  const url = localPart(one.url)
  const altered = [
    url.replace(/signature=./, (part) => `signature=${part.endsWith('A') ? 'B' : 'A'}`),
    url.replace(/expires=(\d+)/, (_, expires: string) => `expires=${Number(expires) + 60}`),
    url.replace(one.id, other.id),
    url.replace(/&signature=.*/, ''),
    url.replace(/\?.*/, ''),
    `${url}&expires=9999999999`,
    url.replace('/content', '%2Fcontent'),
  ]
  for (const wrong of altered) {
    const response = await app.inject(wrong)
    assert.ok([401, 403].includes(response.statusCode), `${wrong} ${response.statusCode}`)
    assert.ok(['not.authorized', 'authentication.required'].includes(response.json().code))
    assert.equal(response.json().contextId, response.headers['inin-correlation-id'])
  }
})

test('an expired address is refused, and a new one can be had', async (t) => {
  const { app, ready, clock, headers } = await start(t, { signedUrlSeconds: 60 })
  const { id, url } = await ready()
  clock.tUs += 59_000_000
  assert.equal((await app.inject(localPart(url))).statusCode, 200)
  clock.tUs += 1_000_000
  const expired = await app.inject(localPart(url))
  assert.equal(expired.statusCode, 403)
  assert.equal(expired.json().code, 'not.authorized')
  const again = (await app.inject({ url: `${PATH}/${id}`, headers })).json()
  assert.equal((await app.inject(localPart(again.url))).statusCode, 200)
})

test('downloads by their short path lead on to the file', async (t) => {
  const { app, ready, headers } = await start(t)
  const { id } = await ready()
  const moved = await app.inject({ url: `/api/v2/downloads/${id}`, headers })
  assert.equal(moved.statusCode, 302)
  const file = await app.inject(localPart(String(moved.headers.location)))
  assert.equal(file.statusCode, 200)
  // As the vendor's client for Python writes it.
  const python = await app.inject({ url: `/api/v2/downloads/${id}?issueRedirect=False`, headers })
  assert.equal(python.statusCode, 200)
  const plain = await app.inject({ url: `/api/v2/downloads/${id}?issueRedirect=false`, headers })
  assert.equal(plain.statusCode, 200)
  assert.deepEqual(Object.keys(plain.json()), ['url'])
  const unknown = await app.inject({ url: '/api/v2/downloads/nothing', headers })
  assert.equal(unknown.json().code, 'not.found')
})

test('the address names the host that was asked, or the one that is set', async (t) => {
  const { app, headers, ready } = await start(t)
  const { id } = await ready()
  const ask = async (host: string) =>
    (await app.inject({ url: `${PATH}/${id}`, headers: { ...headers, host } })).json().url
  assert.ok((await ask('calls.example:8080')).startsWith('http://calls.example:8080/api/v2/'))
  assert.ok((await ask('[::1]:8080')).startsWith('http://[::1]:8080/api/v2/'))
  assert.ok((await ask('a/b@evil.example')).startsWith('http://localhost/api/v2/'))
  const set = await start(t, { publicUrl: 'https://earshot.example/' })
  assert.ok((await set.ready()).url.startsWith('https://earshot.example/api/v2/downloads/'))
})

test('a download and its address outlive a restart', async (t) => {
  const { ready, restart, headers } = await start(t)
  const { id, url } = await ready()
  const app = await restart()
  assert.equal((await app.inject(localPart(url))).statusCode, 200)
  assert.equal((await app.inject({ url: `${PATH}/${id}`, headers })).statusCode, 200)
})

test('a download that was ordered but not made is made after the restart', async (t) => {
  const { restart, dataFolder, authorize, clock } = await start(t)
  const headers = await authorize({ dialect: 'genesys-cloud', id: 'asker' })
  const file = new DownloadFile(join(dataFolder, 'downloads', 'downloads.sqlite'))
  file.insert({
    downloadId: '11111111-2222-4333-8444-555555555555',
    documentId: 'd',
    accountId: 'asker',
    scope: [],
    search: { startUs: 0, endUs: 2 ** 52, callId: CALL_ID, isExact: false },
    state: 'pending',
    createdAtUs: clock.tUs,
  })
  file.close()
  const app = await restart()
  const url = `${PATH}/11111111-2222-4333-8444-555555555555`
  const signed = await app.inject({ url, headers })
  assert.equal(signed.statusCode, 200, signed.body)
  assert.equal((await app.inject(localPart(signed.json().url))).statusCode, 200)
})

test('a download is kept for its time and then gone, file and all', async (t) => {
  const { app, ready, clock, headers, dataFolder } = await start(t, { downloadKeepSeconds: 600 })
  const { id } = await ready()
  const path = join(dataFolder, 'downloads', `${id}.pcap`)
  assert.ok(readFileSync(path).length > 24)
  clock.tUs += 601_000_000
  const gone = await app.inject({ url: `${PATH}/${id}`, headers })
  assert.equal(gone.statusCode, 404)
  await ready()
  assert.ok(!existsSync(path))
})

test('an id from outside leads to no file', async (t) => {
  const { app, headers } = await start(t)
  for (const id of ['..%2f..%2faccounts.sqlite', 'downloads.sqlite', '%00', '.']) {
    const response = await app.inject({ url: `${PATH}/${id}`, headers })
    assert.equal(response.statusCode, 404, id)
  }
})
