// Addresses as senders write them, with and without quotes, brackets and care.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseNameAddr } from './name-addr.ts'
import type { SipProblemCode } from './problems.ts'

interface Case {
  readonly text: string
  readonly name?: string
  readonly uri: string
  readonly tag?: string
  readonly params?: readonly string[]
  readonly codes?: readonly SipProblemCode[]
}

const cases: readonly Case[] = [
  {
    text: '"Alice \\"A\\"" <sip:a@h>;tag=1',
    name: 'Alice "A"',
    uri: 'sip:a@h',
    tag: '1',
    params: ['tag'],
  },
  { text: 'Bob Smith <sip:b@h>', name: 'Bob Smith', uri: 'sip:b@h' },
  { text: 'caller<sip:c@h>;tag=323', name: 'caller', uri: 'sip:c@h', tag: '323', params: ['tag'] },
  { text: '<sip:a@h;transport=tcp>;expires=60', uri: 'sip:a@h;transport=tcp', params: ['expires'] },
  { text: 'sip:a@h;tag=2;x', uri: 'sip:a@h', tag: '2', params: ['tag', 'x'] },
  { text: '"" <sip:a@h>', uri: 'sip:a@h' },
  { text: '"<sip:no@h>" <sip:a@h>', name: '<sip:no@h>', uri: 'sip:a@h' },
  { text: '<sip:a@h> ; TAG = "3"', uri: 'sip:a@h', tag: '3', params: ['TAG'] },
  { text: '*', uri: '*' },
  { text: '<tel:+1555>', uri: 'tel:+1555' },
  { text: '"open <sip:a@h>', name: 'open', uri: 'sip:a@h', codes: ['sip.quote.unterminated'] },
  {
    text: '"open',
    name: 'open',
    uri: '',
    codes: [
      'sip.quote.unterminated',
      'sip.name-addr.brackets-missing',
      'sip.uri.scheme-missing',
      'sip.uri.host-missing',
    ],
  },
  { text: '"n" sip:a@h', name: 'n', uri: 'sip:a@h', codes: ['sip.name-addr.brackets-missing'] },
  { text: '<sip:a@h', uri: 'sip:a@h', codes: ['sip.angle-bracket.unterminated'] },
  { text: '< sip:a@h >', uri: 'sip:a@h', codes: ['sip.uri.blanks'] },
  {
    text: 'Bell, A <sip:a@h>',
    name: 'Bell, A',
    uri: 'sip:a@h',
    codes: ['sip.display-name.characters'],
  },
  { text: '"a" b <sip:a@h>', name: 'a b', uri: 'sip:a@h', codes: ['sip.display-name.characters'] },
  { text: 'sip:a@h?x=y', uri: 'sip:a@h?x=y', codes: ['sip.name-addr.brackets-missing'] },
  { text: '<sip:a@h>tag=1', uri: 'sip:a@h', codes: ['sip.name-addr.trailing-text'] },
  { text: '<sip:a@h>;;x', uri: 'sip:a@h', params: ['x'], codes: ['sip.header.empty-parameter'] },
]

for (const { text, name = '', uri, tag, params = [], codes = [] } of cases) {
  test(`parseNameAddr: reads ${text}`, () => {
    const seen: string[] = []
    const value = parseNameAddr(text, (code) => seen.push(code))
    assert.deepEqual([value.displayName, value.uriText, value.tag], [name, uri, tag])
    assert.deepEqual(
      value.params.map((param) => param.name),
      params,
    )
    assert.deepEqual(seen, codes)
  })
}

test('a quoted display name comes back as it was, whatever it holds', () => {
  const value = fc.record({
    displayName: fc.string({ unit: fc.constantFrom(...'a "\\<>;,é'.split('')), maxLength: 12 }),
    params: fc.array(fc.constantFrom('tag=1', 'x', 'y="a;b"'), { maxLength: 3 }),
  })
  fc.assert(
    fc.property(value, ({ displayName, params }) => {
      const rest = `<sip:a@h;lr>${params.map((text) => `;${text}`).join('')}`
      const quoted = `"${displayName.replace(/["\\]/g, '\\$&')}" `
      assert.deepEqual(parseNameAddr(quoted + rest), { ...parseNameAddr(rest), displayName })
    }),
    { seed: 11, numRuns: 2000 },
  )
})
