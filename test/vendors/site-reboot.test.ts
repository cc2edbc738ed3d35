// A site reboot over kills of the process: whenever it dies, each device is told once.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLossyPath } from '../../src/inventory/reboot/lossy-path.fixture.ts'
import { startSippDevice, withoutSipp } from '../../src/inventory/reboot/sipp-device.fixture.ts'
import { makeDataFolder, runEarshot, serveEarshot } from './earshot-process.ts'
import { tokenFor } from './genesys-releases.ts'

interface Shown {
  readonly reboots: readonly { readonly jobId: string; readonly state: string }[]
  readonly devices: readonly { readonly name: string; readonly state: string }[]
}

/** A server whose site has phones at these ports, and questions to it. */
async function start(t: TestContext, ports: readonly number[], delaySeconds: number) {
  const dataFolder = makeDataFolder(t)
  const inventory = join(dataFolder, 'house.json')
  const phones = ports.map((port, i) => ({
    id: `p${i}`,
    name: `Phone ${i}`,
    siteId: 's',
    contact: `sip:${i}@127.0.0.1:${port}`,
  }))
  writeFileSync(inventory, JSON.stringify({ sites: [{ id: 's', name: 'S' }], phones }))
  for (const dialect of ['genesys-cloud', 'own']) {
    const text = `account create --dialect ${dialect} --id ID --secret SECRET --json`
    runEarshot([...text.split(' '), '--data', dataFolder])
  }
  const flags = ['--inventory', inventory, '--reboot-delay-seconds', String(delaySeconds)]
  const serve = () => serveEarshot(t, { dataFolder, flags })
  const schedule = async (port: number, times = 1) => {
    const token = await tokenFor(port, 'ID', 'SECRET')
    const path = '/api/v2/telephony/providers/edges/sites/s/schedulereboot'
    for (let i = 0; i < times; i++) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      })
      assert.equal(response.status, 202)
      assert.equal(await response.text(), '')
    }
  }
  return { serve, schedule }
}

/** What the own API shows. */
async function show(port: number, path: string): Promise<Shown> {
  const login = await fetch(`http://127.0.0.1:${port}/api/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'ID', secret: 'SECRET' }),
  })
  const { token } = (await login.json()) as { readonly token: string }
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { headers })
  return (await response.json()) as Shown
}

/** The job's devices, once all of them have ended. */
async function ended(port: number): Promise<Shown['devices']> {
  for (;;) {
    const { reboots } = await show(port, 'reboots')
    assert.equal(reboots.length, 1)
    const [job] = reboots
    if (job?.state === 'done') return (await show(port, `reboots/${job.jobId}`)).devices
    await sleep(100)
  }
}

test('killed before its time, a job is done once after the start', {
  skip: withoutSipp,
}, async (t) => {
  const devices = [await startSippDevice(t), await startSippDevice(t), await startSippDevice(t)]
  const { serve, schedule } = await start(
    t,
    devices.map(({ port }) => port),
    5,
  )
  const first = await serve()
  await schedule(first.port, 2)
  await first.kill()
  assert.deepEqual(
    devices.flatMap((device) => device.received()),
    [],
  )
  const second = await serve()
  const states = (await ended(second.port)).map(({ state }) => state)
  assert.deepEqual(states, ['done', 'done', 'done'])
  // What a slow device is sent again is the same request, byte for byte.
  for (const device of devices) assert.equal(new Set(device.received()).size, 1)
})

test('killed between a device and the next, it goes on with the same transaction', {
  skip: withoutSipp,
}, async (t) => {
  const quick = await startSippDevice(t, 'agreeAndStay')
  const cut = await startSippDevice(t, 'agreeAndStay')
  let isCut = true
  const path = await openLossyPath(t, cut.port, (_, way) => way === 'back' && isCut)
  let askedOfQuick = 0
  const quickPath = await openLossyPath(t, quick.port, (n, way) => {
    if (way === 'there') askedOfQuick = n
    return false
  })
  const { serve, schedule } = await start(t, [quickPath, path], 0)
  const first = await serve()
  await schedule(first.port)
  while (cut.received().length === 0) await sleep(20)
  const { reboots } = await show(first.port, 'reboots')
  const quickState = async () =>
    (await show(first.port, `reboots/${reboots[0]?.jobId}`)).devices[0]?.state
  while ((await quickState()) !== 'done') await sleep(20)
  await first.kill()
  const askedBefore = askedOfQuick
  isCut = false
  const second = await serve()
  const states = (await ended(second.port)).map(({ state }) => state)
  assert.deepEqual(states, ['done', 'done'])
  assert.equal(askedOfQuick, askedBefore)
  // Every copy is the first one, byte for byte: to the device it is one request.
  for (const device of [quick, cut]) assert.equal(new Set(device.received()).size, 1)
})
