// The server as a whole, attacked from outside: what needs no account, what is refused and how,
// what a browser may do, and that no error is anything but JSON.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { startFixture } from './server.fixture.ts'

/** What a browser accepts that goes to an address. */
const NAVIGATION = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
/** What Java's own client accepts where its program says nothing. */
const JAVA = 'text/html, image/gif, image/jpeg, */*; q=0.2'

function assertError(response: LightMyRequestResponse, status: number, kind: string): void {
  assert.equal(response.statusCode, status, response.body)
  assert.match(String(response.headers['content-type']), /^application\/json/)
  const { error } = response.json()
  assert.equal(error.kind, kind)
  assert.ok(typeof error.message === 'string' && error.message !== '')
  assert.ok(!/node_modules|\.ts\b|at \w+ \(/.test(response.body), response.body)
}

function pagesFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-pages-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const pages = join(folder, 'dist')
  mkdirSync(join(pages, 'assets'), { recursive: true })
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Earshot</title>')
  writeFileSync(join(pages, 'assets', 'app-1a2b.js'), 'export {}')
  writeFileSync(join(pages, '.hidden'), 'outside too')
  writeFileSync(join(folder, 'secret.txt'), 'outside')
  return pages
}

test('whether the server lives and is ready is told to everybody', async (t) => {
  const { app } = await startFixture(t)
  for (const url of ['/healthz', '/readyz']) {
    const response = await app.inject(url)
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['content-type']), /^application\/json/)
  }
})

test('a server is ready though one of its old days is damaged', async (t) => {
  const { app, dataFolder } = await startFixture(t, { captures: [CAPTURE] })
  writeFileSync(join(dataFolder, 'index', '2001-01-01.sqlite'), 'no database any more')
  assert.equal((await app.inject('/readyz')).statusCode, 200)
})

test('nothing else answers without an account', async (t) => {
  const { app } = await startFixture(t)
  const asked = [
    ['GET', '/api/v1/session'],
    ['GET', '/api/v1/calls'],
    ['GET', '/api/v1/calls/x'],
    ['GET', '/api/v1/calls/x/export'],
    ['GET', '/api/v1/export?callId=x'],
    ['GET', '/api/v1/legs'],
    ['GET', '/api/v1/legs/x/messages/y'],
    ['GET', '/api/v1/legs/x/messages/y/raw'],
    ['POST', '/api/v1/imports'],
    ['GET', '/api/v1/counters'],
    ['GET', '/metrics'],
    ['GET', '/api/openapi.json'],
    ['GET', '/api/docs'],
    ['GET', '/api/docs/json'],
    ['GET', '/api/docs/static/swagger-ui.css'],
  ] as const
  for (const [method, url] of asked) {
    for (const authorization of [undefined, 'Bearer made-up', 'Basic YTpi', 'Bearer']) {
      const headers = authorization === undefined ? {} : { authorization }
      const response = await app.inject({ method, url, headers })
      assertError(response, 401, 'unauthorized')
      assert.match(String(response.headers['www-authenticate']), /^Bearer/)
    }
  }
})

test('paths that nobody answers are JSON errors, whatever is sent to them', async (t) => {
  const { app } = await startFixture(t)
  assertError(await app.inject('/api/nothing'), 404, 'not-found')
  assertError(await app.inject('/api/v1/calls/a/b/c'), 404, 'not-found')
  assertError(await app.inject({ method: 'DELETE', url: '/api/v1/calls' }), 404, 'not-found')
  assertError(await app.inject('/'), 404, 'not-found')
  const headers = { 'content-type': 'text/xml', accept: 'text/html' }
  const payload = '<a/>'
  const response = await app.inject({ method: 'POST', url: '/api/nothing', headers, payload })
  assertError(response, 404, 'not-found')
  assertError(await app.inject('/api/v1/calls/%zz'), 400, 'bad-input')
  const long = await app.inject(`/api/v1/calls/${'x'.repeat(5_000)}`)
  assertError(long, 414, 'bad-input')
  assert.ok(long.body.length < 500)
})

test('every answer tells browsers what it may do, and has an id of its own', async (t) => {
  const { app } = await startFixture(t)
  const ids = new Set<unknown>()
  for (const url of ['/healthz', '/api/nothing', '/api/v1/calls', '/api/v1/%zz']) {
    const { headers } = await app.inject({ url, headers: { 'x-request-id': 'mine' } })
    assert.match(String(headers['content-security-policy']), /default-src 'self'/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.equal(headers['strict-transport-security'], undefined)
    if (headers['x-request-id'] !== undefined) ids.add(headers['x-request-id'])
  }
  assert.ok(ids.size >= 3 && !ids.has('mine'))
  const secure = await startFixture(t, { settings: { publicUrl: 'https://earshot.example' } })
  const { headers } = await secure.app.inject('/healthz')
  assert.match(String(headers['strict-transport-security']), /max-age/)
})

test('bodies that are too large, no JSON or poisoned are refused', async (t) => {
  const { app } = await startFixture(t)
  const post = (payload: string, type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload,
      headers: { 'content-type': type },
    })
  const huge = JSON.stringify({ id: 'a', secret: 'x'.repeat(2 * 1024 * 1024) })
  assertError(await post(huge), 413, 'too-large')
  assertError(await post('{'), 400, 'bad-input')
  assertError(await post(''), 400, 'bad-input')
  assertError(await post('[1]'), 400, 'bad-input')
  assertError(await post('{"__proto__":{"id":"a"}}'), 400, 'bad-input')
  assertError(await post('id=a&secret=b', 'application/x-www-form-urlencoded'), 415, 'bad-input')
  assertError(await post('{"id":"a","secret":"b"}', 'text/plain'), 415, 'bad-input')
})

test('the pages are served from their folder, and nothing from outside it', async (t) => {
  const { app } = await startFixture(t, { settings: { uiFolder: pagesFolder(t) } })
  const index = await app.inject('/')
  assert.equal(index.statusCode, 200)
  assert.match(index.body, /<title>Earshot/)
  assert.equal(index.headers['cache-control'], 'no-cache')
  const asset = await app.inject('/assets/app-1a2b.js')
  assert.equal(asset.statusCode, 200)
  assert.match(String(asset.headers['cache-control']), /immutable/)
  const outside = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '//secret.txt',
    '/%00',
    '/.hidden',
    '/assets/',
  ]
  for (const url of outside) {
    const response = await app.inject(url)
    assert.ok([400, 403, 404].includes(response.statusCode), `${url} ${response.statusCode}`)
    assert.match(String(response.headers['content-type']), /^application\/json/, url)
    assert.ok(!/outside/.test(response.body), url)
  }
})

test('an address of the pages themselves gets the index page, one of the APIs never', async (t) => {
  const { app } = await startFixture(t, { settings: { uiFolder: pagesFolder(t) } })
  const html = { accept: NAVIGATION }
  for (const headers of [html, { accept: '*/*', 'sec-fetch-mode': 'navigate' }]) {
    const page = await app.inject({ url: '/calls/20260102-abc', headers })
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /<title>Earshot/)
  }
  for (const url of ['/api/x', '/api', '/assets/missing.js', '/oauth/x', '/metrics/x']) {
    const response = await app.inject({ url, headers: html })
    assert.equal(response.statusCode, 404, url)
    assert.match(String(response.headers['content-type']), /^application\/json/, url)
  }
  for (const headers of [{}, { accept: JAVA }, { accept: '*/*', 'sec-fetch-mode': 'cors' }]) {
    const response = await app.inject({ url: '/calls/20260102-abc', headers })
    assertError(response, 404, 'not-found')
  }
  const post = await app.inject({ method: 'POST', url: '/calls/1', headers: html })
  assertError(post, 404, 'not-found')
})

test('a vendor’s path answers in its API’s words to whoever takes pages too', async (t) => {
  const { app } = await startFixture(t, { settings: { uiFolder: pagesFolder(t) } })
  const asked: [string, number, string][] = [
    ['/recordings?startTime=0', 401, 'statusCode'],
    ['/recordings/x', 401, 'statusCode'],
    ['/recordings/x/play/y.mp3', 401, 'statusCode'],
    ['/recordings/x/y/z', 404, 'statusCode'],
    ['/cloud-web/api/v2/recordings', 401, 'statusCode'],
    ['/cloud-web/nothing', 404, 'statusCode'],
    ['/v1/users/u-1/calls', 401, 'category'],
    ['/v1/nothing', 404, 'category'],
    ['/2010-04-01/Accounts/x/Calls', 401, 'more_info'],
    ['/2010-04-01/nothing', 404, 'more_info'],
  ]
  for (const accept of [JAVA, NAVIGATION]) {
    for (const [url, status, field] of asked) {
      // Of these two a browser gets the pages, below.
      if (accept === NAVIGATION && /^\/recordings(?:\?|\/x$)/.test(url)) continue
      const response = await app.inject({ url, headers: { accept } })
      assert.equal(response.statusCode, status, `${url}: ${response.body}`)
      assert.match(String(response.headers['content-type']), /^application\/json/, url)
      assert.ok(field in response.json(), response.body)
    }
  }
})

test('a browser that opens /recordings gets the pages, and is asked for no password', async (t) => {
  const { app } = await startFixture(t, { settings: { uiFolder: pagesFolder(t) } })
  for (const url of ['/recordings', '/recordings?startTime=0', '/recordings/x']) {
    const page = await app.inject({ url, headers: { accept: NAVIGATION } })
    assert.equal(page.statusCode, 200, url)
    assert.match(page.body, /<title>Earshot/)
    const authorization = `Basic ${Buffer.from('a:b').toString('base64')}`
    const asked = await app.inject({ url, headers: { accept: NAVIGATION, authorization } })
    assert.equal(asked.json().statusCode, 20)
  }
})

test('a request that comes while the server stops is refused in its API’s words', async (t) => {
  const { app } = await startFixture(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  /** Half a request, which keeps its connection open; gives what finishes it. */
  const begin = async (path: string) => {
    const socket = connect(address.port, '127.0.0.1')
    const arrived = once(app.server, 'connection')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n`)
    await arrived
    return async () => {
      socket.write('\r\n')
      return Buffer.concat(await socket.toArray()).toString()
    }
  }
  const finishOwn = await begin('/api/v1/calls')
  const finishVendor = await begin('/api/v2/telephony/siptraces')
  // A whole request on a third connection: by its answer both halves have been read.
  await (await fetch(`http://127.0.0.1:${address.port}/healthz`)).text()
  const closed = app.close()
  const own = await finishOwn()
  assert.match(own, /^HTTP\/1\.1 503 [^]*connection: close/i)
  assert.match(own, /\{"error":\{"kind":"unavailable","message":"the server is stopping"\}\}/)
  assert.match(await finishVendor(), /^HTTP\/1\.1 503 [^]*"code":"service\.unavailable"/)
  await closed
})

test('what is no HTTP is answered in JSON and cut off', async (t) => {
  const { app } = await startFixture(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  const say = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(address.port, '127.0.0.1', () => socket.write(text))
      let answer = ''
      socket.setEncoding('utf8')
      socket.on('data', (part: string) => {
        answer += part
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })
  const garbage = await say('INVITE sip:bob@example.com SIP/2.0\r\nVia: x\r\n\r\n')
  assert.match(garbage, /^HTTP\/1\.1 400 /)
  assert.match(garbage, /\{"error":\{"kind":"bad-input","message":"bad request"\}\}$/)
  const long = await say(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)
  assert.match(long, /^HTTP\/1\.1 431 /)
  const twoLengths = await say(
    'POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n' +
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  )
  assert.match(twoLengths, /^HTTP\/1\.1 400 /)
})
