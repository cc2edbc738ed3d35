// The quick reading of From and To against the full one: where it answers, both must agree.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseNameAddr } from './name-addr.ts'
import { readUsualAddress } from './usual-address.ts'

function read(text: string) {
  // Planted in other bytes: nothing beyond the value may be looked at.
  const bytes = Buffer.from(`<sip:x@y>${text}<sip:x@y>`, 'latin1')
  return readUsualAddress(bytes, 9, 9 + text.length)
}

describe('readUsualAddress', () => {
  test('usual values give their user and host', () => {
    const usual = {
      '"Ann" <sip:+14155551234@192.0.2.10>;tag=1': ['+14155551234', '192.0.2.10'],
      '<sip:alice@example.com:5060;transport=udp>': ['alice', 'example.com'],
      'Bob <sips:bob_1@b.example>': ['bob_1', 'b.example'],
      '<sip:*97@10.0.0.1>': ['*97', '10.0.0.1'],
    }
    for (const [text, [user, host]] of Object.entries(usual)) {
      assert.deepEqual(read(text), { user, host }, text)
    }
  })

  test('other shapes are left to the full parser', () => {
    const others = [
      'sip:alice@example.com',
      '<sip:example.com>',
      '<sip:alice:secret@example.com>',
      '<sip:%61@example.com>',
      '<sip:alice@[2001:db8::1]>',
      '<sip:alice@2001:db8::1>',
      '<tel:+1555>',
      '"a\\"b" <sip:alice@example.com>',
      '<sip:alice@example.com',
      '<sip:alice@',
      '',
    ]
    for (const text of others) assert.equal(read(text), undefined, text)
  })

  test('whatever the value, an answer is the one that the full parser gives', () => {
    // Names more than once: most values shall be of the usual shape.
    const names = ['', '', '', 'alice', 'bob', 'b.example', 'alice', '192.0.2.1', 'b.example']
    const marks = ['"', '<', '>', 'sip:', 'sips:', '@', ':', ';', '5060', 'alice', ' ', '%41']
    const others = ['\\', '[', ']', '?', ',', '+1', '-', 'tag=1', '\r\n ', '*', '.', '_']
    const piece = fc.constantFrom(...names, ...marks, ...others)
    const part = fc.array(piece, { maxLength: 2 }).map((pieces) => pieces.join(''))
    let answered = 0
    fc.assert(
      fc.property(part, part, part, part, part, (name, user, host, tail, after) => {
        const text = `${name}<sip:${user}@${host}${tail}>${after}`
        const quick = read(text)
        if (quick === undefined) return
        answered++
        const { uri } = parseNameAddr(text)
        assert.deepEqual(quick, { user: uri.user, host: uri.host })
      }),
      { numRuns: 100_000, seed: 20261121 },
    )
    assert(answered > 200, `${answered} of 100,000 had the usual shape`)
  })
})
