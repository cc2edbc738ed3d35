// Connections that somebody holds on to: requests that never end, and too many of one address.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Connections } from './connections.ts'
import { startFixture } from './server.fixture.ts'

const LIMITS = { connectionsMax: 5, connectionsPerPeerMax: 2 }

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** A client of a server here, with the socket that the server has for it. */
async function connected(server: Server): Promise<{ client: Socket; served: Socket }> {
  const client = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => {})
  const [served] = (await once(server, 'connection')) as [Socket]
  return { client, served }
}

/** A server that does nothing but watch its connections. */
async function watched(t: TestContext, connections: Connections): Promise<Server> {
  const server = createServer()
  connections.watch(server)
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const unfinished = [
  ['that nobody answers', 'POST /nope', 404],
  ['without an account', 'POST /api/v1/imports', 401],
  ['of a vendor’s API without an account', 'POST /api/v2/telephony/siptraces/download', 401],
  ['whose address no route can have', 'POST /%zz', 400],
] as const

for (const [name, line, status] of unfinished) {
  test(`a body of a request ${name} is not waited for`, { timeout: 120_000 }, async (t) => {
    const { app } = await startFixture(t)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { client, served } = await connected(app.server)
    client.setEncoding('utf8')
    client.write(
      `${line} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n` +
        'Content-Length: 1000000\r\n\r\na',
    )
    const drip = setInterval(() => client.write('a'), 50)
    t.after(() => clearInterval(drip))
    const closed = once(served, 'close')
    const [answer] = (await once(client, 'data')) as [string]
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*\\r\\nconnection: close\\r\\n`))
    await closed
    client.destroy()
  })
}

test('a connection goes on after whole requests, whatever their answers', async (t) => {
  const { app } = await startFixture(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { client } = await connected(app.server)
  client.setEncoding('utf8')
  const asked = [
    'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
    'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /api/v1/imports HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  ]
  for (const request of asked) {
    client.write(request)
    const [answer] = (await once(client, 'data')) as [string]
    assert.match(answer, /^HTTP\/1\.1 \d+ [^]*\r\nconnection: keep-alive\r\n/i)
  }
  client.destroy()
})

test('one address has a bounded number of connections, and a closed one makes room', async (t) => {
  const connections = new Connections([], LIMITS)
  const server = await watched(t, connections)
  const first = await connected(server)
  const second = await connected(server)
  const third = await connected(server)
  assert.ok(third.served.destroyed)
  assert.ok(!first.served.destroyed && !second.served.destroyed)
  assert.deepEqual(connections.stats(), { connectionsTurnedAway: 1 })
  const closed = once(first.served, 'close')
  first.served.destroy()
  await closed
  const fourth = await connected(server)
  assert.ok(!fourth.served.destroyed)
  for (const { client } of [first, second, third, fourth]) client.destroy()
})

test('of a trusted proxy there may be as many as of all addresses together', async (t) => {
  const connections = new Connections(['127.0.0.0/8'], LIMITS)
  const server = await watched(t, connections)
  const all: Socket[] = []
  for (let i = 0; i < LIMITS.connectionsMax; i++) {
    const { client, served } = await connected(server)
    assert.ok(!served.destroyed)
    all.push(client)
  }
  const oneMore = connect(portOf(server), '127.0.0.1')
  oneMore.on('error', () => {})
  await once(server, 'drop')
  assert.deepEqual(connections.stats(), { connectionsTurnedAway: 1 })
  for (const client of [...all, oneMore]) client.destroy()
})
