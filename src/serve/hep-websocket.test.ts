// HEP over WebSockets on the port of the pages, through a real server and a real client.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test, type TestContext } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { hepSample } from '../decode/hep/hep-samples.fixture.ts'
import { openHepSender } from '../line/hep-sender.ts'
import { hepOrders, hepPacket, options, startLive } from '../line/live.fixture.ts'
import { HepWebSockets } from './hep-websocket.ts'

async function startWeb(t: TestContext) {
  const { port1, port2 } = new MessageChannel()
  const webSockets = new HepWebSockets(port1)
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
  return { server, port: address.port }
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
