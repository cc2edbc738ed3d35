// TLS ports of the whole server against connections that never say a word: each port lets a bounded
// number of one peer in, and none of them in for ever.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../test/peers/programs.ts'
import { makeCertificate } from '../line/live.fixture.ts'
import { makeFolder } from '../recorder/office.fixture.ts'
import { startServer } from './siprec-serve.fixture.ts'

const ports = [
  { name: 'pages and APIs', flag: '--port', connectionsMax: 512, seconds: 20 },
  { name: 'HEP', flag: '--hep-tls', connectionsMax: 256, seconds: 10 },
  { name: 'recording clients', flag: '--siprec-tls', connectionsMax: 256, seconds: 10 },
] as const
/** For the last words, and a machine that does other things too. */
const GRACE_SECONDS = 30

async function connected(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  // Unread, the end of a connection is not noticed.
  socket.resume()
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const openOf = (sockets: readonly Socket[]) => sockets.filter((one) => !one.readableEnded)

/** How many of them are open once they are no more than so many, or this time is over. */
async function openAtMost(sockets: readonly Socket[], most: number, seconds: number) {
  const endMs = performance.now() + seconds * 1_000
  while (openOf(sockets).length > most && performance.now() < endMs) await sleep(20)
  return openOf(sockets).length
}

for (const { name, flag, connectionsMax, seconds } of ports) {
  test(`${name}: handshakes that never come are bounded and over in time`, async (t) => {
    const folder = makeFolder(t)
    const files = makeCertificate(folder)
    assert.ok(files !== undefined, 'openssl is not installed')
    const certificate = ['--tls-cert', files.certificateFile, '--tls-key', files.keyFile]
    const port = await freePort()
    const place = [flag, String(port), '--siprec-media-ports', '23000-23999']
    await startServer(t, ['--data', join(folder, 'data'), ...place, ...certificate])
    const sockets: Socket[] = []
    for (let i = 0; i < connectionsMax + 20; i++) sockets.push(await connected(t, port))
    assert.equal(await openAtMost(sockets, connectionsMax, seconds), connectionsMax)
    assert.equal(await openAtMost(sockets, 0, seconds + GRACE_SECONDS), 0)
    // The client never closed its side: the server did not wait for that.
    const late = await connected(t, port)
    await sleep(1_000)
    assert.equal(openOf([late]).length, 1)
    late.destroy()
  })
}
