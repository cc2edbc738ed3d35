// URIs of every kind that phones send, legal and not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SipProblemCode } from './problems.ts'
import { formatUri, parseHostPort, parseUri, type Uri, unescapeUri, uriParam } from './uri.ts'

interface Case {
  readonly text: string
  readonly want: Partial<Uri>
  readonly codes?: readonly SipProblemCode[]
  /** What `formatUri` gives; the text itself where absent. */
  readonly formatted?: string
}

const cases: readonly Case[] = [
  { text: 'sip:h', want: { scheme: 'sip', user: '', host: 'h', port: undefined, params: [] } },
  { text: 'sips:alice@h:5061', want: { scheme: 'sips', user: 'alice', host: 'h', port: 5061 } },
  {
    text: 'sip:alice:secret@h;transport=tcp;lr?subject=x&priority=urgent',
    want: {
      user: 'alice',
      password: 'secret',
      host: 'h',
      params: [
        { name: 'transport', value: 'tcp' },
        { name: 'lr', value: undefined },
      ],
      headers: [
        { name: 'subject', value: 'x' },
        { name: 'priority', value: 'urgent' },
      ],
    },
  },
  { text: 'sip:a@[2001:db8::1]:5080;lr', want: { host: '[2001:db8::1]', port: 5080 } },
  { text: 'sip:[2001:db8::1]', want: { user: '', host: '[2001:db8::1]', port: undefined } },
  { text: 'sip:2001:db8::1', want: { host: '2001:db8::1' }, codes: ['sip.uri.host'] },
  {
    text: 'sip:+1-212-555;phone-context=example.com@gw;user=phone',
    want: { user: '+1-212-555;phone-context=example.com', host: 'gw' },
  },
  { text: 'sip:?x@h', want: { user: '?x', host: 'h' } },
  { text: 'SIP:A@H', want: { scheme: 'sip', user: 'A', host: 'H' }, formatted: 'sip:A@H' },
  {
    text: 'sip:a@h:',
    want: { host: 'h', port: undefined },
    codes: ['sip.uri.port'],
    formatted: 'sip:a@h',
  },
  {
    text: 'sip:a@h:99999',
    want: { port: undefined },
    codes: ['sip.uri.port'],
    formatted: 'sip:a@h',
  },
  { text: 'sip:a@', want: { user: 'a', host: '' }, codes: ['sip.uri.host-missing'] },
  { text: 'sip:a@ho(st', want: { host: 'ho(st' }, codes: ['sip.uri.host'] },
  { text: 'sip:50%@h', want: { user: '50%' }, codes: ['sip.uri.escape'] },
  { text: 'sip:a b@h', want: { user: 'a b' }, codes: ['sip.uri.blanks'] },
  { text: 'sip:a@h;?x', want: { host: 'h', params: [] }, formatted: 'sip:a@h?x' },
  { text: 'tel:+1-201-555-0123;phone-context=x', want: { user: '+1-201-555-0123', host: '' } },
  {
    text: 'urn:service:sos',
    want: { scheme: 'urn', opaque: 'service:sos' },
    codes: ['sip.uri.scheme'],
  },
  {
    text: 'alice@h',
    want: { scheme: '', user: 'alice', host: 'h' },
    codes: ['sip.uri.scheme-missing'],
  },
  {
    text: 'h.example:5060',
    want: { scheme: '', host: 'h.example', port: 5060 },
    codes: ['sip.uri.scheme-missing'],
  },
  {
    text: '',
    want: { scheme: '', host: '' },
    codes: ['sip.uri.scheme-missing', 'sip.uri.host-missing'],
  },
]

for (const { text, want, codes = [], formatted = text } of cases) {
  test(`parseUri: reads ${text || 'nothing'}`, () => {
    const seen: string[] = []
    const uri = parseUri(text, (code) => seen.push(code))
    const got = Object.fromEntries(Object.entries(uri).filter(([key]) => key in want))
    assert.deepEqual(got, want)
    assert.deepEqual(seen, codes)
    assert.equal(formatUri(uri), formatted)
  })
}

const word = fc.stringMatching(/^[a-z0-9_.!~*'()-]{1,8}$/)
const plain = { noNullPrototype: true }
const param = fc.record({ name: word, value: fc.option(word, { nil: undefined }) }, plain)
const legalUri: fc.Arbitrary<Uri> = fc.record({
  scheme: fc.constantFrom('sip', 'sips'),
  user: fc
    .stringMatching(/^[a-z0-9&=+$,;?/%41-]{1,12}$/)
    .map((text) => text.replaceAll('%', '%41')),
  password: fc.option(word, { nil: undefined }),
  host: fc.constantFrom('h.example.com', '192.0.2.1', '[2001:db8::1]'),
  port: fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined }),
  params: fc.array(param, { maxLength: 3 }),
  headers: fc.array(param, { maxLength: 3 }),
  opaque: fc.constant(''),
})

test('formatUri: is the inverse of parseUri for legal URIs', () => {
  fc.assert(
    fc.property(legalUri, (uri) => {
      const codes: string[] = []
      assert.deepEqual(
        parseUri(formatUri(uri), (code) => codes.push(code)),
        { ...uri },
      )
      assert.deepEqual(codes, [])
    }),
    { seed: 7, numRuns: 2000 },
  )
})

test('unescapeUri: undoes escapes and leaves alone what is none', () => {
  assert.equal(unescapeUri('%75se%72'), 'user')
  assert.equal(unescapeUri('caf%C3%A9'), 'café')
  assert.equal(unescapeUri('%ff%zz%4'), '%ff%zz%4')
  assert.equal(unescapeUri('%00'), '\0')
})

test('uriParam: finds a parameter by its name, escapes undone', () => {
  const uri = parseUri('sip:a@h;%6C%72;n%61me=v%61lue%25%34%31')
  assert.equal(uriParam(uri, 'lr'), '')
  assert.equal(uriParam(uri, 'name'), 'value%41')
  assert.equal(uriParam(uri, 'user'), undefined)
})

test('parseHostPort: allows blanks around the colon, as in Via', () => {
  assert.deepEqual(parseHostPort('h : 5060'), { host: 'h', port: 5060 })
  assert.deepEqual(parseHostPort('[::1] : 5060'), { host: '[::1]', port: 5060 })
})
