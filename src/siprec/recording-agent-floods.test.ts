// Requests of nobody in particular, many of them: what they hold gives way to a recording client,
// and what is kept of them has a bound.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SipMessage } from '../sip/message.ts'
import { siprecLimits } from './limits.ts'
import { requestOf } from './recording-agent.fixture.ts'
import { RecordingAgent } from './recording-agent.ts'
import type { Flow } from './transactions.ts'

const SESSIONS_MAX = 3

const flow: Flow = {
  transport: 'udp',
  connection: 0,
  peer: { address: '192.0.2.1', port: 5060 },
  local: { address: '192.0.2.2', port: 5060 },
}

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 6000 RTP/AVP 0',
  'm=audio 6002 RTP/AVP 0',
  '',
].join('\r\n')

/** An agent, and whoever asks it; each section is heard by `hear` of its number. */
function agentUnderTest({ portsMax = 100 } = {}) {
  const sent: string[] = []
  const hear: ((from: string) => boolean)[] = []
  let openPorts = 0
  const agent = new RecordingAgent({
    send: (_flow, _target, bytes) => void sent.push(bytes.toString('latin1')),
    openMedia: async (_address, takes) => {
      if (openPorts >= portsMax) return undefined
      openPorts++
      hear.push(takes)
      return { rtpPort: 20_000 + 2 * hear.length, close: () => void openPorts-- }
    },
    isClient: () => true,
    mediaAddress: () => '192.0.2.2',
    sessionsMax: SESSIONS_MAX,
  })
  const message = new SipMessage()
  /** Sends a request and gives the answer, '' where there is none. */
  const say = async (
    method: string,
    callId: string,
    { body = '', tag = '', nowMs = 0, filler = '' } = {},
  ) => {
    const branch = `${callId}${method}${filler}`
    const bytes = Buffer.from(requestOf({ method, callId, cseq: 1, branch, tag, body }))
    assert(message.read(bytes, 0, bytes.length, { isDatagram: true }))
    const before = sent.length
    agent.push(message, flow, nowMs)
    await new Promise((resolve) => setImmediate(resolve))
    return sent.slice(before).find((one) => one.includes(`\r\nCall-ID: ${callId}\r\n`)) ?? ''
  }
  const invite = (callId: string, nowMs = 0) => say('INVITE', callId, { body: SDP, nowMs })
  /** A session that is acknowledged. */
  const begin = async (callId: string, nowMs = 0) => {
    const answer = await invite(callId, nowMs)
    assert.match(answer, /^SIP\/2.0 200 /)
    await say('ACK', callId, { tag: /^To: .*(;tag=\w+)/m.exec(answer)?.[1] ?? '', nowMs })
  }
  const sessions = () => agent.stats()['sessions']
  return { agent, sent, hear, say, invite, begin, sessions, openPorts: () => openPorts }
}

test('sessions that nobody acknowledged give way to the next ones, the oldest first', async () => {
  const { sent, invite, begin, sessions, openPorts } = agentUnderTest()
  for (let i = 0; i < 10; i++) assert.match(await invite(`forged${i}`), /^SIP\/2.0 200 /)
  await begin('real')
  for (let i = 10; i < 20; i++) assert.match(await invite(`forged${i}`), /^SIP\/2.0 200 /)
  assert.deepEqual([sessions(), openPorts()], [SESSIONS_MAX, 2 * SESSIONS_MAX])
  // Whoever stands in a forged address hears of it no more, and no request before Timer H.
  assert.equal(sent.filter((one) => one.startsWith('BYE ')).length, 0)
  await begin('second')
  await begin('third')
  assert.match(await invite('fourth'), /^SIP\/2.0 503 [^]*Retry-After: /)
})

test('they give way too where ports are what is missing', async () => {
  const { invite, begin, sessions, openPorts } = agentUnderTest({ portsMax: 4 })
  for (const callId of ['forged1', 'forged2']) await invite(callId)
  await begin('real')
  await begin('second')
  assert.deepEqual([sessions(), openPorts()], [2, 4])
  assert.match(await invite('third'), /^SIP\/2.0 503 /)
  assert.equal(openPorts(), 4)
})

test('a session whose media never began gives way after a while, by BYE', async () => {
  const { sent, hear, invite, begin, sessions } = agentUnderTest()
  for (const callId of ['heard', 'silent', 'late']) await begin(callId)
  hear[0]?.('192.0.2.1')
  const { mediaBeginsMsMax } = siprecLimits
  assert.match(await invite('early', mediaBeginsMsMax - 1), /^SIP\/2.0 503 /)
  await begin('next', mediaBeginsMsMax)
  const byes = sent.filter((one) => one.startsWith('BYE '))
  assert.deepEqual(
    byes.map((one) => /^Call-ID: (.*)\r$/m.exec(one)?.[1]),
    ['silent'],
  )
  assert.equal(sessions(), SESSIONS_MAX)
})

test('a refusal for want of room is sent once, and nothing is kept of it', async () => {
  const { agent, sent, hear, invite, begin } = agentUnderTest()
  for (const callId of ['one', 'two', 'three']) await begin(callId)
  for (const takes of hear) takes('192.0.2.1')
  const kept = agent.stats()['transactions'] ?? 0
  for (let i = 0; i < 20; i++) assert.match(await invite(`more${i}`), /^SIP\/2.0 503 /)
  const before = sent.length
  agent.tick(600)
  assert.equal(sent.length, before)
  assert.equal(agent.stats()['transactions'], kept)
})

test('a session stays bounded in time when its transaction was pushed out by others', async () => {
  const { agent, say, invite, begin, sessions, openPorts } = agentUnderTest()
  await invite('forged')
  await begin('real')
  for (let i = 0; i <= siprecLimits.transactionsMax; i++) await say('OPTIONS', `options${i}`)
  agent.tick(33_000)
  assert.deepEqual([sessions(), openPorts()], [1, 2])
})

test('answers that are kept for copies have a bound in bytes', async () => {
  const { agent, say } = agentUnderTest()
  const filler = `;x=${'a'.repeat(1_000_000)}`
  for (let i = 0; i < 60; i++) {
    assert.match(await say('OPTIONS', `long${i}`, { filler }), /^SIP\/2.0 200 /)
  }
  const { transactions = 0, transactionsForgotten } = agent.stats()
  assert.ok(transactions <= siprecLimits.transactionBytesMax / 1_000_000, `${transactions}`)
  assert.equal(transactionsForgotten, 60 - transactions)
})
