// Records of single messages: which header fills which field, and that no bytes are too odd.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Leg } from '../../calls/leg.ts'
import type { StoredMessage } from '../../query/finder.ts'
import { toHomerRecord } from './homer-record.ts'

const leg: Leg = {
  legKey: 'leg',
  callId: 'a@192.0.2.1',
  callKey: 'call',
  conversationId: '11111111-2222-4333-8444-555555555555',
  kind: 'call',
  state: 'trying',
  from: 'alice',
  to: 'bob',
  fromHost: null,
  toHost: null,
  src: '192.0.2.1',
  srcPort: 5060,
  dst: '192.0.2.2',
  dstPort: 5060,
  transport: 'udp',
  isOpened: true,
  startUs: 0,
  ringUs: null,
  answerUs: null,
  endUs: null,
  lastUs: 0,
  status: null,
  endedBy: null,
  messages: 1,
  retransmissions: 0,
  copies: 0,
  isAcknowledged: false,
  isChallengedAgain: false,
  answerRepeats: 0,
  isCancelCrossed: false,
  refusedBy: null,
  transferBy: null,
  identities: [],
  silentAt: null,
  reason: null,
  userAgent: null,
  problems: [],
}

function storedOf(bytes: Buffer, more: Partial<StoredMessage> = {}): StoredMessage {
  return {
    messageId: 'm1',
    legKey: 'leg',
    callId: leg.callId,
    tUs: 1_767_323_045_678_901,
    src: '192.0.2.1',
    srcPort: 5060,
    dst: '192.0.2.2',
    dstPort: 5062,
    transport: 'udp',
    method: 'INVITE',
    status: null,
    cseq: 1,
    isRetransmission: false,
    bytes,
    ...more,
  }
}

const INVITE = Buffer.from(
  [
    'INVITE sip:bob@biloxi.example;user=phone SIP/2.0',
    'v: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1',
    'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0',
    'f: "Alice, A." <sip:alice@atlanta.example>;tag=f1',
    't: <sip:bob@biloxi.example>',
    'i: a@192.0.2.1',
    'CSeq: 7 INVITE',
    'm: <sip:alice@192.0.2.1:5062;transport=tcp>',
    'P-Asserted-Identity: <tel:+15550100>',
    'Proxy-Authorization: Digest username="al", realm="r", nonce="n"',
    'Diversion: <sip:carol@biloxi.example>;reason=unconditional',
    'Reason: Q.850;cause=16',
    'User-Agent: test/1',
    'c: application/sdp',
    'l: 5',
    '',
    'v=0\r\n',
  ].join('\r\n'),
)

test('a request fills its record from its headers, compact ones too', () => {
  const record = toHomerRecord(storedOf(INVITE), leg, { ...leg, callId: 'first@192.0.2.8' })
  assert.deepEqual(record, {
    id: 'm1',
    date: '2026-01-02T03:04:05.678Z',
    milliTs: '1767323045678',
    microTs: '1767323045678901',
    method: 'INVITE',
    ruri: 'sip:bob@biloxi.example;user=phone',
    ruriUser: 'bob',
    ruriDomain: 'biloxi.example',
    fromUser: 'alice',
    fromDomain: 'atlanta.example',
    fromTag: 'f1',
    toUser: 'bob',
    toDomain: 'biloxi.example',
    pidUser: '+15550100',
    contactUser: 'alice',
    contactIp: '192.0.2.1',
    contactPort: '5062',
    authUser: 'al',
    auth: 'Digest username="al", realm="r", nonce="n"',
    via1: 'SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1',
    via1Branch: 'z9hG4bK1',
    cseq: '7 INVITE',
    diversion: '<sip:carol@biloxi.example>;reason=unconditional',
    reason: 'Q.850;cause=16',
    contentType: 'application/sdp',
    userAgent: 'test/1',
    callid: 'a@192.0.2.1',
    callidAleg: 'first@192.0.2.8',
    correlationId: 'first@192.0.2.8',
    conversationId: leg.conversationId,
    sourceIp: '192.0.2.1',
    sourcePort: '5060',
    destinationIp: '192.0.2.2',
    destinationPort: '5062',
    proto: '17',
    family: '2',
    type: '1',
    msg: INVITE.toString(),
  })
})

test('a response has its status for a method, and its reason beside it', () => {
  const bytes = Buffer.from('SIP/2.0 486 Busy Here\r\nCSeq: 7 INVITE\r\nServer: s/2\r\n\r\n')
  const ends = { src: '2001:db8::1', dst: '2001:db8::2', transport: 'tls' }
  const record = toHomerRecord(storedOf(bytes, { ...ends, status: 486 }), leg, leg)
  assert.equal(record.method, '486')
  assert.equal(record.replyReason, 'Busy Here')
  assert.equal(record.userAgent, 's/2')
  assert.deepEqual([record.proto, record.family], ['6', '10'])
  assert.ok(!('ruri' in record) && !('fromUser' in record) && !('toTag' in record))
})

test('whatever bytes a message has, its record is made of texts', () => {
  const cut = fc.record({
    at: fc.nat({ max: INVITE.length }),
    length: fc.nat({ max: 40 }),
    bytes: fc.uint8Array({ maxLength: 40 }),
  })
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 4 }), (cuts) => {
      let bytes: Buffer = INVITE
      for (const { at, length, bytes: inserted } of cuts) {
        bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + length)])
      }
      const record = toHomerRecord(storedOf(bytes), leg, leg)
      for (const value of Object.values(record)) {
        assert.ok(typeof value === 'string' && value !== '')
      }
      assert.ok(JSON.stringify(record).length > 0)
    }),
    { seed: 20261121, numRuns: 2_000 },
  )
})
