// What becomes of a session in the course of hours, which no test can wait for: the agent with a
// clock of the test's own, and what it sends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SipMessage } from '../sip/message.ts'
import { requestOf } from './recording-agent.fixture.ts'
import { RecordingAgent } from './recording-agent.ts'
import type { Flow } from './transactions.ts'

const flow: Flow = {
  transport: 'udp',
  connection: 0,
  peer: { address: '192.0.2.1', port: 5060 },
  local: { address: '192.0.2.2', port: 5060 },
}

/** A description with one audio section for each port. */
const sdp = (...ports: readonly number[]) =>
  [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.1',
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    ...ports.map((port) => `m=audio ${port} RTP/AVP 0`),
    '',
  ].join('\r\n')

/** An agent, and a client that has its session; `say` gives the agent's answer. */
async function session(...headers: readonly string[]) {
  const sent: string[] = []
  let openPorts = 0
  const agent = new RecordingAgent({
    send: (_flow, _target, bytes) => void sent.push(bytes.toString('latin1')),
    openMedia: async () => {
      openPorts++
      return { rtpPort: 20_000 + 2 * openPorts, close: () => void openPorts-- }
    },
    isClient: () => true,
    mediaAddress: () => '192.0.2.2',
    sessionsMax: 3,
  })
  const message = new SipMessage()
  let cseq = 0
  let tag = ''
  const say = async (method: string, body: string, ...more: readonly string[]) => {
    if (method !== 'ACK' && method !== 'CANCEL') cseq++
    const branch = `${cseq}${method === 'CANCEL' ? 'INVITE' : method}`
    const bytes = Buffer.from(
      requestOf({ method, callId: 'session', cseq, branch, tag, more, body }),
    )
    assert(message.read(bytes, 0, bytes.length, { isDatagram: true }))
    const before = sent.length
    agent.push(message, flow, 0)
    await new Promise((resolve) => setImmediate(resolve))
    const answer = sent.slice(before).find((one) => one.startsWith('SIP/2.0'))
    tag = /^To: .*(;tag=\w+)/m.exec(answer ?? '')?.[1] ?? tag
    return answer ?? ''
  }
  assert.match(await say('INVITE', sdp(6_000, 6_002), ...headers), /^SIP\/2.0 200 /)
  await say('ACK', '')
  return { agent, sent, say, openPorts: () => openPorts }
}

const TIMER = ['Supported: timer', 'Session-Expires: 1800;refresher=uac']

test('a session whose client no longer refreshes it is ended', async () => {
  const { agent, sent } = await session(...TIMER)
  agent.tick(1_799_000)
  assert.equal(agent.stats()['sessions'], 1)
  agent.tick(1_801_000)
  assert.equal(agent.stats()['sessions'], 0)
  assert.match(sent.at(-1) ?? '', /^BYE /)
})

test('a later offer or update without an interval ends the timer, not the session', async () => {
  for (const method of ['INVITE', 'UPDATE']) {
    const { agent, say } = await session(...TIMER)
    assert.doesNotMatch(await say(method, sdp(6_000, 6_002)), /Session-Expires/)
    await say('ACK', '')
    agent.tick(1_801_000)
    assert.equal(agent.stats()['sessions'], 1, method)
  }
})

test('a session whose sections are all off goes on, and gives back its ports', async () => {
  const { agent, say, openPorts } = await session()
  const off = await say('INVITE', sdp(0, 0))
  assert.match(off, /^SIP\/2.0 200 [^]*m=audio 0 RTP\/AVP 0\r\nm=audio 0 /)
  await say('ACK', '')
  assert.deepEqual([agent.stats()['sessions'], openPorts()], [1, 0])
  assert.match(await say('INVITE', sdp(6_000, 6_002)), /m=audio 2\d+ [^]*m=audio 2\d+ /)
  assert.equal(openPorts(), 2)
})

test('a later offer that is cancelled while its ports are opened has one answer', async () => {
  const { agent, sent, say } = await session()
  const before = sent.length
  const offered = say('INVITE', sdp(6_000, 6_002, 6_004))
  await say('CANCEL', '')
  await offered
  const answers = sent.slice(before)
  assert.deepEqual(
    answers.map((one) => [one.split('\r\n', 1)[0], /^CSeq: (.*)\r$/m.exec(one)?.[1]]),
    [
      ['SIP/2.0 200 OK', '2 CANCEL'],
      ['SIP/2.0 487 Request Terminated', '2 INVITE'],
    ],
  )
  assert.equal(agent.stats()['sessions'], 1)
})
