// Hostile messages: whatever the bytes are, reading ends, never throws, and never looks outside.
// Seeded, so that a failure can be had again.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { MessageIndex } from './message-index.ts'
import { SipMessage } from './message.ts'
import { describeSdp } from './sdp/describe-sdp.ts'
import { formatUri } from './uri.ts'

const folder = join(import.meta.dirname, '../../test/torture/rfc4475')
const originals = readdirSync(folder)
  .filter((name) => name.endsWith('.dat'))
  .map((name) => readFileSync(join(folder, name)))

/** Bytes that break parsers: separators, quotes, line ends, escapes, NUL, 8-bit. */
const sharp = [
  '\r\n',
  '\r',
  '\n',
  '\n ',
  ' ',
  '\t',
  '"',
  '<',
  '>',
  ';',
  ',',
  ':',
  '=',
  '\\',
  '%',
  '@',
  '[',
  '(',
  '\0',
  '\xff',
  '--',
  ';tag=',
  '99999999999',
]

interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(30),
  insert: fc.oneof(fc.constantFrom(...sharp), fc.string({ unit: 'binary', maxLength: 6 })),
})

const mutated = fc
  .tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 8 }))
  .map(([original, edits]) => edits.reduce(apply, original))

function apply(bytes: Buffer, { at, remove, insert }: Edit): Buffer {
  const from = Math.floor(at * bytes.length)
  const rest = bytes.subarray(Math.min(bytes.length, from + remove))
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(insert, 'latin1'), rest])
}

/** Asks a message everything. Returns what a different surrounding must not change. */
function interrogate(message: SipMessage): unknown {
  const { method, requestUri, reasonPhrase, callId, fromTag, toTag, branch, from, to } = message
  const answers = [method, requestUri, reasonPhrase, callId, fromTag, toTag, branch, from, to]
  const lines = Array.from({ length: message.headerCount }, (_, i) => [
    message.headerName(i),
    message.headerValue(i),
  ])
  const sdp = message.sdp
  return [
    answers,
    lines,
    message.contacts.map(({ uri }) => formatUri(uri)),
    message.vias,
    message.cseq,
    message.contentType,
    message.sessionId,
    message.credentials,
    message.challenges,
    message.parts.map(({ bytes }) => bytes.length),
    message.hasSdp,
    sdp === undefined ? sdp : describeSdp(sdp),
    message.problems(),
  ]
}

function assertOffsetsInside(message: SipMessage, start: number, end: number): void {
  const offsets = [
    message.start,
    message.end,
    message.headerEnd,
    message.bodyStart,
    message.bodyEnd,
    message.callIdStart,
    message.callIdEnd,
    message.fromTagStart,
    message.fromTagEnd,
    message.toTagStart,
    message.toTagEnd,
    message.branchStart,
    message.branchEnd,
  ]
  for (const offset of offsets) assert.ok(offset === -1 || (offset >= start && offset <= end))
  for (let i = 0; i < message.headerCount; i++) {
    const places = [
      start,
      message.headerNameStart(i),
      message.headerNameEnd(i),
      message.headerValueStart(i),
      message.headerValueEnd(i),
      end,
    ]
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    )
  }
}

test('fuzz: a mutated message reads the same wherever it lies, and nothing throws', () => {
  const alone = new SipMessage()
  const planted = new SipMessage()
  const before = Buffer.from('INVITE sip:x SIP/2.0\r\nFrom: "')
  const after = Buffer.from('\n\r\n";tag=poison>\r\nCall-ID: poison\r\n\r\n--7a9cbec02ceef655--')
  fc.assert(
    fc.property(mutated, fc.boolean(), (bytes, isDatagram) => {
      const isRead = alone.read(bytes, 0, bytes.length, { isDatagram })
      const whole = Buffer.concat([before, bytes, after])
      const end = before.length + bytes.length
      assert.equal(planted.read(whole, before.length, end, { isDatagram }), isRead)
      if (!isRead) return
      assertOffsetsInside(planted, before.length, end)
      assert.deepEqual(interrogate(planted), interrogate(alone))
    }),
    { seed: 20_260_101, numRuns: 3000 },
  )
})

test('fuzz: random bytes are hardly ever SIP and never throw', () => {
  const message = new SipMessage()
  let taken = 0
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      if (message.read(Buffer.from(bytes), 0, bytes.length)) taken++
    }),
    { seed: 5, numRuns: 20_000 },
  )
  assert.equal(taken, 0)
})

/** Values that are slow for parsers that look back, or that try again at each character. */
const slow = [
  '"',
  '\\"',
  '<',
  ';tag=',
  ',',
  ';',
  ' ',
  '\t ',
  '\r\n ',
  '%',
  '(',
  '=',
  'a=',
  ':',
  '-',
  '\r',
  '[',
  '/ ',
  '@',
  '\xff',
]

/** Counts how many bytes the index pass looks at. */
function readsOf(text: string): number {
  let reads = 0
  const bytes = new Proxy(Buffer.from(text, 'latin1'), {
    get(target, key) {
      reads++
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  new MessageIndex().read(bytes, 0, text.length)
  return reads
}

test('fuzz: the index pass looks at each byte a bounded number of times', () => {
  for (const unit of slow) {
    for (const name of ['From', 'Via', 'CSeq', 'X', '']) {
      const text = `BYE sip:h SIP/2.0\r\n${name}: ${unit.repeat(4000)}\r\n\r\n`
      assert.ok(readsOf(text) <= 8 * text.length, `${name} ${JSON.stringify(unit)}`)
    }
    const lines = `BYE sip:h SIP/2.0\r\n${`${unit}\r\n`.repeat(2000)}`
    assert.ok(readsOf(lines) <= 8 * lines.length, `lines of ${JSON.stringify(unit)}`)
    const start = `BYE ${unit.repeat(4000)} SIP/2.0\r\n\r\n`
    assert.ok(readsOf(start) <= 8 * start.length, `start line of ${JSON.stringify(unit)}`)
  }
})

test('fuzz: a full check of long hostile values comes to an end', () => {
  const message = new SipMessage()
  const names = [
    'From',
    'Via',
    'Contact',
    'CSeq',
    'Content-Type',
    'Authorization',
    'Session-ID',
    'Date',
  ]
  for (const unit of slow) {
    const value = unit.repeat(60_000 / unit.length)
    const lines = names.map((name) => `${name}: ${value}x\r\n`).join('')
    const bytes = Buffer.from(`BYE sip:${value} SIP/2.0\r\n${lines}\r\n${value}`, 'latin1')
    if (message.read(bytes, 0, bytes.length)) interrogate(message)
    const head = 'INVITE sip:h SIP/2.0\r\nc: application/sdp\r\n\r\nv=0\r\n'
    const sdp = `${head}m=audio 1 RTP/AVP ${value}\r\n`
    const attributes = ['rtpmap:0 ', 'candidate:', 'crypto:', 'ssrc:', 'x'].map(
      (a) => `a=${a}${value}\r\n`,
    )
    const offer = Buffer.from(sdp + attributes.join(''), 'latin1')
    assert.equal(message.read(offer, 0, offer.length), true)
    interrogate(message)
  }
})
