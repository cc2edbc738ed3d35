// The real server, started and ended as an operator does it: what it brings in by itself, and how
// it goes.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { existsSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertDone, FAILED_CALLS, jsonLines, type Shell, shell } from '../cli/cli.fixture.ts'
import { writeCapture } from '../line/store.fixture.ts'
import { canMount, fillUp, mountDisk } from '../store/disks.fixture.ts'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'earshot')
const LONG_AGO_US = Date.UTC(2020, 0, 15) * 1000

/** Starts a server as `npm start` does, ends it when it is ready; what it said on stderr. */
async function startAndEnd({ folder }: Shell, ...flags: readonly string[]): Promise<string> {
  const child = spawn(launcher, ['serve', '--examples', '--port', '0', ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  const told = text(child.stderr)
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready http://')) child.kill('SIGTERM')
  }
  const [code] = await ended
  assert.equal(code, 0, await told)
  return told
}

test('serve: an empty data folder gets the examples and an administrator, once', async (t) => {
  const made = shell(t)
  const first = await startAndEnd(made)
  assert.match(first, /^administrator: admin, password: \S+$/m)
  assert.equal(first.match(/^imported [\w.-]+: \d+ messages/gm)?.length, 5)
  assert.match(first, /^imported made-spoken-call\.pcap: 8 messages, 1 call$/m)
  const again = await startAndEnd(made)
  assert.doesNotMatch(again, /^imported|^administrator/m)
})

test('serve: blocks without an index are somebody’s data: no examples are mixed in', async (t) => {
  const made = shell(t)
  assertDone(await made.earshot('import', FAILED_CALLS))
  const before = jsonLines(await made.earshot('calls', '--json'))
  rmSync(made.path('data/index'), { recursive: true })
  assert.doesNotMatch(await startAndEnd(made), /^imported/m)
  assert.deepEqual(jsonLines(await made.earshot('calls', '--json')), before)
})

test('serve: a request under way at a stop is answered as ever', async (t) => {
  const made = shell(t)
  const create = (text: string) => made.earshot('account', 'create', '--json', ...text.split(' '))
  await create('--dialect bandwidth --id t-1 --secret secret --user u-1')
  await create('--dialect own --id boss --secret secret --permission admin')
  const child = spawn(launcher, ['serve', '--port', '0', '--host', '127.0.0.1', '--hep', '0'], {
    cwd: made.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const [ready] = await once(child.stdout, 'data')
  const [base = ''] = /http:\S+/.exec(String(ready)) ?? []
  const login = await fetch(`${base}/api/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'boss', secret: 'secret' }),
  })
  const { token } = (await login.json()) as { token: string }
  const application = { name: 'a', account: 't-1', match: ['to:1'], callbackUrl: 'http://a.test/' }
  const body = JSON.stringify(application)
  const { port, hostname } = new URL(base)
  const asking = connect(Number(port), hostname)
  const head = ['PUT /api/v1/callbacks/applications/a HTTP/1.1', 'Host: a', 'Connection: close']
  const type = [`Content-Length: ${body.length}`, 'Content-Type: application/json']
  const fields = [...head, ...type, `Authorization: Bearer ${token}`, 'Expect: 100-continue']
  asking.write(`${fields.join('\r\n')}\r\n\r\n`)
  // Its head was read.
  await once(asking, 'data')
  child.kill('SIGTERM')
  while (await isOpen(Number(port))) await sleep(20)
  asking.write(body)
  assert.match(await text(asking), /^HTTP\/1\.1 200 /)
  assert.deepEqual(await ended, [0, null])
})

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const found = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return found
}

test('serve: where the port is taken it says so, and ends', async (t) => {
  const made = shell(t)
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const address = other.address()
  assert(typeof address === 'object' && address !== null)
  const args = ['--port', String(address.port), '--host', '127.0.0.1', '--hep', '0']
  const { code, stderr, stdout } = await made.earshot('serve', ...args)
  assert.equal(code, 1)
  assert.match(stderr, /port \d+ of 127\.0\.0\.1 is taken by another program/)
  assert.equal(stdout, '')
  // Everything was ended: the folder is free for the next one.
  assertDone(await made.earshot('import', FAILED_CALLS))
})

test('serve: a disk that is full to its last page gets room by what is kept no longer', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, async (t) => {
  const made = shell(t)
  const disk = mountDisk(t, '8m')
  const data = join(disk, 'data')
  const capture = made.path('old.pcap')
  writeCapture(capture, { calls: 400, callsPerSecond: 20, startUs: LONG_AGO_US })
  assertDone(await made.earshot('import', capture, '--data', data))
  const [blocks = ''] = readdirSync(join(data, 'blocks'))
  utimesSync(join(data, 'blocks', blocks), LONG_AGO_US / 1e6, LONG_AGO_US / 1e6)
  assertDone(await made.earshot('import', FAILED_CALLS, '--data', data))
  fillUp(disk)
  const told = await startAndEnd(made, '--data', data, '--keep-days', '30')
  assert.match(told, /days are kept no longer/)
  assert.ok(!existsSync(join(data, 'blocks', blocks)))
  assert.equal(jsonLines(await made.earshot('calls', '--data', data, '--json')).length, 4)
})
