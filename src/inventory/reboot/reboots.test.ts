// Reboot jobs against devices that sipp plays, a real HTTP server and real commands: what devices
// receive, what is kept of it, and that a restart goes on instead of beginning anew.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../test/peers/programs.ts'
import { systemClock } from '../../base/clock.ts'
import type { Site } from '../device.ts'
import type { RebootWay } from '../entries.ts'
import type { RebootTarget } from './job.ts'
import { JobFile } from './job-file.ts'
import { openLossyPath } from './lossy-path.fixture.ts'
import type { SipTimers } from './notify-device.ts'
import { Reboots } from './reboots.ts'
import { headerOf, startSippDevice, withoutSipp } from './sipp-device.fixture.ts'

const SITE: Site = {
  id: 'london',
  name: 'London',
  networks: [],
  accounts: [],
  phoneReboot: null,
  edgeReboot: null,
  source: 'file',
}
const QUICK: SipTimers = { t1Ms: 50, t2Ms: 100, giveUpMs: 400 }
/** Of a slow machine's device, nothing is asked twice. */
const PATIENT: SipTimers = { t1Ms: 30_000, t2Ms: 30_000, giveUpMs: 60_000 }

function start(
  t: TestContext,
  options: { folder?: string; delaySeconds?: number; timers?: SipTimers } = {},
) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'earshot-reboots-'))
  const reboots = new Reboots({
    folder,
    clock: systemClock,
    delaySeconds: options.delaySeconds ?? 0,
    onError: assert.fail,
    ...(options.timers === undefined ? {} : { timers: options.timers }),
  })
  t.after(async () => {
    await reboots.close().catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  })
  return { reboots, folder }
}

function phone(uri: string | null, way: RebootWay = { by: 'notify' }): RebootTarget {
  return { kind: 'phone', id: `phone ${uri}`, name: 'Desk', uri, aor: 'sip:100@pbx.example', way }
}

/** Runs a job to its end and gives what became of each device. */
async function ends(reboots: Reboots, targets: readonly RebootTarget[]) {
  const { jobId } = reboots.schedule(SITE, targets, 'own tester')
  while (reboots.job(jobId)?.state !== 'done') await sleep(10)
  return reboots.devices(jobId).map(({ state, result }) => ({ state, result }))
}

test('a device is told by one NOTIFY, over UDP and over TCP', { skip: withoutSipp }, async (t) => {
  const { reboots } = start(t, { timers: PATIENT })
  const udp = await startSippDevice(t)
  const tcp = await startSippDevice(t, 'agree', 'tcp')
  const found = await ends(reboots, [
    phone(`sip:100@127.0.0.1:${udp.port}`),
    phone(`sip:101@127.0.0.1:${tcp.port};transport=tcp`),
  ])
  assert.deepEqual(found, [
    { state: 'done', result: '200 OK' },
    { state: 'done', result: '200 OK' },
  ])
  assert.equal(await udp.ended, 0)
  assert.equal(await tcp.ended, 0)
  const [request, ...others] = udp.received()
  assert.deepEqual(others, [])
  assert.ok(request?.startsWith(`NOTIFY sip:100@127.0.0.1:${udp.port} SIP/2.0\r\n`))
  assert.equal(headerOf(request, 'Event'), 'check-sync')
  assert.equal(headerOf(request, 'Subscription-State'), 'terminated')
  assert.equal(headerOf(request, 'To'), '<sip:100@pbx.example>')
  assert.match(headerOf(request, 'Via'), /^SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;branch=z9hG4bK\w/)
  assert.match(headerOf(tcp.received()[0], 'Via'), /^SIP\/2\.0\/TCP /)
})

test('a challenge is answered where credentials are known', { skip: withoutSipp }, async (t) => {
  const { reboots } = start(t, { timers: PATIENT })
  const devices = [
    await startSippDevice(t, 'challenge'),
    await startSippDevice(t, 'challenge'),
    await startSippDevice(t, 'challenge'),
  ]
  const way = { by: 'notify', user: 'phone' } as const
  const uris = devices.map(({ port }) => `sip:100@127.0.0.1:${port}`)
  const found = await ends(reboots, [
    phone(uris[0] ?? '', { ...way, password: 'letmein' }),
    phone(uris[1] ?? '', { ...way, password: 'wrong' }),
    phone(uris[2] ?? ''),
  ])
  assert.deepEqual(
    found.map(({ result }) => result),
    ['200 OK', '403 Forbidden', '401 Unauthorized'],
  )
  const [first, second] = devices[0]?.received() ?? []
  assert.equal(headerOf(first, 'CSeq'), '1 NOTIFY')
  assert.equal(headerOf(second, 'CSeq'), '2 NOTIFY')
  assert.equal(headerOf(second, 'Call-ID'), headerOf(first, 'Call-ID'))
  assert.notEqual(headerOf(second, 'Via'), headerOf(first, 'Via'))
})

test('what is lost is sent again as it was', { skip: withoutSipp }, async (t) => {
  const { reboots } = start(t)
  const device = await startSippDevice(t, 'agreeAndStay')
  // The first request is lost, and the answer to the second.
  const port = await openLossyPath(t, device.port, (n) => n === 1)
  const found = await ends(reboots, [phone(`sip:100@127.0.0.1:${port}`)])
  assert.deepEqual(found, [{ state: 'done', result: '200 OK' }])
  const [first, second, ...others] = device.received()
  assert.equal(first, second)
  assert.deepEqual(others, [])
})

test('what is refused is told, and who answers slowly is waited for', {
  skip: withoutSipp,
}, async (t) => {
  const { reboots } = start(t)
  const refusing = await startSippDevice(t, 'refuse')
  const slow = await startSippDevice(t, 'agreeSlowly')
  const found = await ends(
    reboots,
    [refusing, slow].map(({ port }) => phone(`sip:100@127.0.0.1:${port}`)),
  )
  assert.deepEqual(
    found.map(({ state, result }) => [state, result]),
    [
      ['failed', '489 Bad Event'],
      ['done', '200 OK'],
    ],
  )
})

test('a device that is not there fails, and in words', async (t) => {
  const { reboots } = start(t, { timers: QUICK })
  const [udp, tcp] = [await freePort(), await freePort()]
  const found = await ends(reboots, [
    phone(`sip:100@127.0.0.1:${udp}`),
    phone(`sip:100@127.0.0.1:${tcp};transport=tcp`),
    phone(null),
    phone('sip:100@127.0.0.1;transport=tls'),
    phone('sip:1 0@127.0.0.1\r\nEvil: 1'),
    phone('tel:+44'),
  ])
  const words = [
    /^no answer/,
    /ECONNREFUSED/,
    /no Request-URI is known/,
    /only UDP and TCP/,
    /no SIP URI/,
    /no SIP URI/,
  ]
  for (const [i, { state, result }] of found.entries()) {
    assert.equal(state, 'failed')
    assert.match(result ?? '', words[i] ?? /^$/)
  }
})

test('while a job is open a second request is the same job', async (t) => {
  const { reboots } = start(t, { delaySeconds: 3_600 })
  const one = reboots.schedule(SITE, [phone('sip:a@127.0.0.1')], 'own a')
  const other = reboots.schedule(SITE, [phone('sip:b@127.0.0.1')], 'own b')
  assert.deepEqual(other, one)
  const elsewhere = reboots.schedule({ ...SITE, id: 'paris' }, [], 'own a')
  assert.notEqual(elsewhere.jobId, one.jobId)
  assert.equal(reboots.jobs().length, 2)
  assert.equal(reboots.devices(one.jobId).length, 1)
})

test('an ended job lets the next one begin', async (t) => {
  const { reboots } = start(t)
  await ends(reboots, [])
  await ends(reboots, [])
  assert.equal(reboots.jobs().length, 2)
})

test('a stop before the answer goes on as the same transaction', {
  skip: withoutSipp,
}, async (t) => {
  const device = await startSippDevice(t, 'agreeAndStay')
  let isStopped = false
  const port = await openLossyPath(t, device.port, (_, way) => way === 'back' && !isStopped)
  const { reboots, folder } = start(t)
  const { jobId } = reboots.schedule(SITE, [phone(`sip:100@127.0.0.1:${port}`)], 'own a')
  while (device.received().length === 0) await sleep(10)
  await reboots.close()
  isStopped = true
  const again = start(t, { folder }).reboots
  while (again.job(jobId)?.state !== 'done') await sleep(10)
  const [told] = again.devices(jobId)
  assert.deepEqual([told?.state, told?.result], ['done', '200 OK'])
  const requests = device.received()
  assert.ok(requests.length > 1)
  for (const request of requests) assert.equal(request, requests[0])
})

test('what may have been told long ago, or over TCP, is not told again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-reboots-'))
  const { reboots } = start(t, { folder, delaySeconds: 3_600 })
  const port = await freePort()
  const { jobId } = reboots.schedule(
    SITE,
    [
      phone(`sip:a@127.0.0.1:${port}`),
      phone(`sip:b@127.0.0.1:${port};transport=tcp`),
      phone(null, { by: 'http', url: 'http://127.0.0.1:9/' }),
      phone(null, { by: 'command', command: ['false'] }),
    ],
    'own a',
  )
  await reboots.close()
  // As a process leaves it that was killed after the first byte.
  const file = new JobFile(folder)
  const nowUs = systemClock.nowUs()
  for (const device of file.devices(jobId)) {
    file.setTelling(device, device.identity, device.n === 0 ? nowUs - 60_000_000 : nowUs)
  }
  file.setJob(jobId, 'running', null)
  file.close()
  const again = start(t, { folder, delaySeconds: 3_600 }).reboots
  // The delay was for its beginning, which is over.
  while (again.job(jobId)?.state !== 'done') await sleep(10)
  for (const { state } of again.devices(jobId)) assert.equal(state, 'unknown')
})

test('a device is told by HTTP, with a key of the device and its job', async (t) => {
  const asked: IncomingMessage[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text))
    request.on('end', () => {
      response.statusCode = request.url === '/good' ? 204 : 302
      response.setHeader('location', '/good')
      response.end()
    })
  }).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const address = server.address()
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const { reboots, folder } = start(t)
  const secret = { headers: { authorization: 'Bearer hush' }, body: '{"password":"hush"}' }
  const found = await ends(reboots, [
    phone(null, { by: 'http', url: `${base}/good`, ...secret }),
    phone(null, { by: 'http', url: `${base}/bad`, method: 'GET' }),
  ])
  assert.deepEqual(found, [
    { state: 'done', result: 'HTTP 204 No Content' },
    { state: 'failed', result: 'HTTP 302 Found' },
  ])
  assert.equal(asked.length, 2)
  const [good] = asked.filter(({ url }) => url === '/good')
  assert.equal(good?.headers.authorization, 'Bearer hush')
  assert.match(String(good?.headers['idempotency-key']), /^[\da-f-]{36}-0$/)
  assert.deepEqual(bodies, [secret.body])
  const [{ jobId } = { jobId: '' }] = reboots.jobs()
  assert.ok(!JSON.stringify(reboots.devices(jobId)).includes('hush'))
  await reboots.close()
  assert.ok(!readFileSync(join(folder, 'reboots.sqlite'), 'latin1').includes('"password'))
})

test('a device is told by a command, which no shell reads', async (t) => {
  const { reboots } = start(t)
  const run = (script: string, ...args: string[]): RebootWay => ({
    by: 'command',
    command: [process.execPath, '-e', script, ...args],
  })
  const found = await ends(reboots, [
    phone('sip:$(id)@x', run('console.log(process.argv.slice(1).join())', '{name}', '{uri}')),
    phone(null, run('console.error("no such edge"); process.exit(3)')),
    phone(null, { by: 'command', command: ['/nowhere/at/all'] }),
  ])
  assert.deepEqual(found.slice(0, 2), [
    { state: 'done', result: 'exit code 0: Desk,sip:$(id)@x' },
    { state: 'failed', result: 'exit code 3: no such edge' },
  ])
  assert.match(found[2]?.result ?? '', /ENOENT/)
})
