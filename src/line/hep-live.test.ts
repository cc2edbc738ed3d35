// HEP as it arrives: by every way, from good senders beside bad ones.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { freePort } from '../../test/peers/programs.ts'
import { systemClock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import { hepSample } from '../decode/hep/hep-samples.fixture.ts'
import { openHepSender } from './hep-sender.ts'
import {
  aMoment,
  hepOrders,
  hepPacket,
  makeCertificate,
  onlyArrival,
  openConnection,
  options,
  sendDatagrams,
  startLive,
} from './live.fixture.ts'
import { faultsOf, makeFolder } from './store.fixture.ts'

const CALL_ID = 'Call-ID: '

/** The Call-IDs of a picture's messages, in order. */
function callIds(messages: readonly string[]): string[] {
  return messages
    .map((message) => message.slice(message.indexOf(CALL_ID) + CALL_ID.length).split('\r\n')[0])
    .map((callId) => callId ?? '')
    .sort()
}

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  test(`HEP over ${transport}: messages are found while the server runs`, async (t) => {
    const files = transport === 'tls' ? makeCertificate(makeFolder(t)) : undefined
    if (transport === 'tls' && files === undefined) {
      t.skip('openssl is missing')
      return
    }
    const tls = files === undefined ? {} : { tls: { port: undefined, ...files } }
    const server = await startLive(t, [{ ...hepOrders, ...tls }])
    const port = server.port(transport)
    const target = { scheme: transport, host: '127.0.0.1', port, path: '' } as const
    const sender = await openHepSender(target, { isCertificateChecked: false })
    for (const callId of ['a', 'b', 'c']) sender.send(hepPacket(options(callId)))
    await sender.close()
    const { messages } = await server.found(3)
    assert.deepEqual(callIds(messages), ['a', 'b', 'c'])
    assert.ok(messages.every((message) => message.includes('"src":"192.0.2.1","srcPort":5060')))
    const state = await server.until(({ messages: count }) => count === 3)
    const arrival = onlyArrival(state)
    assert.equal(arrival.transport, transport)
    assert.equal(arrival.agentId, 7)
    assert.equal(arrival.packets, 3)
    assert.deepEqual(arrival.protocols, { sip: 3 })
    assert.equal(arrival.packetsDropped, 0)
    await server.close()
    assert.deepEqual(await faultsOf(server.folder), [])
  })
}

test('HEP of versions 1 and 2, as Kamailio sends it, is found', async (t) => {
  const server = await startLive(t)
  const packets = (['kamailio-hep1-f2', 'kamailio-hep2-f2'] as const).map(hepSample)
  await sendDatagrams(server.port('udp'), ...packets)
  const { messages } = await server.found(2)
  assert.deepEqual(callIds(messages), ['1-1429@127.0.0.1', '1-1489@127.0.0.1'])
})

test('a clock that cannot be gives way to the time of arrival, and the leg says so', async (t) => {
  const server = await startLive(t)
  const now = systemClock.nowUs()
  const years = 365 * 86_400_000_000
  await sendDatagrams(
    server.port('udp'),
    hepPacket(options('future'), { tUs: now + 10 * years }),
    hepPacket(options('past'), { tUs: now - 10 * years }),
    hepPacket(options('late'), { tUs: now - 3_600_000_000 }),
  )
  const { legs } = await server.found(3)
  const byCallId = new Map(legs.map((leg) => JSON.parse(leg)).map((leg) => [leg.callId, leg]))
  assert.deepEqual(byCallId.get('future').problems, ['decode.hep.time-ahead'])
  assert.deepEqual(byCallId.get('past').problems, ['decode.hep.time-behind'])
  assert.deepEqual(byCallId.get('late').problems, [])
  assert.equal(byCallId.get('late').startUs, now - 3_600_000_000)
  const arrival = onlyArrival(await server.until(({ messages }) => messages === 3))
  assert.equal(arrival.timesReplaced, 2)
})

test('with a key set, packets without it or with another are refused and counted', async (t) => {
  const server = await startLive(t, [{ ...hepOrders, authKey: 'right' }])
  await sendDatagrams(
    server.port('udp'),
    hepPacket(options('none'), { agentId: 1 }),
    hepPacket(options('wrong'), { agentId: 2, authKey: 'wrong' }),
    hepPacket(options('longer'), { agentId: 2, authKey: 'right1' }),
    hepSample('kamailio-hep1-f2'),
    hepPacket(options('right'), { agentId: 3, authKey: 'right' }),
  )
  const { messages } = await server.found(1)
  assert.deepEqual(callIds(messages), ['right'])
  const { arrivals } = await server.until((state) => state.arrivals.length === 4)
  const auth = arrivals.map(({ agentId, auth: shown, packetsRefused }) => {
    return [agentId, shown, packetsRefused]
  })
  assert.deepEqual(auth, [
    [1, 'missing', 1],
    [2, 'wrong', 2],
    [null, 'missing', 1],
    [3, 'good', 0],
  ])
})

test('of the name of a sender as much is kept as a name has', async (t) => {
  const server = await startLive(t)
  const node = 'edge'.repeat(10_000)
  await sendDatagrams(server.port('udp'), hepPacket(options('named'), { node }))
  const { arrivals } = await server.until((state) => state.arrivals.length === 1)
  assert.equal(arrivals[0]?.node, node.slice(0, limits.hepNodeBytesMax))
})

test('a sender of garbage is cut off, and everyone else goes on', async (t) => {
  const server = await startLive(t)
  const port = server.port('tcp')
  const garbage = await openConnection(t, port)
  const cutOff = once(garbage, 'close')
  const noise = Buffer.alloc(64 * 1024, 'garbage ')
  const isWriting = (): boolean => !garbage.destroyed
  const writing = (async () => {
    while (isWriting()) {
      garbage.write(noise)
      await aMoment()
    }
  })()
  const good = await openConnection(t, port)
  for (let i = 0; i < 20; i++) good.write(hepPacket(options(`good-${i}`)))
  await cutOff
  await writing
  good.write(hepPacket(options('after')))
  const { messages } = await server.found(21)
  assert.equal(messages.length, 21)
  const state = await server.until(({ intakes }) => {
    return intakes.some(({ refused }) => refused['hepGarbageBytesMax'] === 1)
  })
  assert.equal(state.messages, 21)
})

test('one address has so many connections and no more; the others go on', async (t) => {
  const server = await startLive(t)
  const port = server.port('tcp')
  const good = await openConnection(t, port)
  const idle = await Promise.all(
    Array.from({ length: limits.hepConnectionsPerPeerMax + 20 }, () => openConnection(t, port)),
  )
  const state = await server.until(({ intakes }) => {
    return intakes.some(({ refused }) => refused['hepConnectionsPerPeerMax'] === 21)
  })
  const tcp = state.intakes.find(({ transport }) => transport === 'tcp')
  assert.equal(tcp?.connections, limits.hepConnectionsPerPeerMax)
  good.write(hepPacket(options('still-here')))
  assert.equal((await server.found(1)).messages.length, 1)
  for (const socket of idle) socket.destroy()
})

test('half a packet, and then the rest, is one packet', async (t) => {
  const server = await startLive(t)
  const socket = await openConnection(t, server.port('tcp'))
  socket.setNoDelay(true)
  const packet = hepPacket(options('halves'))
  socket.write(packet.subarray(0, 100))
  await aMoment()
  socket.write(packet.subarray(100))
  assert.deepEqual(callIds((await server.found(1)).messages), ['halves'])
})

test('a port that is taken is told with the reason, and the rest goes on', async (t) => {
  const port = await freePort()
  const other = createServer()
  await once(other.listen(port, '127.0.0.1'), 'listening')
  t.after(() => other.close())
  const server = await startLive(t, [{ ...hepOrders, port }])
  const tcp = server.state.intakes.find(({ transport }) => transport === 'tcp')
  assert.equal(tcp?.isOpen, false)
  assert.match(tcp?.reason ?? '', /another program has it/)
  await sendDatagrams(server.port('udp'), hepPacket(options('by-udp')))
  assert.equal((await server.found(1)).messages.length, 1)
})

test('an import beside live traffic disturbs neither', async (t) => {
  const server = await startLive(t)
  const socket = await openConnection(t, server.port('tcp'))
  const capture = new URL('../../examples/real-failed-calls.pcap', import.meta.url).pathname
  const importing = server.writer.importFile(capture, 'failed calls')
  for (let i = 0; i < 50; i++) {
    socket.write(hepPacket(options(`beside-${i}`)))
    if (i % 10 === 0) await aMoment()
  }
  const imported = await importing
  await server.found(50 + imported.messages)
  await server.close()
  assert.deepEqual(await faultsOf(server.folder), [])
})

test('what had arrived when the server was stopped is there when it starts again', async (t) => {
  const folder = makeFolder(t)
  const first = await startLive(t, [hepOrders], folder)
  await sendDatagrams(first.port('udp'), hepPacket(options('before')))
  await first.until(({ frames }) => frames === 1)
  await first.close()
  const second = await startLive(t, [hepOrders], folder)
  await sendDatagrams(second.port('udp'), hepPacket(options('after')))
  assert.deepEqual(callIds((await second.found(2)).messages), ['after', 'before'])
})
