// The real server and clients that send a byte now and then: they are no fault of it, and do not
// keep it from stopping.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../base/clock.ts'
import { Accounts } from '../accounts/accounts.ts'
import { makeFolder } from '../line/store.fixture.ts'

const earshot = join(import.meta.dirname, '../../bin/earshot')

async function serve(t: TestContext, folder: string) {
  const args = ['--data', folder, '--port', '0', '--hep', '0', '--log-level', 'error']
  const child = spawn(earshot, ['serve', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const said = text(child.stderr)
  const ended = once(child, 'close')
  const [ready] = await once(child.stdout, 'data')
  const port = Number(/:(\d+)$/m.exec(String(ready))?.[1])
  const stop = async () => {
    child.kill('SIGTERM')
    const [code] = await ended
    return { code, said: await said }
  }
  return { port, stop }
}

/** Sends the head of a request with a body, and of that a byte every second. */
async function drip(t: TestContext, port: number, head: string): Promise<Socket> {
  const socket = connect({ port, host: 'localhost' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`${head}\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n`)
  const byte = setInterval(() => socket.write('a'), 1_000)
  t.after(() => {
    clearInterval(byte)
    socket.destroy()
  })
  return socket
}

test('a body that does not come in time is told its sender, and nobody else', async (t) => {
  const { port, stop } = await serve(t, makeFolder(t))
  const json = 'POST /api/v1/session HTTP/1.1\r\nContent-Type: application/json'
  const form = 'POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded'
  for (const answer of await Promise.all(
    [json, form].map(async (head) => once(await drip(t, port, head), 'data')),
  )) {
    assert.match(String(answer), /^HTTP\/1\.1 408 /)
  }
  const { said } = await stop()
  assert.doesNotMatch(said, /request failed/)
})

test('an upload that does not end does not keep the server from stopping', {
  timeout: 120_000,
}, async (t) => {
  const folder = makeFolder(t)
  const accounts = new Accounts({ folder, clock: systemClock })
  const account = await accounts.create({ dialect: 'own', id: 'alice', secret: 'wonderland' })
  const { token } = accounts.openGrant('bearer', account, 3_600)
  accounts.close()
  const { port, stop } = await serve(t, folder)
  const uploads = join(folder, 'uploads')
  await drip(t, port, `POST /api/v1/imports HTTP/1.1\r\nAuthorization: Bearer ${token}`)
  while (!readdirSync(folder).includes('uploads') || readdirSync(uploads).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { code, said } = await stop()
  assert.equal(code, 0, said)
  assert.ok(!readdirSync(folder).includes('uploads'), 'what was cut off is left behind')
})
