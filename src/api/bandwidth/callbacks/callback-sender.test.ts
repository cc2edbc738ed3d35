// Events to receivers of every kind: that answer, refuse, sleep, talk nonsense or lead elsewhere.
// Each event arrives at least once and in order with the others of its call, or is given up in the
// open.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../../test/peers/programs.ts'
import { systemClock } from '../../../base/clock.ts'
import type { Application } from './application.ts'
import { CallbackSender } from './callback-sender.ts'
import { callbackLimits } from './limits.ts'
import { type Delivery, OutboxFile } from './outbox-file.ts'

const LOOPBACK = ['127.0.0.0/8', '::1']
const waits = { waitUsMin: 1_000, waitUsMax: 4_000 }

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Answer = (response: ServerResponse, nth: number) => void

/** A receiver that notes what comes, and answers as it is told; by default with 200. */
async function receive(t: TestContext, answer: Answer = (response) => response.end()) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      received.push({ method, url, headers, body })
      answer(response, received.length)
    })
  })
  return { received, url: `${await listen(t, server)}/events` }
}

async function listen(t: TestContext, server: Server | ReturnType<typeof createServer>) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function makeApplication(change: Partial<Application>): Application {
  return {
    id: 'app',
    name: 'app',
    account: 't-1',
    match: ['to:*'],
    callbackUrl: 'http://127.0.0.1:1/',
    callbackHttpMethod: 'POST',
    callbackTimeout: 5_000,
    fallbackUrl: null,
    tag: null,
    ...change,
  }
}

function start(
  t: TestContext,
  change: Partial<Application>,
  allowed = LOOPBACK,
  others: readonly Application[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-callbacks-'))
  const application = makeApplication(change)
  const path = join(folder, 'callbacks.sqlite')
  const open = () => {
    const outbox = new OutboxFile(path)
    const applicationOf = (id: string) => [application, ...others].find((one) => one.id === id)
    const parts = { outbox, clock: systemClock, userAgent: 'tester', allowed, applicationOf, waits }
    const sender = new CallbackSender(parts)
    const end = async () => {
      await sender.close()
      outbox.close()
    }
    return { outbox, sender, end }
  }
  const first = open()
  let { end } = first
  t.after(async () => {
    await end()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    ...first,
    /** Ends the sender and starts another one over the same file. */
    restart: async () => {
      await end()
      const next = open()
      ;({ end } = next)
      return next
    },
  }
}

/** The life of a call, in the order in which its events must arrive. */
function eventsOf(legKey: string, applicationId = 'app') {
  return ['incomingcall', 'answer', 'hangup'].map((eventType, i) => ({
    applicationId,
    legKey,
    eventKey: eventType,
    eventType,
    tUs: 1_000 + i,
    createdUs: 1,
    body: { eventType, callId: legKey },
  }))
}

async function settled(outbox: OutboxFile): Promise<readonly Delivery[]> {
  while (outbox.waiting() > 0) await sleep(5)
  return outbox.list({ limit: 1_000 }).toReversed()
}

const typesOf = (received: readonly Received[], legKey: string) =>
  received
    .map(({ body }) => JSON.parse(body) as { callId: string; eventType: string })
    .filter(({ callId }) => callId === legKey)
    .map(({ eventType }) => eventType)

test('events arrive as JSON, in the order of each call', async (t) => {
  const { received, url } = await receive(t)
  const { outbox, sender } = start(t, { callbackUrl: url.replace('//', '//user:pass@') })
  outbox.insert([...eventsOf('a'), ...eventsOf('b')])
  sender.start()
  for (const delivery of await settled(outbox)) {
    assert.equal(delivery.state, 'delivered')
    assert.equal(delivery.attempts, 1)
    assert.equal(delivery.sentTo, url)
  }
  assert.equal(received.length, 6)
  for (const legKey of ['a', 'b']) {
    assert.deepEqual(typesOf(received, legKey), ['incomingcall', 'answer', 'hangup'])
  }
  const [first] = received
  assert.equal(first?.method, 'POST')
  assert.equal(first.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(first.headers['user-agent'], 'tester')
  assert.equal(first.headers.authorization, `Basic ${Buffer.from('user:pass').toString('base64')}`)
})

test('a number of an event is one in its JSON', async (t) => {
  const { received, url } = await receive(t)
  const { outbox, sender } = start(t, { callbackUrl: url })
  const [event] = eventsOf('a')
  assert.ok(event !== undefined)
  outbox.insert([{ ...event, body: { eventType: 'transcription', textSize: 3 } }])
  sender.start()
  await settled(outbox)
  assert.equal(received[0]?.body, '{"eventType":"transcription","textSize":3}')
})

test('with GET, the fields stand in the query beside what the address has', async (t) => {
  const { received, url } = await receive(t)
  const { outbox, sender } = start(t, { callbackUrl: `${url}?key=1`, callbackHttpMethod: 'GET' })
  const [event] = eventsOf('a')
  assert.ok(event !== undefined)
  const body = { eventType: 'transcription', from: '+1919', textSize: 3, tag: 'a b&c' }
  outbox.insert([{ ...event, body }])
  sender.start()
  await settled(outbox)
  const [one] = received
  assert.equal(one?.method, 'GET')
  assert.equal(one.body, '')
  const query = new URL(one.url, url).searchParams
  assert.deepEqual(Object.fromEntries(query), {
    key: '1',
    eventType: 'transcription',
    from: '+1919',
    textSize: '3',
    tag: 'a b&c',
  })
})

test('an event that was refused is tried again before the next of its call', async (t) => {
  const { received, url } = await receive(t, (response, nth) => {
    response.statusCode = nth <= 4 ? 500 : 204
    response.end('{')
  })
  const { outbox, sender } = start(t, { callbackUrl: url })
  outbox.insert(eventsOf('a'))
  sender.start()
  const deliveries = await settled(outbox)
  assert.deepEqual(
    deliveries.map(({ attempts }) => attempts),
    [5, 1, 1],
  )
  const five = ['incomingcall', 'incomingcall', 'incomingcall', 'incomingcall', 'incomingcall']
  assert.deepEqual(typesOf(received, 'a'), [...five, 'answer', 'hangup'])
})

test('what a receiver does not take that is down, asleep or mad, its fallback gets', async (t) => {
  const asleep = await receive(t, () => {})
  const nonsense = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.end('\u0000\u0001 nonsense \r\n\r\n')
  })
  const closedUrl = `http://127.0.0.1:${await freePort()}/`
  const bad = [closedUrl, asleep.url, `${await listen(t, nonsense)}/`]
  for (const callbackUrl of bad) {
    const { received, url } = await receive(t)
    const { outbox, sender } = start(t, { callbackUrl, fallbackUrl: url, callbackTimeout: 1_000 })
    outbox.insert(eventsOf('a'))
    sender.start()
    const deliveries = await settled(outbox)
    assert.ok(deliveries.every(({ state, sentTo }) => state === 'delivered' && sentTo === url))
    assert.deepEqual(typesOf(received, 'a'), ['incomingcall', 'answer', 'hangup'])
  }
  assert.equal(asleep.received.length, 3)
})

test('what nobody takes is given up in the open, and holds up no other call', async (t) => {
  const { received, url } = await receive(t, (response, nth) => {
    response.statusCode = 503
    response.end(`no ${nth}`)
  })
  const { outbox, sender } = start(t, { callbackUrl: url })
  const [event] = eventsOf('a')
  assert.ok(event !== undefined)
  outbox.insert([event, ...eventsOf('gone', 'gone')])
  sender.start()
  const [given, ...ofGone] = await settled(outbox)
  assert.equal(given?.state, 'given-up')
  assert.equal(given.attempts, callbackLimits.attemptsMax)
  assert.equal(given.error, 'answered with 503')
  assert.equal(received.length, callbackLimits.attemptsMax)
  assert.ok(ofGone.every(({ error }) => error === 'the application is gone'))
})

test('a receiver that sleeps holds up no other application', async (t) => {
  const asleep = await receive(t, () => {})
  const awake = await receive(t)
  const other = makeApplication({ id: 'other', callbackUrl: awake.url })
  const { outbox, sender } = start(t, { callbackUrl: asleep.url }, LOOPBACK, [other])
  for (let i = 0; i < 2 * callbackLimits.sendingMax; i++) outbox.insert(eventsOf(`call-${i}`))
  outbox.insert(eventsOf('call', 'other'))
  sender.start()
  while (awake.received.length < 3) await sleep(5)
  // Nobody has waited for the sleeping one to time out.
  assert.deepEqual(outbox.list({ limit: 1, state: 'given-up' }), [])
  assert.ok(outbox.list({ limit: 1_000, applicationId: 'app' }).every((one) => one.attempts === 0))
})

test('a redirect is no answer, and is not followed', async (t) => {
  const inside = await receive(t)
  const { received, url } = await receive(t, (response) => {
    response.writeHead(302, { location: inside.url }).end()
  })
  const { outbox, sender } = start(t, { callbackUrl: url })
  outbox.insert(eventsOf('a').slice(0, 1))
  sender.start()
  const [delivery] = await settled(outbox)
  assert.equal(delivery?.state, 'given-up')
  assert.equal(delivery.error, 'answered with 302')
  assert.equal(received.length, callbackLimits.attemptsMax)
  assert.equal(inside.received.length, 0)
})

test('addresses inside are not sent to, named or not, unless they are allowed', async (t) => {
  const { received, url } = await receive(t)
  const { port } = new URL(url)
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433']
  for (const host of hosts) {
    const { outbox, sender } = start(t, { callbackUrl: `http://${host}:${port}/` }, [])
    outbox.insert(eventsOf('a').slice(0, 1))
    sender.start()
    const [delivery] = await settled(outbox)
    assert.equal(delivery?.state, 'given-up', host)
    assert.match(delivery.error ?? '', /leads to an address inside/, host)
  }
  assert.equal(received.length, 0)
})

test('what was under way at a crash is sent again, and what was settled is not', async (t) => {
  let isAnswering = false
  const { received, url } = await receive(t, (response, nth) => {
    if (nth === 1 || isAnswering) response.end()
  })
  const { outbox, sender, restart } = start(t, { callbackUrl: url })
  outbox.insert(eventsOf('a'))
  sender.start()
  while (received.length < 2) await sleep(5)
  const next = await restart()
  isAnswering = true
  next.sender.start()
  const deliveries = await settled(next.outbox)
  assert.ok(deliveries.every(({ state }) => state === 'delivered'))
  assert.deepEqual(typesOf(received, 'a'), ['incomingcall', 'answer', 'answer', 'hangup'])
  assert.equal(next.outbox.insert(eventsOf('a')), 0)
})
