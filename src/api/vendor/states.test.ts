// What became of a call, as each vendor words it: calls of every ending in one capture.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { udpFrame } from '../../decode/frames.fixture.ts'
import { captureOf } from '../../query/store.fixture.ts'
import { startFixture } from '../http/server.fixture.ts'

const PROJECT = 'b08dacad-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
const LINKTYPE_ETHERNET = 1
const START_US = BigInt(Date.UTC(2026, 10, 20) * 1000)

/** A message of a call that is named by its number. */
function sip(number: number, startLine: string, cseq: string, tag = ''): Buffer {
  const lines = [
    startLine,
    `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${number}${cseq.replace(' ', '')}`,
    `From: <sip:+1415555${String(number).padStart(4, '0')}@example.com>;tag=a`,
    `To: <sip:bob@example.com>${tag}`,
    `Call-ID: call-${number}@example.com`,
    `CSeq: ${cseq}`,
    'X-Trace: 7',
    'Content-Length: 0',
  ]
  return udpFrame(`${lines.join('\r\n')}\r\n\r\n`)
}

const invite = (number: number) => sip(number, 'INVITE sip:bob@example.com SIP/2.0', '1 INVITE')
const answer = (number: number, status: number, cseq = '1 INVITE') =>
  sip(number, `SIP/2.0 ${status} Said`, cseq, ';tag=b')
const request = (number: number, method: string, cseq: string) =>
  sip(number, `${method} sip:bob@example.com SIP/2.0`, cseq, method === 'CANCEL' ? '' : ';tag=b')

interface Ending {
  readonly messages: (number: number) => Buffer[]
  readonly signalwire: string
  readonly bandwidth: string
  /** Of the hangup event; null where there is none. */
  readonly cause: string | null
}

function refused(status: number, signalwire: string, bandwidth: string, cause: string): Ending {
  return { messages: (n) => [invite(n), answer(n, status)], signalwire, bandwidth, cause }
}

const REFER = '2 REFER'
const endings: readonly Ending[] = [
  {
    messages: (n) => [invite(n), answer(n, 200), request(n, 'BYE', '2 BYE')],
    signalwire: 'completed',
    bandwidth: 'completed',
    cause: 'NORMAL_CLEARING',
  },
  {
    messages: (n) => [invite(n), answer(n, 200)],
    signalwire: 'in-progress',
    bandwidth: 'active',
    cause: null,
  },
  {
    messages: (n) => [invite(n), answer(n, 200), request(n, 'REFER', REFER), answer(n, 202, REFER)],
    signalwire: 'in-progress',
    bandwidth: 'transferring',
    cause: null,
  },
  {
    messages: (n) => [
      invite(n),
      answer(n, 180),
      request(n, 'CANCEL', '1 CANCEL'),
      answer(n, 200, '1 CANCEL'),
      answer(n, 487),
    ],
    signalwire: 'canceled',
    bandwidth: 'completed',
    cause: 'ORIGINATOR_CANCEL',
  },
  {
    messages: (n) => [invite(n)],
    signalwire: 'no-answer',
    bandwidth: 'completed',
    cause: null,
  },
  {
    messages: (n) => [invite(n), answer(n, 180)],
    signalwire: 'no-answer',
    bandwidth: 'completed',
    cause: null,
  },
  refused(302, 'failed', 'rejected', 'NORMAL_TEMPORARY_FAILURE'),
  refused(403, 'failed', 'rejected', 'CALL_REJECTED'),
  refused(404, 'failed', 'rejected', 'UNALLOCATED_NUMBER'),
  refused(407, 'failed', 'rejected', 'CALL_REJECTED'),
  refused(408, 'no-answer', 'completed', 'NO_ANSWER'),
  refused(480, 'no-answer', 'completed', 'NO_ANSWER'),
  refused(484, 'failed', 'rejected', 'UNALLOCATED_NUMBER'),
  refused(486, 'busy', 'rejected', 'USER_BUSY'),
  refused(488, 'failed', 'rejected', 'CALL_REJECTED'),
  refused(503, 'failed', 'rejected', 'NORMAL_TEMPORARY_FAILURE'),
  refused(600, 'busy', 'rejected', 'USER_BUSY'),
  refused(603, 'busy', 'rejected', 'CALL_REJECTED'),
  refused(604, 'failed', 'rejected', 'UNALLOCATED_NUMBER'),
]

async function start(t: TestContext) {
  const fixture = await startFixture(t)
  const { app, accounts, clock, authorize } = fixture
  const frames = endings.flatMap(({ messages }, number) =>
    messages(number).map((bytes, at) => ({
      interfaceId: 0,
      ticks: START_US + BigInt(number * 10_000_000 + at * 1_000_000),
      bytes,
    })),
  )
  const headers = await authorize({ permissions: ['admin'] })
  const imported = await app.inject({
    method: 'POST',
    url: '/api/v1/imports?name=endings.pcapng',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    payload: captureOf([{ linkType: LINKTYPE_ETHERNET }], frames),
  })
  assert.equal(imported.statusCode, 200, imported.body)
  await accounts.create({ dialect: 'signalwire', id: PROJECT, secret: 's' })
  await accounts.create({ dialect: 'bandwidth', id: 'u-1', secret: 's' })
  const ask = async (id: string, url: string) => {
    const authorization = `Basic ${Buffer.from(`${id}:s`).toString('base64')}`
    const response = await app.inject({ url, headers: { authorization } })
    assert.equal(response.statusCode, 200, response.body)
    return response.json()
  }
  const fromOf = (number: number) => `+1415555${String(number).padStart(4, '0')}`
  const signalwire = async (number: number) => {
    const path = `/2010-04-01/Accounts/${PROJECT}/Calls?From=${encodeURIComponent(fromOf(number))}`
    return (await ask(PROJECT, path)).calls[0]
  }
  const bandwidth = async (number: number) =>
    (await ask('u-1', `/v1/users/u-1/calls?from=${encodeURIComponent(fromOf(number))}`))[0]
  return { ask, clock, signalwire, bandwidth }
}

test('every ending of a call has its word with each vendor', async (t) => {
  const { ask, signalwire, bandwidth } = await start(t)
  for (const [number, ending] of endings.entries()) {
    const call = await signalwire(number)
    assert.equal(call.status, ending.signalwire, `${number}`)
    const { id, state } = await bandwidth(number)
    assert.equal(state, ending.bandwidth, `${number}`)
    const events = await ask('u-1', `/v1/users/u-1/calls/${id}/events`)
    const hangup = events.find(({ name }: { name: string }) => name === 'hangup')
    const data = ending.cause === null ? undefined : JSON.stringify({ cause: ending.cause })
    assert.equal(hangup?.data, data, `${number}`)
  }
})

test('a call with a REFER under way is transferring', async (t) => {
  const { bandwidth } = await start(t)
  const number = endings.findIndex((ending) => ending.bandwidth === 'transferring')
  assert.equal((await bandwidth(number)).state, 'transferring')
  assert.equal((await bandwidth(number - 1)).state, 'active')
})

test('an INVITE without an answer is waited for as long as a proxy does', async (t) => {
  const { clock, signalwire, bandwidth } = await start(t)
  const number = endings.findIndex(({ signalwire: status }) => status === 'no-answer')
  const startUs = Number(START_US) + number * 10_000_000
  clock.tUs = startUs + 180_000_000
  assert.equal((await signalwire(number)).status, 'queued')
  assert.equal((await signalwire(number + 1)).status, 'ringing')
  assert.equal((await bandwidth(number)).state, 'started')
  clock.tUs = startUs + 180_000_001
  assert.equal((await signalwire(number)).status, 'no-answer')
  assert.equal((await bandwidth(number)).state, 'completed')
})
