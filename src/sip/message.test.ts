// What one pass over a message finds, and what is read from it afterwards, on messages as they
// come from friendly, sloppy and hostile senders.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../base/limits.ts'
import { HEADER_LINES_MAX } from './index-fields.ts'
import { METHOD_ACK, METHOD_BYE, METHOD_CANCEL, METHOD_INVITE, METHODS } from './method.ts'
import { SipMessage } from './message.ts'

const INVITE = [
  'INVITE sip:bob@biloxi.example.com SIP/2.0',
  'Via: SIP/2.0/TCP client.example.com:5060;branch=z9hG4bK74bf9;rport',
  'Via: SIP/2.0/UDP far.example.com;branch=z9hG4bKfar',
  'Max-Forwards: 70',
  'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
  'To: Bob <sip:bob@biloxi.example.com>',
  'Call-ID: 3848276298220188511@atlanta.example.com',
  'CSeq: 2 INVITE',
  'Contact: <sip:alice@client.example.com;transport=tcp>',
  'User-Agent: phone/1.0',
  'Content-Type: application/sdp',
  'Content-Length: 5',
  '',
  'v=0\r\n',
].join('\r\n')

/** Reads text planted in other SIP that must not be looked at. */
function read(text: string, isDatagram = true, message = new SipMessage()): SipMessage {
  const [before, after] = ['SIP/2.0 200 OK\r\nTo: x', ';tag=poison\r\nCall-ID: p\r\n\r\n\r\n']
  const bytes = Buffer.from(before + text + after, 'latin1')
  const end = bytes.length - after.length
  assert.equal(message.read(bytes, before.length, end, { isDatagram }), true)
  return message
}

test('SipMessage: finds what every message is asked for, without making text', () => {
  const m = read(INVITE)
  const text = (start: number, end: number) => m.bytes.toString('latin1', start, end)
  assert.equal(m.isRequest, true)
  assert.equal(m.methodCode, METHOD_INVITE)
  assert.equal(m.statusCode, 0)
  assert.equal(m.cseqNumber, 2)
  assert.equal(text(m.callIdStart, m.callIdEnd), '3848276298220188511@atlanta.example.com')
  assert.equal(text(m.fromTagStart, m.fromTagEnd), '9fxced76sl')
  assert.deepEqual([m.toTagStart, m.toTagEnd], [-1, -1])
  assert.equal(text(m.branchStart, m.branchEnd), 'z9hG4bK74bf9')
  assert.equal(text(m.bodyStart, m.bodyEnd), 'v=0\r\n')
  assert.equal(m.isSuspect, false)
  assert.deepEqual(
    m
      .problems()
      .map(({ code }) => code)
      .filter((code) => !code.includes('sdp')),
    [],
  )
})

test('METHODS: has each method that has a name of its own at its code', () => {
  const codes = [METHOD_INVITE, METHOD_ACK, METHOD_BYE, METHOD_CANCEL]
  assert.deepEqual(
    codes.map((code) => METHODS[code]),
    ['INVITE', 'ACK', 'BYE', 'CANCEL'],
  )
})

test('SipMessage: reads a response, its method from CSeq', () => {
  const m = read('SIP/2.0 180 Ringing\r\nCSeq: 314159 INVITE\r\n\r\n')
  assert.deepEqual([m.isRequest, m.statusCode, m.reasonPhrase], [false, 180, 'Ringing'])
  assert.deepEqual([m.method, m.methodCode, m.cseqNumber], ['INVITE', METHOD_INVITE, 314159])
  assert.equal(read('SIP/2.0 200 OK\r\n\r\n').method, '')
  assert.equal(read('SIP/2.0 200 OK\r\nCSeq: 1 JUMP\r\n\r\n').method, 'JUMP')
})

test('SipMessage: leaves nothing of one message in the next', () => {
  const m = read(INVITE)
  assert.equal(m.from?.displayName, 'Alice')
  assert.equal(m.sdp?.media.length, 0)
  read('OPTIONS sip:h SIP/2.0\r\n\r\n', true, m)
  const { bytes, start, end } = m
  const fresh = new SipMessage()
  fresh.read(bytes, start, end, { isDatagram: true })
  const fields = (of: SipMessage) => Object.entries(of).filter(([name]) => name !== 'startLine')
  assert.deepEqual(fields(m), fields(fresh))
  assert.deepEqual([m.from, m.sdp, m.contacts, m.vias], [undefined, undefined, [], []])
})

test('SipMessage: refuses what is no SIP, and may be used again', () => {
  const m = new SipMessage()
  assert.equal(m.read(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0, 18), false)
  assert.equal(m.read(Buffer.alloc(0), 0, 0), false)
  assert.equal(read(INVITE, true, m).fromTag, '9fxced76sl')
})

test('SipMessage: knows headers by long and compact name in any case', () => {
  const m = read(
    'BYE sip:h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nF: <sip:a@h>;tag=1\r\n' +
      't: <sip:b@h>;TAG=2\r\nI: x\r\ncSEQ: 1 BYE\r\nm: <sip:a@h>\r\ns: hello\r\nK: timer\r\n\r\n',
  )
  assert.deepEqual([m.branch, m.fromTag, m.toTag, m.callId], ['z9hG4bK1', '1', '2', 'x'])
  assert.deepEqual(
    [m.header('Subject'), m.header('s'), m.header('SUPPORTED')],
    ['hello', 'hello', 'timer'],
  )
  assert.equal(m.header('contact'), '<sip:a@h>')
  assert.equal(m.header('constructor'), undefined)
  assert.deepEqual([m.headerName(1), m.headerValue(1)], ['F', '<sip:a@h>;tag=1'])
})

test('SipMessage: finds a tag only among the parameters of the header', () => {
  const cases = [
    ['<sip:a@h;tag=uri>;tag=1', '1'],
    ['<sip:a@h;tag=uri>', undefined],
    ['sip:a@h;tag=2', '2'],
    ['"x;tag=no" <sip:a@h>;tag=3', '3'],
    ['"\\";tag=no" <sip:a@h>;x="y;tag=no";tag=4', '4'],
    ['<sip:a@h> ; Tag = 5 ;x', '5'],
    ['<sip:a@h>;x=1;tag=6;tag=7', '6'],
    ['<sip:a@h>;tag=8 ', '8'],
    ['\\"arik\\" <sip:a@h>;tag=9', '9'],
    ['"open <sip:a@h>;tag=10', '10'],
    ['<sip:a@h>;mytag=no', undefined],
    ['<sip:a@h>;tag', undefined],
    ['<sip:a@h>\r\n ;tag=11', '11'],
  ] as const
  for (const [value, tag] of cases) {
    assert.equal(read(`BYE sip:h SIP/2.0\r\nFrom: ${value}\r\n\r\n`).fromTag, tag, value)
  }
})

test('SipMessage: finds the branch of the top Via only', () => {
  const cases = [
    ['SIP/2.0/UDP h;rport;branch=z9hG4bK1, SIP/2.0/UDP i;branch=z9hG4bK2', 'z9hG4bK1'],
    ['SIP/2.0/UDP h, SIP/2.0/UDP i;branch=z9hG4bK2', undefined],
    ['SIP / 2.0 / UDP [2001:db8::1]:5060 ; Branch = z9hG4bK3 ;x', 'z9hG4bK3'],
    ['SIP/2.0/UDP h;x=";branch=no";branch=z9hG4bK4', 'z9hG4bK4'],
  ] as const
  for (const [value, branch] of cases) {
    assert.equal(
      read(`BYE sip:h SIP/2.0\r\nVia: ${value}\r\nVia: y;branch=n\r\n\r\n`).branch,
      branch,
    )
  }
})

test('SipMessage: keeps folded headers as one value', () => {
  const m = read(
    'BYE sip:h SIP/2.0\r\nSubject: I know\r\n\tyou\r\n   are there\r\nCall-ID:\r\n x\r\n\r\n',
  )
  assert.equal(m.header('subject'), 'I know you are there')
  assert.equal(m.callId, 'x')
  assert.equal(m.headerCount, 2)
})

test('SipMessage: reads lines that end otherwise than with CR LF', () => {
  for (const end of ['\n', '\r\r\n', '\r']) {
    const m = read(INVITE.replaceAll('\r\n', end))
    assert.deepEqual(
      [m.callId, m.fromTag, m.header('user-agent')],
      ['3848276298220188511@atlanta.example.com', '9fxced76sl', 'phone/1.0'],
    )
    assert.equal(m.body.toString('latin1', 0, 3), 'v=0')
    assert.ok(m.problems().some(({ code }) => code === 'sip.line-end'))
  }
})

test('SipMessage: skips line ends before the start line', () => {
  const m = read(`\r\n\r\n${INVITE}`)
  assert.equal(m.bytes.toString('latin1', m.start, m.start + 6), 'INVITE')
})

test('SipMessage: ends a datagram with its body, but a message of a stream where told', () => {
  const text = `${INVITE}junk`
  assert.deepEqual([read(text).body.length, read(text).trailingByteCount], [5, 4])
  assert.equal(read(text, false).body.length, 9)
  const short = read(INVITE.slice(0, -1))
  assert.deepEqual([short.body.length, short.contentLength, short.isSuspect], [4, 5, true])
})

test('SipMessage: keeps lines that are no headers in the list, without a name', () => {
  const m = read(
    'BYE sip:h SIP/2.0\r\nno colon here\r\nbad name: x\r\n: y\r\nTo: <sip:b@h>\r\n\r\n',
  )
  const lines = [0, 1, 2, 3].map((i) => [m.headerName(i), m.headerValue(i)])
  assert.deepEqual(lines, [
    ['', 'no colon here'],
    ['', 'bad name: x'],
    ['', ': y'],
    ['To', '<sip:b@h>'],
  ])
  assert.equal(m.to?.uri.user, 'b')
})

test('SipMessage: keeps NULs, 8-bit text and invalid UTF-8 visible', () => {
  const m = read('BYE sip:h SIP/2.0\r\nSubject: a\0b\r\nX: caf\xc3\xa9\r\nY: caf\xe9\r\n\r\n')
  assert.equal(m.header('subject'), 'a\0b')
  assert.deepEqual([m.header('x'), m.header('y')], ['café', 'caf\\xe9'])
})

test('SipMessage: indexes as many header lines as the limit allows, and says so', () => {
  const many = 'X-Filler: 1\r\n'.repeat(70_000)
  const m = read(`BYE sip:h SIP/2.0\r\nCall-ID: x\r\n${many}From: <sip:a@h>;tag=1\r\n\r\nbody`)
  assert.equal(m.headerCount, HEADER_LINES_MAX)
  assert.equal(m.headersUnindexed, 70_002 - HEADER_LINES_MAX)
  assert.equal(m.body.toString(), 'body')
  assert.ok(m.problems().some(({ code }) => code === 'sip.headers.too-many'))
})

test('SipMessage: looks for no headers beyond the length that a message may have', () => {
  const m = read(
    `BYE sip:h SIP/2.0\r\nX: ${'y'.repeat(limits.messageBytesMax)}\r\nCall-ID: x\r\n\r\n`,
  )
  assert.deepEqual([m.isHeaderCut, m.headerCount, m.callId], [true, 1, undefined])
})

test('SipMessage: splits comma lists where the grammar has them, and only there', () => {
  const m = read(
    'REGISTER sip:h SIP/2.0\r\nContact: "a, b" <sip:a@h;x=1,2>, sip:b@h\r\nm: *\r\n' +
      'Subject: one, two\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\nAllow: INVITE,ACK\r\n\r\n',
  )
  assert.deepEqual(m.values('contact'), ['"a, b" <sip:a@h;x=1,2>', 'sip:b@h', '*'])
  assert.deepEqual(m.values('subject'), ['one, two'])
  assert.deepEqual(m.values('date'), ['Sat, 13 Nov 2010 23:29:00 GMT'])
  assert.deepEqual(m.values('allow'), ['INVITE', 'ACK'])
  assert.deepEqual(m.headers('contact').length, 2)
  assert.deepEqual(
    m.contacts.map(({ isStar }) => isStar),
    [false, false, true],
  )
})

test('SipMessage: keeps a copy that does not change with the memory', () => {
  const m = read(INVITE)
  const kept = m.keep()
  m.bytes.fill(0x78)
  assert.equal(kept.fromTag, '9fxced76sl')
  assert.equal(kept.bytes.toString('latin1'), INVITE)
})

test('SipMessage: finds a session description in a plain body, a part, and without a type', () => {
  const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n'
  const parts =
    '--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nc: x/y\r\n\r\n' +
    `--b\r\nContent-Type: application/SDP\r\n\r\n${sdp}\r\n--b--`
  const cases = [
    ['Content-Type: application/sdp\r\n', sdp, true],
    ['c: Application/SDP ;charset=utf-8\r\n', sdp, true],
    ['', sdp, true],
    ['Content-Type: multipart/mixed; boundary="b"\r\n', parts, true],
    ['Content-Type: multipart/mixed; boundary=other\r\n', parts, false],
    ['Content-Type: application/isup\r\n', sdp, false],
    ['Content-Type: application/sdp\r\n', '', false],
  ] as const
  for (const [header, body, has] of cases) {
    const m = read(`INVITE sip:h SIP/2.0\r\n${header}\r\n${body}`)
    assert.equal(m.hasSdp, has, header)
    assert.equal(m.sdp?.media[0]?.port, has ? 5004 : undefined, header)
  }
})

test('SipMessage: answers who and what a message is about', () => {
  const m = read(
    'REGISTER sip:<h> SIP/2.0\r\nServer: proxy\r\n' +
      'Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000\r\n' +
      'Authorization: Digest username="bob", realm="a, b", nonce="n", stale=TRUE\r\n' +
      'Proxy-Authenticate: Digest realm="p", nonce="q", algorithm=MD5\r\n\r\n',
  )
  assert.equal(m.userAgent, 'proxy')
  assert.equal(m.sessionId?.local, 'ab30317f1a784dc48ff824d0d3715d86')
  const [credentials] = m.credentials
  assert.deepEqual(
    [credentials?.username, credentials?.realm, credentials?.isStale],
    ['bob', 'a, b', true],
  )
  assert.deepEqual(
    m.challenges.map(({ realm, algorithm }) => [realm, algorithm]),
    [['p', 'MD5']],
  )
  assert.equal(m.contentType, undefined)
  assert.equal(m.cseq, undefined)
})
