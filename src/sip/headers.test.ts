// The headers that have parts of their own: Via, CSeq, Content-Type, Session-ID, credentials, and
// the lists and parameters that they are made of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAuth } from './auth.ts'
import { splitAt, splitList, unquote } from './comma-list.ts'
import { parseContentType } from './content-type.ts'
import { parseCSeq } from './cseq.ts'
import { canonicalHeaderName, compactForm, headerKey, isListHeader } from './header-name.ts'
import { METHODS, methodCodeAt } from './method.ts'
import { formatParams, paramOf, parseParams } from './params.ts'
import type { SipProblemCode } from './problems.ts'
import { parseSessionId } from './session-id.ts'
import { textOf, unfoldedTextOf } from './text.ts'
import { parseVia } from './via.ts'

/** Collects the codes that a parser notes. */
function noted(parse: (note: (code: SipProblemCode) => void) => unknown): SipProblemCode[] {
  const codes: SipProblemCode[] = []
  parse((code) => codes.push(code))
  return codes
}

test('parseVia: reads blanks, IPv6, received and rport', () => {
  const via = parseVia(
    'SIP  / 2.0  / TCP   [2001:db8::9:1] : 5080 ; branch = z9hG4bK9 ' +
      ';rport=1234;received=192.0.2.1',
  )
  assert.deepEqual([via.protocol, via.version, via.transport], ['SIP', '2.0', 'TCP'])
  assert.deepEqual([via.host, via.port], ['[2001:db8::9:1]', 5080])
  assert.deepEqual([via.branch, via.received, via.rport], ['z9hG4bK9', '192.0.2.1', 1234])
  assert.equal(parseVia('SIP/2.0/UDP h;rport').rport, 0)
  assert.equal(parseVia('SIP/2.0/UDP h').rport, undefined)
})

test('parseVia: notes what is no Via, and still gives its parameters', () => {
  assert.deepEqual(
    noted((note) => parseVia('HTTP/1.1/UDP h', note)),
    ['sip.via.version'],
  )
  assert.deepEqual(
    noted((note) => parseVia('SIP/2.0 h;branch=x', note)),
    ['sip.via.unreadable'],
  )
  assert.deepEqual(
    noted((note) => parseVia('SIP/2.0/UDP 2001:db8::1', note)),
    ['sip.uri.host'],
  )
  assert.equal(parseVia('nonsense;branch=x').branch, 'x')
})

test('parseCSeq: reads number and method, and bounds the number', () => {
  assert.deepEqual(parseCSeq('0009\t INVITE '), { number: 9, method: 'INVITE' })
  assert.deepEqual(parseCSeq('4294967295 ACK'), { number: 4294967295, method: 'ACK' })
  assert.deepEqual(parseCSeq('36893488147419103232 X'), { number: -1, method: 'X' })
  assert.deepEqual(parseCSeq('INVITE'), { number: -1, method: 'INVITE' })
  assert.deepEqual(
    noted((note) => parseCSeq('2147483647 A', note)),
    [],
  )
  assert.deepEqual(
    noted((note) => parseCSeq('2147483648 A', note)),
    ['sip.cseq.number'],
  )
  assert.deepEqual(
    noted((note) => parseCSeq('7', note)),
    ['sip.cseq.method-missing'],
  )
})

test('parseContentType: gives the type in lower case and the boundary without quotes', () => {
  const type = parseContentType('Multipart / Mixed ; boundary="a b"; x=1')
  assert.deepEqual([type.mediaType, type.boundary], ['multipart/mixed', 'a b'])
  assert.equal(parseContentType('nonsense').mediaType, '')
  assert.deepEqual(
    noted((note) => parseContentType('a/b/c', note)),
    ['sip.content-type.unreadable'],
  )
})

test('parseSessionId: reads both halves, forgives case and hyphens, refuses the rest', () => {
  const [a, b] = ['ab30317f1a784dc48ff824d0d3715d86', '47755a9de7794ba387653f2099600ef2']
  assert.deepEqual(parseSessionId(`${a};remote=${b}`), { local: a, remote: b })
  assert.deepEqual(parseSessionId(`${a.toUpperCase()} ; REMOTE=${b};x`), { local: a, remote: b })
  assert.deepEqual(parseSessionId('ab30317f-1a78-4dc4-8ff8-24d0d3715d86'), {
    local: a,
    remote: undefined,
  })
  assert.equal(parseSessionId('short;remote=x'), undefined)
  assert.deepEqual(parseSessionId(`${a};remote=short`), { local: a, remote: undefined })
  assert.deepEqual(
    noted((note) => parseSessionId('x', note)),
    ['sip.session-id.unreadable'],
  )
})

test('parseAuth: reads challenges and credentials of any scheme', () => {
  const auth = parseAuth(
    'Digest realm="a, \\"b\\"", nonce="n",algorithm=MD5, stale=true, qop="auth,auth-int"',
  )
  assert.deepEqual(
    [auth.scheme, auth.realm, auth.nonce, auth.algorithm],
    ['Digest', 'a, "b"', 'n', 'MD5'],
  )
  assert.equal(auth.isStale, true)
  assert.equal(paramOf(auth.params, 'qop'), 'auth,auth-int')
  assert.equal(parseAuth('Basic Zm9v').params[0]?.name, 'Zm9v')
  assert.deepEqual(parseAuth('Negotiate').params, [])
})

test('parseParams: keeps order, quotes and names as written, and notes empty ones', () => {
  const params = parseParams('a=1;B = "x;y" ;c;d=')
  assert.equal(formatParams(params), ';a=1;B="x;y";c;d=')
  assert.deepEqual(
    [paramOf(params, 'b'), paramOf(params, 'c'), paramOf(params, 'd')],
    ['x;y', '', ''],
  )
  assert.deepEqual(
    noted((note) => parseParams(';a;', note)),
    ['sip.header.empty-parameter'],
  )
})

test('splitList: splits outside quotes, brackets and escapes only', () => {
  assert.deepEqual(splitList('a, "b, c" , <d, e>,, f'), ['a', '"b, c"', '<d, e>', 'f'])
  assert.deepEqual(splitList('"a\\", b", c'), ['"a\\", b"', 'c'])
  assert.deepEqual(splitList('"open, a'), ['"open, a'])
  assert.deepEqual(splitList(''), [])
  assert.deepEqual(splitAt('a;;b', ';'), ['a', '', 'b'])
})

test('unquote: undoes quotes and escapes, closed or not', () => {
  assert.equal(unquote('"a\\"b\\\\"'), 'a"b\\')
  assert.equal(unquote('"open'), 'open')
  assert.equal(unquote('"open\\"'), 'open"')
  assert.equal(unquote('plain'), 'plain')
  assert.equal(unquote('"'), '')
})

test('headerKey: brings long and compact names together', () => {
  assert.deepEqual(['V', 'via', 'VIA', 'x-Y'].map(headerKey), ['via', 'via', 'via', 'x-y'])
  assert.equal(compactForm('session-expires'), 'x')
  assert.equal(compactForm('x-y'), undefined)
  assert.equal(isListHeader('contact'), true)
  assert.equal(isListHeader('subject'), false)
})

test('canonicalHeaderName: gives the usual spelling', () => {
  const names = [
    'i',
    'CSEQ',
    'www-authenticate',
    'p-asserted-identity',
    'x-call-id',
    'constructor',
    'rack',
  ]
  assert.deepEqual(names.map(canonicalHeaderName), [
    'Call-ID',
    'CSeq',
    'WWW-Authenticate',
    'P-Asserted-Identity',
    'X-Call-Id',
    'Constructor',
    'RAck',
  ])
})

test('methodCodeAt: knows each method exactly, case included', () => {
  METHODS.forEach((name, code) => {
    const bytes = Buffer.from(`x${name}x`)
    assert.equal(methodCodeAt(bytes, 1, 1 + name.length), code)
    assert.equal(methodCodeAt(Buffer.from(name.toLowerCase()), 0, name.length), 0)
  })
  for (const name of ['INVITED', 'JUMP', 'PRACK!', 'toString', 'SUBSCRIBED!']) {
    assert.equal(methodCodeAt(Buffer.from(name), 0, name.length), 0)
  }
})

test('textOf: shows different bytes as different text', () => {
  const shown = (bytes: readonly number[]) => textOf(Buffer.from(bytes), 0, bytes.length)
  assert.equal(shown([0x61, 0xc3, 0xa9]), 'aé')
  assert.equal(shown([0x61, 0xe9, 0x62]), 'a\\xe9b')
  assert.equal(shown([0xc3]), '\\xc3')
  assert.equal(shown([0xf0, 0x9f, 0x98, 0x80, 0xff]), '😀\\xff')
  assert.equal(shown([0xed, 0xa0, 0x80]), '\\xed\\xa0\\x80')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), (a, b) => {
      const isSame = Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
      const hasBackslash = a.includes(0x5c) || b.includes(0x5c)
      assert.ok(isSame || hasBackslash || shown([...a]) !== shown([...b]))
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test('unfoldedTextOf: makes each fold one space', () => {
  const unfolded = (text: string) => unfoldedTextOf(Buffer.from(text), 0, text.length)
  assert.equal(unfolded('a \r\n\t b\r\n  \r\n c'), 'a b c')
  assert.equal(unfolded('a\rb'), 'a b')
})
