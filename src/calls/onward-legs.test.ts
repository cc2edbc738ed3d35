// Legs that no header ties, and whether the second is how the first went on. Each case is a few
// INVITEs as they pass; what is asserted is which leg the last one is tied to, and why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidenceOfText } from './join-evidence.ts'
import type { JoinKey } from './leg-record.ts'
import { fixtureSettings, LADDER_START_US, push, type Rung, trackerInto } from './trail.fixture.ts'

interface Sent {
  readonly id: string
  /** `A>B`, with ports where not 5060: `A:5080>B`. */
  readonly ends: string
  /** Seconds. */
  readonly at: number
  readonly from?: string
  readonly to?: string
  readonly origin?: string
  readonly header?: string
  /** A final answer, and not the INVITE. */
  readonly status?: number
  /** A REFER within the dialog to this URI, and not the INVITE. */
  readonly refersTo?: string
}

const CALLER = '+14155550101'
const CALLEE = '+442079460123'
const first: Sent = { id: 'one', ends: 'A>B', at: 0 }
const second: Sent = { id: 'two', ends: 'B>C', at: 0.1 }

/** To which leg the last one is tied, and by what. */
function tie(sent: readonly Sent[], settings = fixtureSettings): string {
  const lastId = sent.at(-1)?.id
  let joinKeys: readonly JoinKey[] = []
  const tracker = trackerInto([], {
    settings,
    emit: (record) => {
      if (record.callId === lastId) joinKeys = record.joinKeys
    },
  })
  for (const [i, each] of sent.entries()) push(tracker, rungOf(each, i))
  tracker.finish()
  const keys = joinKeys.filter(({ header }) => evidenceOfText(header).length > 0)
  return keys.map(({ header, value }) => `${value}: ${evidenceOfText(header).join(' ')}`).join('; ')
}

function rungOf(sent: Sent, i: number): Rung {
  const { id, ends, at, from = CALLER, to = CALLEE, origin, header, status, refersTo } = sent
  const [src = '', dst = ''] = ends.split('>')
  const sdp = origin === undefined ? '' : `v=0\r\no=${origin}\r\ns=-\r\nt=0 0\r\n`
  const method = refersTo === undefined ? 'INVITE' : 'REFER'
  const isWithin = status !== undefined || refersTo !== undefined
  const lines = [
    status === undefined ? `${method} sip:${to}@x.test SIP/2.0` : `SIP/2.0 ${status} X`,
    `Via: SIP/2.0/UDP ${src}.test;branch=z9hG4bK-${id}-${ends}`,
    `From: <sip:${from}@${src}.test>;tag=${id}`,
    `To: <sip:${to}@${dst}.test>${isWithin ? ';tag=b' : ''}`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    ...(refersTo === undefined ? [] : [`Refer-To: <${refersTo}>`]),
    ...(header === undefined ? [] : [header]),
    ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${sdp.length}`,
  ]
  const text = `${lines.join('\r\n')}\r\n\r\n${sdp}`
  const [from4, to4] = [endOf(src), endOf(dst)]
  return {
    text,
    carriage: {
      tUs: LADDER_START_US + Math.round(at * 1_000_000),
      src: from4.address,
      srcPort: from4.port,
      dst: to4.address,
      dstPort: to4.port,
      transport: 17,
      pieces: [{ ref: 1_000 + i * 100, offset: 42, length: text.length }],
    },
  }
}

function endOf(end: string): { address: number; port: number } {
  const [host = '', port = '5060'] = end.split(':')
  return { address: 0x0a000000 + host.charCodeAt(0), port: Number(port) }
}

const cases: readonly { name: string; sent: readonly Sent[]; tied: string }[] = [
  {
    name: 'the same numbers, sent from where the other leg had gone',
    sent: [first, second],
    tied: 'one: caller callee place',
  },
  {
    name: 'numbers in national form',
    sent: [first, { ...second, from: '4155550101', to: '02079460123' }],
    tied: 'one: caller callee place',
  },
  {
    name: 'extensions, which both must agree',
    sent: [
      { ...first, from: '200', to: '201' },
      { ...second, from: '200', to: '201' },
    ],
    tied: 'one: caller callee place',
  },
  {
    name: 'a called number that became an extension',
    sent: [first, { ...second, at: 40, to: '201' }],
    tied: 'one: caller place',
  },
  {
    name: 'a caller that became the number of the house',
    sent: [
      { ...first, from: '200' },
      { ...second, from: '+18005550000' },
    ],
    tied: 'one: callee place',
  },
  {
    name: 'an extension that calls two others',
    sent: [
      { ...first, from: '200', to: '201' },
      { ...second, from: '200', to: '202' },
    ],
    tied: '',
  },
  {
    name: 'callers who are not told, which says nothing alone',
    sent: [
      { ...first, from: 'anonymous' },
      { ...second, from: 'anonymous', to: '201' },
    ],
    tied: '',
  },
  {
    name: 'a caller who is not told, on another interface, in the same breath',
    sent: [
      { ...first, from: 'unavailable' },
      { ...second, ends: 'D>C', at: 0.006, from: 'anonymous' },
    ],
    tied: 'one: caller callee',
  },
  {
    name: 'a caller who is not told, on another host, a second later',
    sent: [
      { ...first, from: 'unavailable' },
      { ...second, ends: 'D>C', at: 1, from: 'unavailable' },
    ],
    tied: '',
  },
  {
    name: 'an offer that was let through, under other numbers',
    sent: [
      { ...first, from: '200', origin: 'phone 298340 1 IN IP4 10.9.9.9' },
      { ...second, to: '201', origin: 'phone 298340 2 IN IP4 10.9.9.9' },
    ],
    tied: 'one: place sdp-origin',
  },
  {
    name: 'an offer whose id anybody may have',
    sent: [
      { ...first, from: '200', origin: '- 1 1 IN IP4 10.9.9.9' },
      { ...second, to: '201', origin: '- 1 1 IN IP4 10.9.9.9' },
    ],
    tied: '',
  },
  {
    name: 'another interface of the same host, at once',
    sent: [first, { ...second, ends: 'D>C' }],
    tied: 'one: caller callee',
  },
  {
    name: 'another host, that sends to where the other leg came from',
    sent: [first, { ...second, ends: 'D>A' }],
    tied: '',
  },
  {
    name: 'another host, five seconds later',
    sent: [first, { ...second, ends: 'D>C', at: 5 }],
    tied: '',
  },
  {
    name: 'another host, and extensions',
    sent: [
      { ...first, from: '200', to: '201' },
      { ...second, ends: 'D>C', from: '200', to: '201' },
    ],
    tied: '',
  },
  {
    name: 'the sender itself, that tries again',
    sent: [first, { ...second, ends: 'A>B' }],
    tied: '',
  },
  {
    name: 'a leg that was refused already',
    sent: [first, { ...first, ends: 'B>A', at: 0.05, status: 486 }, second],
    tied: '',
  },
  {
    name: 'two legs that are alike',
    sent: [first, { ...first, id: 'other', at: 0.05 }, second],
    tied: '',
  },
  {
    name: 'two legs that are alike, of which one went on before',
    sent: [
      first,
      { ...second, id: 'before' },
      { ...first, id: 'other', at: 9 },
      { ...second, at: 9.1 },
    ],
    tied: 'other: caller callee place',
  },
  {
    name: 'a second telephone of a group',
    sent: [first, { ...second, id: 'before', to: '201' }, { ...second, ends: 'B>D', to: '202' }],
    tied: 'one: caller place',
  },
  {
    name: 'a second call of the same caller, that may wait for an agent or not',
    sent: [first, { ...first, id: 'other', at: 20 }, { ...second, at: 40, to: '201' }],
    tied: '',
  },
  {
    name: 'a leg that came over a proxy',
    sent: [{ ...first, ends: 'A>K' }, { ...first, ends: 'K>B' }, second],
    tied: 'one: caller callee place',
  },
  {
    name: 'the next of a chain is tied to the one before',
    sent: [first, { ...second, id: 'before' }, { ...second, ends: 'C>D', at: 0.2 }],
    tied: 'before: caller callee place',
  },
  {
    name: 'programs on one host are told by their ports',
    sent: [
      { ...first, ends: 'A:5080>A:5060' },
      { ...second, ends: 'A:5060>A:5090' },
    ],
    tied: 'one: caller callee place',
  },
  {
    name: 'one program on one host that calls twice',
    sent: [
      { ...first, ends: 'A:5080>A:5060' },
      { ...second, ends: 'A:5080>A:5090' },
    ],
    tied: '',
  },
  {
    name: 'a header that names an open leg has the last word',
    sent: [
      { ...first, id: 'named', ends: 'X>Y', from: '1', to: '2' },
      first,
      { ...second, header: 'X-CID: named' },
    ],
    tied: '',
  },
  {
    name: 'a header that names nothing that was seen',
    sent: [first, { ...second, header: 'X-CID: 4711' }],
    tied: 'one: caller callee place',
  },
  {
    name: 'a header that names its own leg',
    sent: [first, { ...second, header: 'X-CID: two' }],
    tied: 'one: caller callee place',
  },
  {
    name: 'two calls between the same, the first carried on as a header says',
    sent: [
      first,
      { ...second, header: 'X-CID: one' },
      { ...first, id: 'again', at: 0.2 },
      { ...second, id: 'onward', at: 0.3 },
    ],
    tied: 'again: caller callee place',
  },
  {
    name: 'two calls between the same, and a leg like theirs that a header ties to another',
    sent: [
      { ...first, id: 'named', ends: 'X>Y', from: '1', to: '2' },
      first,
      { ...second, header: 'X-CID: named' },
      { ...first, id: 'again', at: 0.2 },
      { ...second, id: 'onward', at: 0.3 },
    ],
    tied: '',
  },
  {
    name: 'one number alone, after longer than callers wait',
    sent: [first, { ...second, at: 301, to: '201' }],
    tied: '',
  },
]

/** A calls B; B is asked to call C, and does. */
const extensions: Sent = { ...first, from: '200', to: '201' }
const refer: Sent = { ...extensions, at: 60, refersTo: 'sip:202@x.test' }
const referred: Sent = { id: 'two', ends: 'B>C', at: 60.1, from: '201', to: '202' }

const referrals: typeof cases = [
  { name: 'a call that was asked for', sent: [extensions, refer, referred], tied: 'one: referral' },
  {
    name: 'a call that the callee asked the caller for',
    sent: [extensions, { ...refer, ends: 'B>A' }, { ...referred, ends: 'A>C', from: '200' }],
    tied: 'one: referral',
  },
  {
    name: 'a number that was named in national form, in a tel URI',
    sent: [
      extensions,
      { ...refer, refersTo: 'tel:020-7946-0123;phone-context=+44' },
      { ...referred, to: CALLEE },
    ],
    tied: 'one: referral',
  },
  {
    name: 'over a proxy, which calls somebody too',
    sent: [
      extensions,
      { ...refer, ends: 'A>K' },
      { ...refer, ends: 'K>B' },
      { ...referred, id: 'before' },
      { ...referred, ends: 'K>C' },
    ],
    tied: '',
  },
  {
    name: 'asked for behind a proxy, before which nothing was captured',
    sent: [extensions, { ...refer, ends: 'A>K' }, { ...referred, ends: 'K>C' }],
    tied: 'one: referral',
  },
  {
    name: 'of two that were asked for the latest',
    sent: [
      extensions,
      refer,
      { ...extensions, id: 'other', ends: 'D>B' },
      { ...refer, id: 'other', ends: 'D>B' },
      referred,
    ],
    tied: 'other: referral',
  },
  {
    name: 'each was asked for once',
    sent: [extensions, refer, { ...refer, at: 60.05 }, { ...referred, id: 'before' }, referred],
    tied: '',
  },
  {
    name: 'a call to somebody else',
    sent: [extensions, refer, { ...referred, to: '203' }],
    tied: '',
  },
  {
    name: 'a call by somebody else',
    sent: [extensions, refer, { ...referred, ends: 'D>C' }],
    tied: '',
  },
  {
    name: 'a call half a minute later',
    sent: [extensions, refer, { ...referred, at: 90 }],
    tied: '',
  },
  {
    name: 'a call by another program on one host',
    sent: [
      { ...extensions, ends: 'A:5080>A:5060' },
      { ...refer, ends: 'A:5080>A:5060' },
      { ...referred, ends: 'A:5070>A:5090' },
    ],
    tied: '',
  },
  {
    name: 'a call by the program on one host that was asked',
    sent: [
      { ...extensions, ends: 'A:5080>A:5060' },
      { ...refer, ends: 'A:5080>A:5060' },
      { ...referred, ends: 'A:5060>A:5090' },
    ],
    tied: 'one: referral',
  },
  {
    name: 'a REFER that names nobody',
    sent: [extensions, { ...refer, refersTo: 'sip:x.test' }, { ...referred, to: '' }],
    tied: '',
  },
  {
    name: 'a REFER among more than are kept',
    sent: [
      extensions,
      refer,
      ...Array.from({ length: 256 }, (_, i) => ({ ...refer, id: `other-${i}`, ends: 'D>E' })),
      referred,
    ],
    tied: '',
  },
]

for (const { name, sent, tied } of [...cases, ...referrals]) {
  test(`${name}: ${tied === '' ? 'none' : tied}`, () => {
    assert.equal(tie(sent), tied)
  })
}

test('where headers alone are to join, nothing else does', () => {
  assert.equal(tie([first, second], { ...fixtureSettings, joinBy: 'headers' }), '')
})

test('what the ring has passed is not found, and what it holds is', () => {
  const between = (count: number): Sent[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `between-${i}`,
      ends: 'E>F',
      at: 0.01,
      from: `+1${2_000_000_000 + i}`,
      to: `+3${3_000_000_000 + i}`,
    }))
  assert.equal(tie([first, ...between(65_000), second]), 'one: caller callee place')
  assert.equal(tie([first, ...between(66_000), second]), '')
})
