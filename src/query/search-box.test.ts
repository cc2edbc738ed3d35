// The search box as people type into it: words in, the filter or the complaint out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure, isFailure } from '../base/failure.ts'
import { parseSearchBox, readSearchField } from './search-box.ts'

const understood: [string, object][] = [
  ['', {}],
  ['  ', {}],
  ['from:+4420*', { from: '+4420*' }],
  ['to:*1234 status:486', { to: '*1234', status: '486' }],
  ['status:4XX', { status: '4xx' }],
  ['FROM:bob', { from: 'bob' }],
  ['from:"Front Desk"', { from: 'Front Desk' }],
  ['ip:10.0.0.5', { address: '10.0.0.5' }],
  ['ip:[2001:DB8::1]', { address: '2001:db8::1' }],
  ['ip:2001:0db8:0:0:0:0:0:0001', { address: '2001:db8::1' }],
  ['fe80:0:0:0::1%eth0', { address: 'fe80::1' }],
  ['::ffff:10.0.0.1', { address: '::ffff:a00:1' }],
  ['conversation:Conv-One', { conversationId: 'Conv-One' }],
  ['callid:abc@1.2.3.4', { callId: 'abc@1.2.3.4' }],
  ['call-id:A:B', { callId: 'A:B' }],
  ['kind:registration state:busy', { kind: 'registration', state: 'busy' }],
  ['kind:all', { kind: 'all' }],
  [
    'conversation:D1B2C3D4-0000-4000-8000-00000000000A',
    { conversationId: 'd1b2c3d4-0000-4000-8000-00000000000a' },
  ],
  ['1234', { user: '*1234*' }],
  ['12', { user: '*12*' }],
  ['+4420', { user: '*+4420*' }],
  ['(020)7946-0018', { user: '*02079460018*' }],
  ['+49 (30) 123-456', { user: '*4930123456*' }],
  ['+49 30 123', { user: '*+4930123*' }],
  ['+44 20 7946 0018', { user: '*442079460018*' }],
  ['+44 (0)20 7946 0018', { user: '*442079460018*' }],
  ['+44(0)20/7946\u20130018', { user: '*442079460018*' }],
  ['+1\u00a0212\u00a0555\u00a00100', { user: '*12125550100*' }],
  ['(212) 555-0100', { user: '*2125550100*' }],
  ['212 555 0100', { user: '*2125550100*' }],
  ['1 (212) 555-0100', { user: '*12125550100*' }],
  ['404 555 0100 486', { user: '*4045550100*', status: '486' }],
  ['from:212 555 01* 5xx', { from: '21255501*', status: '5xx' }],
  ['"7946 0018"', { user: '*79460018*' }],
  ['030 / 123 456', { user: '*030123456*' }],
  ['+44 20 7946 0018 486', { user: '*442079460018*', status: '486' }],
  ['030 123456 486', { user: '*030123456*', status: '486' }],
  ['486 +44 20 7946 0018', { user: '*442079460018*', status: '486' }],
  ['1234 486', { user: '*1234*', status: '486' }],
  ['(030) 1234 10.0.0.5', { user: '*0301234*', address: '10.0.0.5' }],
  ['from:+44 20 7946 0018 to:0301 234*', { from: '+442079460018', to: '0301234*' }],
  ['from:"+44 20 7946 0018"', { from: '+442079460018' }],
  ['+442079460018', { user: '*442079460018*' }],
  ['*1234', { user: '*1234' }],
  ['10.0.0.5', { address: '10.0.0.5' }],
  ['2001:db8::1', { address: '2001:db8::1' }],
  ['abc@host', { callId: 'abc@host' }],
  ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', { callId: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6' }],
  ['486', { status: '486' }],
  ['5xx', { status: '5xx' }],
  ['700', { user: '*700*' }],
  ['099', { user: '*099*' }],
  ['busy', { state: 'busy' }],
  ['Canceled', { state: 'cancelled' }],
  ['in-call', { state: 'in-call' }],
  ['alice', { user: '*alice*' }],
  ['sip:alice@example.com;user=phone', { user: 'alice' }],
  ['tel:+15550100', { user: '+15550100' }],
  ['busy busy', { state: 'busy' }],
  ['from:a to:b 486 10.0.0.5', { from: 'a', to: 'b', status: '486', address: '10.0.0.5' }],
]

for (const [text, want] of understood) {
  test(`parseSearchBox reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseSearchBox(text), want)
  })
}

const refused: [string, RegExp][] = [
  ['status:abc', /"status:abc": abc is no status/],
  ['status:9xx', /9xx is no status/],
  ['foo:bar', /"foo:bar": no field is called foo, known are from, to/],
  ['from:', /"from:": from needs a value/],
  ['from:*', /"from:\*": needs a character besides \*/],
  ['from:1*2', /\* may stand at an end only/],
  ['ip:1.2.3', /1\.2\.3 is no IP address/],
  ['10.0.0.5:5060', /"10\.0\.0\.5:5060": search by the address alone/],
  ['state:happy', /happy is no state: expected trying/],
  ['kind:thing', /thing is no kind/],
  ['7', /"7": too short/],
  ['-', /too short/],
  ['+4420 +4930', /"\+4930" wants user/],
  ['1234 5678', /"5678" wants user \*5678\*, but \*1234\* is asked for too, write from: or to:/],
  ['1234 5678', /quotation marks around what has blanks/],
  ['2125550100 486 503', /"503" wants status 503/],
  ['status:486 487', /"487" wants status 487/],
  ['from:"open', /quotation mark in "from:open" stays open/],
  ['x'.repeat(1_001), /1001 characters, at most 1000/],
]

for (const [text, message] of refused) {
  test(`parseSearchBox refuses ${JSON.stringify(text.slice(0, 40))} and names it`, () => {
    assert.throws(
      () => parseSearchBox(text),
      (error) => {
        assert.ok(isFailure(error, 'bad-input'))
        assert.match(error.message, message)
        return true
      },
    )
  })
}

test('parseSearchBox: any text is a filter or a complaint, never another error', () => {
  const pieces = fc.constantFrom('from:', 'ip:', '*', '"', ' ', ':', '@', '486', 'xx', '::', 'a')
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces).map((list) => list.join('')),
  )
  fc.assert(
    fc.property(text, (words) => {
      try {
        parseSearchBox(words)
      } catch (error) {
        assert.ok(error instanceof Failure && error.kind === 'bad-input' && error.message !== '')
      }
    }),
    { seed: 20261121, numRuns: 2_000 },
  )
})

test('readSearchField refuses a field that objects have by nature', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    assert.throws(
      () => readSearchField(name, 'x'),
      (error) => isFailure(error, 'bad-input'),
    )
  }
})
