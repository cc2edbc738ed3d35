// Uploads: what they bring, what is refused, and that nothing of them is left behind.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { capturePath, startFixture } from '../http/server.fixture.ts'

const CAPTURE = readFileSync(capturePath('sipnab__register-invite-reinvite-bye.pcap'))

async function start(t: TestContext) {
  const fixture = await startFixture(t)
  const { app, dataFolder } = fixture
  const headers = await fixture.authorize()
  const upload = (payload: Buffer | string, name = 'a.pcap', more = {}) =>
    app.inject({
      method: 'POST',
      url: `/api/v1/imports?name=${encodeURIComponent(name)}`,
      headers: { ...headers, 'content-type': 'application/octet-stream', ...more },
      payload,
    })
  const leftBehind = () => readdirSync(join(dataFolder, 'uploads'))
  const messagesStored = async () =>
    (await app.inject({ url: '/api/v1/counters', headers })).json().store.messages
  return { ...fixture, headers, upload, leftBehind, messagesStored }
}

test('an uploaded capture is in the store when the answer comes', async (t) => {
  const { upload, leftBehind, messagesStored } = await start(t)
  const response = await upload(CAPTURE)
  assert.equal(response.statusCode, 200, response.body)
  const result = response.json()
  assert.equal(result.files, 1)
  assert.equal(result.messages, 12)
  assert.equal(result.messagesAdded, 12)
  assert.equal(result.legs, 2)
  assert.equal(result.bytes, CAPTURE.length)
  assert.equal(await messagesStored(), 12)
  assert.deepEqual(leftBehind(), [])
})

test('the same capture again, compressed or under any content type, adds nothing', async (t) => {
  const { upload, messagesStored } = await start(t)
  await upload(CAPTURE)
  const again: [Buffer, string][] = [
    [CAPTURE, 'application/json'],
    [CAPTURE, 'application/vnd.tcpdump.pcap'],
    [gzipSync(CAPTURE), 'application/gzip'],
    [zstdCompressSync(CAPTURE), 'application/zstd'],
  ]
  for (const [bytes, type] of again) {
    const response = await upload(bytes, 'b.pcap', { 'content-type': type })
    assert.equal(response.statusCode, 200, response.body)
    assert.equal(response.json().messagesAdded, 0)
  }
  assert.equal(await messagesStored(), 12)
})

test('a body that is no capture is refused by its name and changes nothing', async (t) => {
  const { upload, leftBehind, messagesStored } = await start(t)
  await upload(CAPTURE)
  for (const bytes of [Buffer.from('hello, this is text'), randomBytes(4_096), Buffer.alloc(10)]) {
    const response = await upload(bytes, 'notes.txt')
    assert.equal(response.statusCode, 400, response.body)
    assert.equal(response.json().error.kind, 'bad-input')
    assert.match(response.json().error.message, /notes\.txt/)
  }
  assert.equal(await messagesStored(), 12)
  assert.deepEqual(leftBehind(), [])
})

test('no body at all, and a form around the file, are refused in words', async (t) => {
  const { app, headers, upload } = await start(t)
  const empty = await app.inject({ method: 'POST', url: '/api/v1/imports', headers })
  assert.equal(empty.statusCode, 400)
  assert.match(empty.json().error.message, /empty/)
  const form = await upload('--x\r\n\r\nx\r\n--x--', 'a.pcap', {
    'content-type': 'multipart/form-data; boundary=x',
  })
  assert.equal(form.statusCode, 415)
  assert.match(form.json().error.message, /not a form/)
})

test('a name is only a name: it leads to no other folder', async (t) => {
  const { upload, dataFolder } = await start(t)
  await upload(CAPTURE)
  const before = new Set(readdirSync(dataFolder, { recursive: true, encoding: 'utf8' }))
  assert.equal((await upload(CAPTURE, '../../evil.pcap')).statusCode, 200)
  assert.deepEqual(new Set(readdirSync(dataFolder, { recursive: true, encoding: 'utf8' })), before)
  assert.equal((await upload(CAPTURE, 'x'.repeat(256))).statusCode, 400)
})

test('an upload that breaks off leaves nothing behind', { timeout: 120_000 }, async (t) => {
  const { app, headers, dataFolder, messagesStored } = await start(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  const socket = connect(address.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(
    'POST /api/v1/imports?name=a.pcap HTTP/1.1\r\nHost: a\r\n' +
      `Authorization: ${headers.authorization}\r\n` +
      `Content-Type: application/octet-stream\r\nContent-Length: ${CAPTURE.length}\r\n\r\n`,
  )
  socket.write(CAPTURE.subarray(0, 5_000))
  const uploads = join(dataFolder, 'uploads')
  while (!existsSync(uploads) || readdirSync(uploads).length === 0) await sleep(5)
  socket.destroy()
  while (readdirSync(uploads).length > 0) await sleep(5)
  assert.equal(await messagesStored(), 0)
})

test('what a crash left of uploads is gone after the next start', async (t) => {
  const { dataFolder, restart } = await start(t)
  mkdirSync(join(dataFolder, 'uploads'))
  writeFileSync(join(dataFolder, 'uploads', 'half'), 'half of a capture')
  await restart()
  assert.ok(!existsSync(join(dataFolder, 'uploads', 'half')))
})
