// Offers within a call in, when a side held it out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SipMessage } from '../sip/message.ts'
import { HoldFindings } from './hold-findings.ts'

/** Second, who sent the request, `200 INVITE 2` or `INVITE 2`, and the direction of its sound. */
type Said = readonly [s: number, side: 'caller' | 'callee', what: string, direction?: string]

function sdp(direction: string): string {
  const [address, way] = direction === 'nowhere' ? ['0.0.0.0', 'sendrecv'] : ['10.0.0.1', direction]
  const media = direction === 'fax' ? 'm=image 4000 udptl t38' : `m=audio 4000 RTP/AVP 0`
  const lines = ['v=0', 'o=- 1 1 IN IP4 x', 's=-', `c=IN IP4 ${address}`, 't=0 0', media]
  return [...lines, `a=${way}`, ''].join('\r\n')
}

function holdsOf(...said: readonly Said[]): string[] {
  const holds = new HoldFindings()
  const message = new SipMessage()
  for (const [s, side, what, direction] of said) {
    const [cseq = '', method = '', status] = what.split(' ').toReversed()
    const first =
      status === undefined ? `${method} sip:b@x SIP/2.0` : `SIP/2.0 ${status} Whatever it is`
    const body = direction === undefined ? '' : sdp(direction)
    const toTag = cseq === '1' && method === 'INVITE' ? '' : ';tag=other'
    const bytes = Buffer.from(
      [
        first,
        'Via: SIP/2.0/UDP x;branch=z9hG4bK1',
        `From: <sip:a@x>;tag=${side}`,
        `To: <sip:b@x>${toTag}`,
        'Call-ID: c',
        `CSeq: ${cseq} ${method}`,
        ...(body === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    )
    assert(message.read(bytes, 0, bytes.length, { isDatagram: true }))
    holds.read(message, side, s * 1_000_000)
  }
  return holds.finish().map(({ text, startUs }) => `${startUs / 1_000_000}: ${text}`)
}

const BEGUN: readonly Said[] = [
  [0, 'caller', 'INVITE 1', 'sendrecv'],
  [2, 'caller', '200 INVITE 1', 'sendrecv'],
]
const HELD: readonly Said[] = [
  [10, 'callee', 'INVITE 7', 'sendonly'],
  [11, 'callee', '200 INVITE 7', 'recvonly'],
  [11, 'callee', 'ACK 7'],
]
const BYE: Said = [60, 'caller', 'BYE 9']

test('a hold lasts until its side wants sound both ways again', () => {
  const resumed: readonly Said[] = [
    [30, 'callee', 'INVITE 8', 'sendrecv'],
    [31, 'callee', '200 INVITE 8', 'sendrecv'],
  ]
  const found = ['11: callee puts the call on hold for 20 s']
  assert.deepEqual(holdsOf(...BEGUN, ...HELD, ...resumed, BYE), found)
})

test('else until the call ends', () => {
  const found = ['11: callee puts the call on hold for 49 s, until its end']
  assert.deepEqual(holdsOf(...BEGUN, ...HELD, BYE), found)
})

for (const direction of ['sendonly', 'inactive', 'nowhere']) {
  test(`an offer that is ${direction} is a hold, by UPDATE too`, () => {
    const found = ['11: caller puts the call on hold for 49 s, until its end']
    const update: readonly Said[] = [
      [10, 'caller', 'UPDATE 2', direction],
      [11, 'caller', '200 UPDATE 2', 'inactive'],
    ]
    assert.deepEqual(holdsOf(...BEGUN, ...update, BYE), found)
  })
}

test('an offer is none that is refused, or has no answer', () => {
  const offer: Said = [10, 'callee', 'INVITE 7', 'sendonly']
  assert.deepEqual(holdsOf(...BEGUN, offer, [11, 'callee', '491 INVITE 7'], BYE), [])
  assert.deepEqual(holdsOf(...BEGUN, offer, BYE), [])
  assert.deepEqual(holdsOf(...BEGUN, offer, [11, 'callee', '200 INVITE 6'], BYE), [])
})

test('what a session begins with is none', () => {
  const begun: readonly Said[] = [
    [0, 'caller', 'INVITE 1', 'inactive'],
    [2, 'caller', '200 INVITE 1', 'inactive'],
  ]
  assert.deepEqual(holdsOf(...begun, BYE), [])
  const late: readonly Said[] = [
    [0, 'caller', 'INVITE 1'],
    [2, 'caller', '200 INVITE 1', 'sendrecv'],
    [2, 'caller', 'ACK 1', 'inactive'],
  ]
  assert.deepEqual(holdsOf(...late, BYE), [])
})

test('whoever is held and refreshes the session holds nobody', () => {
  const refreshed: readonly Said[] = [
    [20, 'caller', 'INVITE 2', 'inactive'],
    [21, 'caller', '200 INVITE 2', 'inactive'],
  ]
  const found = ['11: callee puts the call on hold for 49 s, until its end']
  assert.deepEqual(holdsOf(...BEGUN, ...HELD, ...refreshed, BYE), found)
})

test('an ACK ends a hold where the other side had to offer', () => {
  const resumed: readonly Said[] = [
    [30, 'callee', 'INVITE 8'],
    [31, 'callee', '200 INVITE 8', 'sendrecv'],
    [32, 'callee', 'ACK 8', 'sendrecv'],
  ]
  const found = ['11: callee puts the call on hold for 21 s']
  assert.deepEqual(holdsOf(...BEGUN, ...HELD, ...resumed, BYE), found)
})

test('fax is none', () => {
  const fax: readonly Said[] = [
    [10, 'callee', 'INVITE 7', 'fax'],
    [11, 'callee', '200 INVITE 7', 'fax'],
  ]
  assert.deepEqual(holdsOf(...BEGUN, ...fax, BYE), [])
})
