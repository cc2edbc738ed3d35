// HEP over TCP and TLS from those who mean harm: a packet without end, bytes without a packet, a
// thousand connections that say nothing. Everyone else's messages keep arriving.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { limits } from '../base/limits.ts'
import { HepTcp } from '../source/hep/hep-tcp.ts'
import { flooded, SYSTEM_BYTES_MAX, told } from './flood.fixture.ts'
import {
  aMoment,
  hepOrders,
  hepPacket,
  type LiveServer,
  makeCertificate,
  openConnection,
  options,
  startLive,
} from './live.fixture.ts'
import { makeFolder } from './store.fixture.ts'

/** The beginning of a packet as long as a packet can be. */
const CLAIM = Buffer.from('48455033ffff', 'hex')

const floods = [
  { name: 'a packet that is claimed and never ends', head: CLAIM },
  { name: 'bytes without any magic', head: Buffer.alloc(0) },
] as const

for (const transport of ['tcp', 'tls'] as const) {
  for (const { name, head } of floods) {
    test(`1 GB over ${transport}, ${name}: the sender is cut off`, async (t) => {
      const { server, open } = await startHep(t, transport)
      const socket = await open()
      const good = await open()
      // No chunk of a packet begins so, and no packet either.
      const result = await flooded(server, { socket, head, piece: Buffer.alloc(256 * 1024) }, good)
      t.diagnostic(told(result))
      assert.ok(result.sentBytes <= limits.hepGarbageBytesMax + SYSTEM_BYTES_MAX)
      const { intakes } = await server.until(
        (state) => refusedOf(state, transport)['hepGarbageBytesMax'] !== undefined,
      )
      assert.deepEqual(refusedOf({ intakes }, transport), { hepGarbageBytesMax: 1 })
    })
  }
}

test('1,000 idle connections, half of them with half a packet, hinder nobody', async (t) => {
  const { server } = await startHep(t, 'tcp')
  const port = server.port('tcp')
  const before = process.memoryUsage.rss()
  const idle: Socket[] = []
  t.after(() => idle.forEach((socket) => socket.destroy()))
  // 250 of each of four addresses, for one address alone may not have so many.
  for (const localAddress of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) {
    const sockets = Array.from({ length: 250 }, () => {
      return connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
    })
    idle.push(...sockets)
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets.slice(125)) {
      socket.write(Buffer.concat([CLAIM, Buffer.alloc(20)]))
    }
  }
  const good = await openConnection(t, port)
  for (let i = 0; i < 50; i++) {
    good.write(hepPacket(options(`good-${i}`)))
    await aMoment()
  }
  const state = await server.until(({ messages }) => messages === 50)
  const tcp = state.intakes.find((one) => one.transport === 'tcp')
  assert.equal(tcp?.connections, 1_001)
  assert.deepEqual(tcp.refused, {})
  const growth = process.memoryUsage.rss() - before
  t.diagnostic(`memory grew by ${(growth / 2 ** 20).toFixed(1)} MB, the test's own ends included`)
  assert.ok(growth < 128 * 1024 * 1024)
  assert.equal((await server.found(50)).messages.length, 50)
})

test('a packet that comes byte by byte and never ends is cut off, a slow one is not', async (t) => {
  const received: number[] = []
  const listener = new HepTcp('127.0.0.1', 0, undefined, 2_000)
  await listener.open({
    connected: () => ({ packet: (_, start, end) => received.push(end - start) > 0 }),
  })
  t.after(() => listener.close())
  const [endless, slow] = [
    await openConnection(t, listener.port),
    await openConnection(t, listener.port),
  ]
  const packet = hepPacket(options('slow'))
  slow.write(packet)
  endless.write(CLAIM)
  let isOver = false
  endless.once('close', () => (isOver = true))
  // Byte by byte both; the slow one comes to the end of a packet now and then.
  for (let i = 0; !isOver; i++) {
    endless.write(Buffer.alloc(1))
    slow.write(i % 2 === 0 ? packet.subarray(0, 100) : packet.subarray(100))
    await aMoment()
  }
  assert.deepEqual(listener.refused(), { hepSilentMsMax: 1 })
  assert.equal(listener.connections, 1)
  assert.ok(received.length > 1 && received.every((length) => length === packet.length))
})

async function startHep(t: TestContext, transport: 'tcp' | 'tls') {
  const files = transport === 'tls' ? makeCertificate(makeFolder(t)) : undefined
  if (transport === 'tls') assert.ok(files !== undefined, 'openssl is missing')
  const tls = files === undefined ? {} : { tls: { port: undefined, ...files } }
  const server = await startLive(t, [{ ...hepOrders, ...tls }])
  const port = server.port(transport)
  const open = async (): Promise<Socket> => {
    if (transport === 'tcp') return openConnection(t, port)
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.on('error', () => {})
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
    return socket
  }
  return { server, open }
}

const refusedOf = ({ intakes }: Pick<LiveServer['state'], 'intakes'>, transport: string) =>
  intakes.find((one) => one.transport === transport)?.refused ?? {}
