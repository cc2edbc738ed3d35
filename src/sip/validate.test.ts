// Every code of the catalogue has a message here that gives it, and nothing else that is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEADER_LINES_MAX } from './index-fields.ts'
import { SipMessage } from './message.ts'
import { type SipProblemCode, sipProblems } from './problems.ts'

const START = 'INVITE sip:bob@h SIP/2.0'
const LINES: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP h;branch=z9hG4bK776',
  'Max-Forwards': '70',
  From: '<sip:alice@h>;tag=1',
  To: '<sip:bob@h>',
  'Call-ID': 'x@h',
  CSeq: '1 INVITE',
  Contact: '<sip:alice@h>',
}
const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 5004 RTP/AVP 0',
]

interface Change {
  readonly code: SipProblemCode
  readonly start?: string
  /** Headers replaced, or taken out where undefined. */
  readonly set?: Readonly<Record<string, string | undefined>>
  /** Lines put before the empty one. */
  readonly add?: readonly string[]
  readonly body?: string
  /** A session description made of these lines. */
  readonly sdp?: readonly string[]
  readonly edit?: (text: string) => string
}

const without = (letter: string) => SDP.filter((line) => !line.startsWith(letter))
const plus = (...lines: string[]) => [...SDP, ...lines]
const multipart = ['Content-Type: multipart/mixed;boundary=b']

const changes: readonly Change[] = [
  { code: 'sip.start-line.spacing', start: 'INVITE  sip:bob@h SIP/2.0' },
  { code: 'sip.start-line.trailing-blanks', start: `${START} ` },
  { code: 'sip.start-line.version-missing', start: 'INVITE sip:bob@h' },
  { code: 'sip.start-line.version', start: 'INVITE sip:bob@h SIP/2.1' },
  { code: 'sip.start-line.status-code', start: 'SIP/2.0 099 x', set: { To: '<sip:b@h>;tag=2' } },
  { code: 'sip.start-line.status-code', start: 'SIP/2.0 700 x', set: { To: '<sip:b@h>;tag=2' } },
  { code: 'sip.line-end', edit: (text) => text.replaceAll('\r\n', '\n') },
  { code: 'sip.line-end', edit: (text) => text.replace('z9hG4bK776', 'z9hG4bK776;\rx') },
  { code: 'sip.request-uri.brackets', start: 'INVITE <sip:bob@h> SIP/2.0' },
  { code: 'sip.request-uri.headers', start: 'INVITE sip:bob@h?Route=x SIP/2.0' },
  { code: 'sip.uri.blanks', start: 'INVITE sip:bob@h; lr SIP/2.0' },
  { code: 'sip.uri.scheme-missing', set: { Contact: '<alice@h>' } },
  { code: 'sip.uri.scheme', set: { Contact: '<http://h>' } },
  { code: 'sip.uri.host-missing', set: { Contact: '<sip:alice@>' } },
  { code: 'sip.uri.host', set: { Contact: '<sip:alice@h|>' } },
  { code: 'sip.uri.port', set: { Via: 'SIP/2.0/UDP h:70000;branch=z9hG4bK1' } },
  { code: 'sip.uri.escape', set: { Contact: '<sip:%zz@h>' } },
  { code: 'sip.header.colon-missing', add: ['no colon'] },
  { code: 'sip.header.name', add: ['bad name: x'] },
  { code: 'sip.header.name', add: ['(bad): x'] },
  { code: 'sip.header.repeated', add: ['i: other'] },
  { code: 'sip.header.empty-value', set: { Contact: '<sip:a@h>,,<sip:b@h>' } },
  { code: 'sip.header.empty-parameter', set: { Contact: '<sip:a@h>;;x' } },
  { code: 'sip.headers.unended', edit: (text) => text.slice(0, -2) },
  { code: 'sip.headers.too-many', add: Array(HEADER_LINES_MAX).fill('X-Filler: y') },
  { code: 'sip.call-id.missing', set: { 'Call-ID': undefined } },
  { code: 'sip.call-id.missing', set: { 'Call-ID': '' } },
  { code: 'sip.from.missing', set: { From: undefined } },
  { code: 'sip.to.missing', set: { To: undefined } },
  { code: 'sip.cseq.missing', set: { CSeq: undefined } },
  { code: 'sip.via.missing', set: { Via: undefined } },
  { code: 'sip.max-forwards.missing', set: { 'Max-Forwards': undefined } },
  { code: 'sip.max-forwards.zero', set: { 'Max-Forwards': '0' } },
  { code: 'sip.max-forwards.range', set: { 'Max-Forwards': '256' } },
  { code: 'sip.contact.missing', set: { Contact: undefined } },
  {
    code: 'sip.contact.missing',
    start: 'SIP/2.0 200 OK',
    set: { To: '<sip:b@h>;tag=2', Contact: undefined },
  },
  { code: 'sip.from.tag-missing', set: { From: '<sip:alice@h>' } },
  { code: 'sip.to.tag-missing', start: 'SIP/2.0 180 Ringing' },
  { code: 'sip.cseq.number', set: { CSeq: '2147483648 INVITE' } },
  { code: 'sip.cseq.method-missing', start: 'SIP/2.0 100 x', set: { CSeq: '1' } },
  { code: 'sip.cseq.method-mismatch', set: { CSeq: '1 BYE' } },
  { code: 'sip.content-length.beyond-message', add: ['Content-Type: a/b', 'l: 9'], body: 'x' },
  { code: 'sip.content-length.negative', add: ['l: -1'] },
  { code: 'sip.content-length.unreadable', add: ['l: 1x'] },
  { code: 'sip.content-length.missing', set: { Via: 'SIP/2.0/TLS h;branch=z9hG4bK1' } },
  { code: 'sip.datagram.trailing-bytes', add: ['l: 0'], body: 'x' },
  { code: 'sip.content-type.missing', body: 'x' },
  { code: 'sip.content-type.unreadable', add: ['Content-Type: x'] },
  { code: 'sip.via.unreadable', set: { Via: 'h;branch=z9hG4bK1' } },
  { code: 'sip.via.version', set: { Via: 'SIP/3.0/UDP h;branch=z9hG4bK1' } },
  { code: 'sip.via.branch-missing', set: { Via: 'SIP/2.0/UDP h' } },
  { code: 'sip.via.branch-cookie', set: { Via: 'SIP/2.0/UDP h;branch=1' } },
  { code: 'sip.via.branch-empty', set: { Via: 'SIP/2.0/UDP h;branch=z9hG4bK' } },
  { code: 'sip.via.broadcast', add: ['Via: SIP/2.0/UDP 255.255.255.255'] },
  { code: 'sip.quote.unterminated', set: { To: '"Bob <sip:bob@h>' } },
  { code: 'sip.angle-bracket.unterminated', set: { To: '<sip:bob@h' } },
  { code: 'sip.name-addr.brackets-missing', set: { Contact: 'sip:alice@h?x=y' } },
  { code: 'sip.name-addr.trailing-text', set: { Contact: '<sip:alice@h>x' } },
  { code: 'sip.display-name.characters', set: { To: 'B(ob <sip:bob@h>' } },
  { code: 'sip.delta-seconds.range', add: ['Expires: soon'] },
  { code: 'sip.delta-seconds.range', set: { Contact: '<sip:a@h>;expires=4294967296' } },
  { code: 'sip.date.unreadable', add: ['Date: 2010-11-13T23:29:00Z'] },
  { code: 'sip.warning.code', add: ['Warning: 1307 h "x"'] },
  { code: 'sip.session-id.unreadable', add: ['Session-ID: x'] },
  { code: 'sip.multipart.boundary-missing', add: ['Content-Type: multipart/mixed'], body: 'x' },
  { code: 'sip.multipart.unended', add: multipart, body: '--b\r\n\r\nx' },
  { code: 'sip.sdp.version', sdp: without('v') },
  { code: 'sip.sdp.line', sdp: plus('what?') },
  { code: 'sip.sdp.lines.too-many', sdp: plus(...Array(5000).fill('a=x')) },
  { code: 'sip.sdp.origin', sdp: without('o') },
  { code: 'sip.sdp.session-name.missing', sdp: without('s') },
  { code: 'sip.sdp.timing.missing', sdp: without('t') },
  { code: 'sip.sdp.connection', sdp: plus('c=IN IP4 192.0.2.1 x') },
  { code: 'sip.sdp.connection.missing', sdp: without('c') },
  { code: 'sip.sdp.media', sdp: plus('m=audio 99999 RTP/AVP 0') },
  { code: 'sip.sdp.rtpmap', sdp: plus('a=rtpmap:0 PCMU/fast') },
  { code: 'sip.sdp.rtpmap.clock-rate-missing', sdp: plus('a=rtpmap:0 PCMU') },
  { code: 'sip.sdp.rtpmap.missing', sdp: plus('m=audio 5006 RTP/AVP 101') },
  { code: 'sip.sdp.crypto', sdp: plus('a=crypto:1 AES_CM_128_HMAC_SHA1_80') },
  { code: 'sip.sdp.fingerprint', sdp: plus('a=fingerprint:sha-256 xyz') },
  { code: 'sip.sdp.candidate', sdp: plus('a=candidate:1 1 udp') },
]

/** A message that is right but for one change. */
function changed({
  start = START,
  set = {},
  add = [],
  body,
  sdp,
  edit,
}: Omit<Change, 'code'>): string {
  const headers = Object.entries({ ...LINES, ...set }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  const type = sdp === undefined ? [] : ['Content-Type: application/sdp']
  const content = body ?? sdp?.map((line) => `${line}\r\n`).join('') ?? ''
  const text = [start, ...headers, ...type, ...add, '', content].join('\r\n')
  return edit?.(text) ?? text
}

function codesOf(text: string, isDatagram = true): string[] {
  const bytes = Buffer.from(text, 'latin1')
  const message = new SipMessage()
  assert.equal(message.read(bytes, 0, bytes.length, { isDatagram }), true)
  const problems = message.problems()
  for (const { at } of problems) assert.ok(at >= 0 && at <= bytes.length)
  const places = problems.map(({ at }) => at)
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
  return [...new Set(problems.map(({ code }) => code))]
}

test('validate: finds nothing in a message that is right', () => {
  assert.deepEqual(codesOf(changed({})), [])
  assert.deepEqual(codesOf(changed({ sdp: SDP })), [])
})

for (const [i, { code, ...change }] of changes.entries()) {
  test(`validate: says ${code} and nothing else (${i + 1})`, () => {
    assert.deepEqual(codesOf(changed(change)), [code])
  })
}

test('validate: tells a body that is longer than it says from one that ends early', () => {
  const text = changed({ add: ['Content-Type: a/b', 'l: 1'], body: 'xyz' })
  assert.deepEqual(codesOf(text, false), ['sip.content-length.below-body'])
})

test('validate: every code of the catalogue has a message that gives it', () => {
  const given = new Set<string>(changes.map(({ code }) => code))
  given.add('sip.content-length.below-body')
  assert.deepEqual(
    Object.keys(sipProblems).filter((code) => !given.has(code)),
    [],
  )
})

test('validate: keeps a bounded number of problems of one message', () => {
  const bytes = Buffer.from(changed({ add: Array(400).fill('Contact: <x>;;') }))
  const message = new SipMessage()
  message.read(bytes, 0, bytes.length)
  assert.equal(message.problems().length, 100)
})
