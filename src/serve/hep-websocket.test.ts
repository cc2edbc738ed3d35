// HEP over WebSockets on the port of the pages, through a real server and a real client.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { hepSample } from '../decode/hep/hep-samples.fixture.ts'
import { openHepSender } from '../line/hep-sender.ts'
import { limits } from '../base/limits.ts'
import type { LiveState } from '../line/arrival.ts'
import { flooded, GIGABYTE, SYSTEM_BYTES_MAX, told } from '../line/flood.fixture.ts'
import { hepOrders, hepPacket, openConnection, options, startLive } from '../line/live.fixture.ts'
import { HepWebSockets } from './hep-websocket.ts'

async function startWeb(t: TestContext, silentMsMax?: number) {
  const { port1, port2 } = new MessageChannel()
  const webSockets = new HepWebSockets(port1, silentMsMax)
  const server = await startLive(t, [{ ...hepOrders, webSockets: port2 }])
  const http = createServer()
  webSockets.attach(http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => {
    webSockets.close()
    http.close()
  })
  const address = http.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { server, http, port: address.port }
}

function refusedOf({ intakes }: LiveState): Readonly<Record<string, number>> {
  return intakes.find(({ transport }) => transport === 'websocket')?.refused ?? {}
}

test('HEP over a WebSocket: messages are found, and the sender is told apart', async (t) => {
  const { server, port } = await startWeb(t)
  const sender = await openHepSender({ scheme: 'ws', host: '127.0.0.1', port, path: '/hep' })
  for (let i = 0; i < 30; i++) sender.send(hepPacket(options(`web-${i}`)))
  // Two packets in one message, and one of a version that has no length.
  sender.send(Buffer.concat([hepPacket(options('two-a')), hepPacket(options('two-b'))]))
  sender.send(hepSample('kamailio-hep1-f2'))
  await sender.close()
  assert.equal((await server.found(33)).messages.length, 33)
  const { arrivals } = await server.until(({ messages }) => messages === 33)
  assert.ok(arrivals.every(({ transport }) => transport === 'websocket'))
})

test('a WebSocket elsewhere is refused, and a message without end ends its sender', async (t) => {
  const { server, port } = await startWeb(t)
  const elsewhere = new WebSocket(`ws://127.0.0.1:${port}/else`)
  const [error] = await once(elsewhere, 'error')
  assert.match(String(error), /404/)
  const flood = new WebSocket(`ws://127.0.0.1:${port}/hep`)
  flood.on('error', () => {})
  await once(flood, 'open')
  flood.send(Buffer.alloc(4 * 1024 * 1024))
  await once(flood, 'close')
  const good = await openHepSender({ scheme: 'ws', host: '127.0.0.1', port, path: '/hep' })
  good.send(hepPacket(options('good')))
  await good.close()
  assert.equal((await server.found(1)).messages.length, 1)
})

test('a page of another site is no sender, one of our own and a program are', async (t) => {
  const { server, port } = await startWeb(t)
  const url = `ws://127.0.0.1:${port}/hep`
  for (const foreign of [
    { origin: 'https://elsewhere.example' },
    { origin: `http://127.0.0.1:${port + 1}` },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${port}`, headers: { 'sec-fetch-site': 'cross-site' } },
  ]) {
    const [error] = await once(new WebSocket(url, foreign), 'error')
    assert.match(String(error), /403/)
  }
  const ours = new WebSocket(url, { origin: `http://127.0.0.1:${port}` })
  t.after(() => ours.terminate())
  await once(ours, 'open')
  await server.until((state) => refusedOf(state)['foreignPage'] === 4)
})

test('a refused upgrade does not wait for its client to close', { timeout: 120_000 }, async (t) => {
  const { http, port } = await startWeb(t)
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => client.destroy())
  const [served] = (await once(http, 'connection')) as [Socket]
  const closed = once(served, 'close')
  client.write('GET /else HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [answer] = (await once(client, 'data')) as [Buffer]
  assert.match(String(answer), /^HTTP\/1\.1 404 /)
  await closed
})

/** A WebSocket by hand: the library would not break the rules for us. */
async function rawWebSocket(t: TestContext, port: number): Promise<Socket> {
  const socket = await openConnection(t, port)
  const key = Buffer.alloc(16).toString('base64')
  const head = ['GET /hep HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket']
  const rest = ['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`, '', '']
  socket.write([...head, ...rest].join('\r\n'))
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1.1 101 /)
  return socket
}

/** The head of a frame (RFC 6455 §5.2) with a mask of zeros; `first` is FIN and the kind. */
function frameHead(first: number, length: bigint): Buffer {
  const head = Buffer.alloc(14)
  head[0] = first
  head[1] = 0xff
  head.writeBigUInt64BE(length, 2)
  return head
}

const PIECE_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(PIECE_BYTES)
const framed = (first: number) => Buffer.concat([frameHead(first, BigInt(PIECE_BYTES)), NOTHING])
const floods = [
  {
    name: 'a message that claims 2^63 - 1 bytes',
    head: frameHead(0x82, 2n ** 63n - 1n),
    piece: NOTHING,
    bound: 'hepMessageBytesMax',
  },
  {
    name: 'a message that claims 1 GB',
    head: frameHead(0x82, BigInt(GIGABYTE)),
    piece: NOTHING,
    bound: 'hepMessageBytesMax',
  },
  {
    name: 'a message in pieces, none of which is the last',
    head: framed(0x02),
    piece: framed(0x00),
    bound: 'hepMessageBytesMax',
  },
  {
    name: 'messages without any magic',
    head: Buffer.alloc(0),
    piece: framed(0x82),
    bound: 'hepGarbageBytesMax',
  },
  {
    name: 'messages that look like an old version and are none',
    head: Buffer.alloc(0),
    piece: Buffer.concat([frameHead(0x82, BigInt(PIECE_BYTES)), Buffer.alloc(PIECE_BYTES, 1)]),
    bound: 'hepGarbageBytesMax',
  },
] as const

for (const { name, bound, ...flood } of floods) {
  test(`1 GB over a WebSocket, ${name}: the sender is cut off`, async (t) => {
    const { server, port } = await startWeb(t)
    const socket = await rawWebSocket(t, port)
    const good = await openHepSender({ scheme: 'ws', host: '127.0.0.1', port, path: '/hep' })
    const result = await flooded(
      server,
      { socket, ...flood },
      {
        write: (packet) => good.send(packet),
      },
    )
    t.diagnostic(told(result))
    assert.ok(result.sentBytes <= limits.hepGarbageBytesMax + SYSTEM_BYTES_MAX)
    const state = await server.until((one) => refusedOf(one)[bound] !== undefined)
    assert.deepEqual(refusedOf(state), { [bound]: 1 })
    await good.close()
  })
}

test('a message in thousands of frames ends its sender, long before its bytes would', async (t) => {
  const { server, port } = await startWeb(t)
  const socket = await rawWebSocket(t, port)
  const closed = once(socket, 'close')
  // Frames of one byte: the first of a message, and those that go on.
  const goesOn = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x41])
  socket.write(Buffer.concat([Buffer.from([0x02, 0x80, 0, 0, 0, 0]), ...Array(4_000).fill(goesOn)]))
  await closed
  await server.until((state) => refusedOf(state)['hepMessageBytesMax'] === 1)
})

test('half a message whose rest never comes is cut off, and a silent sender is not', async (t) => {
  const { server, port } = await startWeb(t, 500)
  const good = await openHepSender({ scheme: 'ws', host: '127.0.0.1', port, path: '/hep' })
  good.send(hepPacket(options('before')))
  const socket = await rawWebSocket(t, port)
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  socket.write(Buffer.concat([frameHead(0x82, 1_000n), Buffer.alloc(10)]))
  await closed
  good.send(hepPacket(options('after')))
  assert.equal((await server.found(2)).messages.length, 2)
  await good.close()
})
