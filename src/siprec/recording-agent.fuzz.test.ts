// The agent under requests of every kind, order and damage: it never throws, never holds more than
// it may, and gives back every port.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SipMessage } from '../sip/message.ts'
import { RecordingAgent } from './recording-agent.ts'
import type { Flow } from './transactions.ts'

const flow: Flow = {
  transport: 'udp',
  connection: 0,
  peer: { address: '192.0.2.1', port: 5060 },
  local: { address: '192.0.2.2', port: 5060 },
}
const SESSIONS_MAX = 3

const method = fc.constantFrom('INVITE', 'ACK', 'BYE', 'CANCEL', 'UPDATE', 'INFO', 'OPTIONS', 'X')
const bodies = [
  '',
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6 RTP/AVP 0\r\n',
  'v=0\r\nm=audio 6 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n',
  'v=0\r\nm=video 6 RTP/AVP 96\r\nm=audio 0 RTP/AVP 0\r\n',
  '\r\n\r\n--b\r\n',
]
const step = fc.record({
  method,
  call: fc.nat(4),
  cseq: fc.nat(3),
  branch: fc.nat(5),
  body: fc.constantFrom(...bodies),
  hasTag: fc.boolean(),
  extra: fc.constantFrom('', 'Require: siprec\r\n', 'Require: x\r\n', 'Session-Expires: 90\r\n'),
  drop: fc.constantFrom('', 'From', 'To', 'Call-ID', 'CSeq', 'Via', 'Contact'),
  waitMs: fc.constantFrom(0, 100, 40_000, 200_000),
})

test('no order of requests makes the agent throw or lose a port', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    let openPorts = 0
    let nowMs = 0
    const tags = new Map<string, string>()
    const agent = new RecordingAgent({
      send: (_flow, _target, bytes) => {
        const text = bytes.toString('latin1')
        const callId = /^Call-ID: (.*)\r$/m.exec(text)?.[1] ?? ''
        const tag = /^To: .*;tag=(\w+)/m.exec(text)?.[1]
        if (tag !== undefined && text.startsWith('SIP/2.0 200')) tags.set(callId, tag)
      },
      openMedia: async () => {
        openPorts++
        return { rtpPort: 20_000 + 2 * openPorts, close: () => void openPorts-- }
      },
      isClient: () => true,
      mediaAddress: () => '192.0.2.2',
      sessionsMax: SESSIONS_MAX,
    })
    const message = new SipMessage()
    for (const one of steps) {
      const callId = `${one.call}@fuzz`
      const tag = one.hasTag ? `;tag=${tags.get(callId) ?? 'none'}` : ''
      const head = [
        `${one.method} sip:a@b SIP/2.0`,
        `Via: SIP/2.0/UDP h;branch=z9hG4bK${one.branch}`,
        'From: <sip:c@d>;tag=x',
        `To: <sip:a@b>${tag}`,
        `Call-ID: ${callId}`,
        `CSeq: ${one.cseq} ${one.method}`,
        'Contact: <sip:c@d>',
      ].filter((line) => one.drop === '' || !line.startsWith(one.drop))
      const type = one.body === '' ? '' : 'Content-Type: application/sdp\r\n'
      const text = `${head.join('\r\n')}\r\n${one.extra}${type}\r\n${one.body}`
      const bytes = Buffer.from(text)
      if (message.read(bytes, 0, bytes.length, { isDatagram: true }))
        agent.push(message, flow, nowMs)
      await new Promise((resolve) => setImmediate(resolve))
      nowMs += one.waitMs
      agent.tick(nowMs)
      assert.ok((agent.stats()['sessions'] ?? 0) <= SESSIONS_MAX)
    }
    agent.stop()
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(agent.stats()['sessions'], 0)
    assert.equal(openPorts, 0)
  })
  await fc.assert(property, { numRuns: 150, seed: 7866 })
})
