// Digits and fax as messages tell them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inShortTime } from '../base/duration.fixture.ts'
import type { StoredMessage } from './finder.ts'
import { sipFindings } from './sip-findings.ts'

interface Sent {
  readonly method?: string
  readonly tag?: string
  readonly cseq?: number
  readonly type?: string
  readonly body?: string
}

async function* messages(sent: readonly Sent[]): AsyncGenerator<StoredMessage> {
  for (const [i, { method = 'INFO', tag = 'a', cseq = i, type, body = '' }] of sent.entries()) {
    const head = [
      `${method} sip:b@b.test SIP/2.0`,
      'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK-1',
      `From: <sip:x@a.test>;tag=${tag}`,
      'To: <sip:y@b.test>;tag=z',
      'Call-ID: c',
      `CSeq: ${cseq} ${method}`,
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
      `Content-Length: ${body.length}`,
      '',
      body,
    ]
    const row = {
      messageId: `${i}`,
      legKey: 'l',
      callId: 'c',
      tUs: 1_000_000 * i,
      transport: 'udp',
    }
    const ends = { src: '10.0.0.1', srcPort: 5060, dst: '10.0.0.2', dstPort: 5060 }
    const what = { method, status: null, cseq, isRetransmission: false }
    yield { ...row, ...ends, ...what, bytes: Buffer.from(head.join('\r\n')) }
  }
}

const RELAY = 'application/dtmf-relay'
const INVITE = { method: 'INVITE', tag: 'a' }

async function digitsOf(...sent: readonly Sent[]): Promise<string[]> {
  const findings = await sipFindings(messages([INVITE, ...sent]))
  return findings.map(({ side, digit, measures }) => `${side} ${digit} ${measures['durationMs']}`)
}

test('INFO tells digits in either of its two forms, from either side', async () => {
  const found = await digitsOf(
    { type: RELAY, body: 'Signal=5\r\nDuration=160\r\n' },
    { type: RELAY, body: 'Signal= *\r\n', tag: 'b' },
    { type: 'application/dtmf', body: '#' },
    { type: RELAY, body: 'Signal=11\nDuration=99999999' },
    { type: RELAY, body: 'signal=d' },
    { type: RELAY, body: 'Signal=16' },
  )
  assert.deepEqual(found, [
    'caller 5 160',
    'callee * 250',
    'caller # 250',
    'caller # 60000',
    'caller D 250',
    'caller flash 250',
  ])
})

test('an INFO of line ends alone takes no longer than any of that length', async () => {
  const found = await inShortTime(() => digitsOf({ type: RELAY, body: '\n'.repeat(60_000) }))
  assert.deepEqual(found, [])
})

test('an INFO that is seen again is no other digit, the next one is', async () => {
  const five = { type: RELAY, body: 'Signal=5' }
  const found = await digitsOf({ ...five, cseq: 7 }, { ...five, cseq: 7 }, { ...five, cseq: 8 })
  assert.equal(found.length, 2)
})

test('an INFO that holds no digit is none', async () => {
  const found = await digitsOf(
    {},
    { type: RELAY, body: 'Duration=5' },
    { type: RELAY, body: 'Signal=55' },
    { type: 'application/dtmf', body: 'x' },
    { type: 'text/plain', body: '5' },
    { method: 'MESSAGE', type: RELAY, body: 'Signal=5' },
  )
  assert.deepEqual(found, [])
})

test('a description that takes T.38 says that the call goes on as fax, once', async () => {
  const sdp = (port: number) =>
    [
      'v=0',
      'o=- 1 1 IN IP4 10.0.0.1',
      's=-',
      'c=IN IP4 10.0.0.1',
      't=0 0',
      `m=image ${port} udptl t38`,
      '',
    ].join('\r\n')
  const fax = (port: number) => ({ method: 'INVITE', type: 'application/sdp', body: sdp(port) })
  const findings = await sipFindings(messages([INVITE, fax(0), fax(4_000), fax(4_000)]))
  assert.deepEqual(
    findings.map(({ kind, startUs }) => [kind, startUs]),
    [['t38', 2_000_000]],
  )
})
