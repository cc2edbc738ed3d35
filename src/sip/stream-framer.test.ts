// Proves that streams are cut into the same messages however they are split, lost or polluted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StreamChunk } from '../decode/datagram.ts'
import { type FramedMessage, StreamFramer } from './stream-framer.ts'

const HEADERS = 'Via: SIP/2.0/TCP h;branch=z9hG4bKa\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n'

function request(body: string, contentLength: number | string | null = body.length): string {
  const length = contentLength === null ? '' : `Content-Length: ${contentLength}\r\n`
  return `OPTIONS sip:b@h SIP/2.0\r\n${HEADERS}${length}\r\n${body}`
}

interface Seen {
  text: string
  tUs: number
  isCut: boolean
  pieces: string
}

interface Part {
  text: string
  isAfterGap?: boolean
  isMidstream?: boolean
  isEnd?: boolean
}

/** Frames parts planted in a poisoned buffer, one frame and one µs a part. */
function frame(
  parts: readonly (string | Part)[],
  limits = {},
): { seen: Seen[]; framer: StreamFramer } {
  const seen: Seen[] = []
  const payloads = parts.map((part) =>
    Buffer.from(typeof part === 'string' ? part : part.text, 'latin1'),
  )
  const framer = new StreamFramer((message) => seen.push(look(message, payloads)), limits)
  parts.forEach((part, i) => framer.push(chunkOf(part, payloads[i] ?? Buffer.alloc(0), i)))
  return { seen, framer }
}

function look(message: FramedMessage, payloads: readonly Buffer[]): Seen {
  const text = message.bytes.toString('latin1', message.start, message.end)
  // The pieces must say where the same bytes lie in the capture.
  const told = message.pieces
    .map((p) => payloads[p.ref]?.toString('latin1', p.offset - 54, p.offset - 54 + p.length))
    .join('')
  assert.equal(told, text)
  const pieces = message.pieces.map((p) => `${p.ref}+${p.length}`).join(' ')
  return { text, tUs: message.tUs, isCut: message.isCut, pieces }
}

function chunkOf(part: string | Part, payload: Buffer, i: number): StreamChunk {
  const bytes = Buffer.concat([
    Buffer.from('INVITE sip:x SIP/2.0\r\n'),
    payload,
    Buffer.from('\r\n\r\nSIP/'),
  ])
  const flags: Partial<Part> = typeof part === 'string' ? {} : part
  return {
    src: 1,
    srcPort: 2,
    dst: 3,
    dstPort: 4,
    tUs: i,
    streamId: 9,
    bytes,
    start: 22,
    end: 22 + payload.length,
    piece: { ref: i, offset: 54, length: payload.length },
    isAfterGap: flags.isAfterGap ?? false,
    isMidstream: flags.isMidstream ?? false,
    isEnd: flags.isEnd ?? false,
  }
}

const texts = (parts: readonly (string | Part)[]) => frame(parts).seen.map((s) => s.text)

test('StreamFramer: cuts several messages of one chunk by Content-Length', () => {
  const [a, b] = [request('hello'), request('')]
  assert.deepEqual(texts([a + b + a]), [a, b, a])
})

test('StreamFramer: passes a message that lies in one chunk without copying it', () => {
  const a = request('hello')
  const chunk = chunkOf(a, Buffer.from(a), 0)
  let memory: Buffer | undefined
  new StreamFramer((message) => {
    memory = message.bytes
  }).push(chunk)
  assert.equal(memory, chunk.bytes)
})

test('StreamFramer: puts one message together from many chunks, timed by the last', () => {
  const a = request('hello')
  const { seen } = frame([a.slice(0, 10), a.slice(10, 60), a.slice(60)])
  assert.deepEqual(seen, [
    { text: a, tUs: 2, isCut: false, pieces: `0+10 1+50 2+${a.length - 60}` },
  ])
})

test('StreamFramer: gives the same messages however the stream is split', () => {
  const wholes = [
    request('hello'),
    request('', 'x'.length - 1),
    request('v=0\r\ns=-\r\n'),
    request(''),
  ]
  const between = fc.constantFrom('\r\n\r\n', '')
  fc.assert(
    fc.property(fc.array(fc.nat(560), { maxLength: 12 }), between, (cuts, lineEnds) => {
      const text = lineEnds + wholes.join(lineEnds)
      const inside = cuts.map((cut) => Math.min(cut, text.length))
      const at = [0, ...inside.toSorted((x, y) => x - y), text.length]
      const parts = at.slice(1).map((end, i) => text.slice(at[i], end))
      assert.deepEqual(texts(parts), wholes)
    }),
    { seed: 1, numRuns: 400 },
  )
})

test('StreamFramer: takes a stream a byte at a time', () => {
  const a = request('hello')
  assert.deepEqual(texts((a + a).split('')), [a, a])
})

test('StreamFramer: skips line ends between messages and counts them as keep-alives', () => {
  const a = request('')
  const { seen, framer } = frame(['\r\n\r\n', a, '\r\n\r\n', '\r\n', a])
  assert.deepEqual(
    seen.map((s) => s.text),
    [a, a],
  )
  assert.equal(framer.stats().keepAlives, 3)
  assert.equal(framer.stats().heldBytes, 0)
})

test('StreamFramer: skips zeros between messages as it does line ends', () => {
  const [a, b] = [request('hello'), request('')]
  assert.deepEqual(texts([`${a}\0\0\0\0${b}\0`, `\r\n\0${a}`]), [a, b, a])
  const at = a.length - 2
  assert.deepEqual(texts([a.slice(0, at), `${a.slice(at)}\0${b}`, b]), [a, b, b])
})

test('StreamFramer: finds the first message behind the header of a proxy', () => {
  const ends = '\xc0\0\x02\x01\xc0\0\x02\x02\xc3\x50\x13\xc4'
  const header = `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c${ends}`
  const a = request('hello')
  assert.deepEqual(texts([header + a, a]), [a, a])
  assert.deepEqual(texts([header, a]), [a])
  assert.deepEqual(texts([header.slice(0, 20), a]), [a])
  // What follows is all that it claims.
  const long = `${header.slice(0, 14)}\x04\0${'z'.repeat(1024)}`
  assert.deepEqual(texts([long + a]), [a])
})

test('StreamFramer: ends a message without Content-Length at its headers', () => {
  const a = request('', null)
  assert.deepEqual(texts([`${a}v=0\r\n${request('x')}`]), [a, request('x')])
})

test('StreamFramer: reads a compact and folded Content-Length', () => {
  const a = `OPTIONS sip:b@h SIP/2.0\r\n${HEADERS}l:\r\n 5\r\n\r\nhello`
  assert.deepEqual(texts([a + request('')]), [a, request('')])
})

test('StreamFramer: finds the next message after a Content-Length that is too small', () => {
  assert.deepEqual(texts([request('hello\r\nworld\r\n', 5) + request('')]), [
    request('hello', 5),
    request(''),
  ])
})

test('StreamFramer: ends a body where a message begins inside what Content-Length claims', () => {
  const lie = request('hello\r\n', 40)
  assert.deepEqual(texts([`${lie}${request('')}${request('')}`]), [lie, request(''), request('')])
  assert.deepEqual(texts([lie, request(''), request('')]), [lie, request(''), request('')])
})

test('StreamFramer: ends a body without a last line end before the method glued to it', () => {
  const text = request('Please call back in 60')
  for (const split of [1, 2, 4, 7]) {
    const at = text.length - split
    assert.deepEqual(texts([text.slice(0, at), text.slice(at) + request('a')]), [
      text,
      request('a'),
    ])
  }
})

test('StreamFramer: believes a Content-Length that ends with a segment or before a message', () => {
  const quoted = `${request('')}quoted`
  const text = request(`log\r\n${quoted}`)
  const at = text.length - quoted.length
  for (const rest of ['', request('a')]) {
    const expected = rest === '' ? [text, request('b')] : [text, rest, request('b')]
    assert.deepEqual(texts([text.slice(0, at), text.slice(at) + rest, request('b')]), expected)
  }
})

test('StreamFramer: cuts no method in two where a body is claimed too long', () => {
  for (const excess of [1, 2, 4, 6]) {
    const lie = request('hello\r\n', 'hello\r\n'.length + excess)
    for (const method of ['OPTIONS', 'PRACK']) {
      const next = request('').replace(/^OPTIONS/, method)
      assert.deepEqual(texts([lie, next]), [lie, next])
    }
  }
})

test('StreamFramer: resynchronises after an absurd or unreadable Content-Length', () => {
  for (const length of ['99999999999', '-999', 'many']) {
    const lie = request('hello\r\n', length)
    assert.deepEqual(texts([lie + request('')]), [lie, request('')])
    assert.deepEqual(texts([lie, request('')]), [lie, request('')])
  }
})

test('StreamFramer: leaves a start line in a sipfrag body alone', () => {
  const body = `SIP/2.0 200 OK\r\n${HEADERS}\r\n`
  const head = `NOTIFY sip:b@h SIP/2.0\r\n${HEADERS}c: message/sipfrag\r\nl: ${body.length}\r\n\r\n`
  assert.deepEqual(texts([head, body, request('')]), [head + body, request('')])
})

test('StreamFramer: joins a stream in the middle at the first start line', () => {
  const part = { text: 'ello: x\r\nCSeq: 1 BYE\r\n\r\nv=0\r\n', isMidstream: true }
  assert.deepEqual(texts([part, request('a')]), [request('a')])
  assert.deepEqual(texts([{ ...part, text: part.text + request('a') }]), [request('a')])
})

test('StreamFramer: leaves the last word of a body out of the method that it is glued to', () => {
  for (const word of ['60', 'tomorrow', 'a-b.']) {
    for (const flags of [{ isMidstream: true }, { isAfterGap: true }]) {
      assert.deepEqual(texts([{ text: word + request('a'), ...flags }]), [request('a')])
    }
  }
  const other = request('a').replace(/^OPTIONS/, 'BENOTIFY')
  assert.deepEqual(texts([{ text: other, isMidstream: true }]), [other])
})

test('StreamFramer: does not take a quoted status line for a message when out of step', () => {
  const part = { text: 'x\r\nSIP/2.0 200 OK\r\n', isMidstream: true }
  assert.deepEqual(texts([part, request('a')]), [request('a')])
})

test('StreamFramer: passes a message with a lost end as cut, and goes on after the gap', () => {
  const a = request('hello')
  const { seen } = frame([a.slice(0, -2), { text: `zzz\r\n${a}`, isAfterGap: true }])
  assert.deepEqual(
    seen.map((s) => [s.text, s.isCut, s.tUs]),
    [
      [a.slice(0, -2), true, 0],
      [a, false, 1],
    ],
  )
})

test('StreamFramer: drops a message with lost headers and counts it', () => {
  const a = request('hello')
  const { seen, framer } = frame([a.slice(0, 50), { text: a, isAfterGap: true }])
  assert.deepEqual(
    seen.map((s) => s.text),
    [a],
  )
  assert.equal(framer.stats().messagesLost, 1)
})

test('StreamFramer: passes what the end of the stream cuts', () => {
  const a = request('hello')
  const { seen, framer } = frame([a.slice(0, -1), { text: '', isEnd: true }])
  assert.deepEqual(seen, [
    { text: a.slice(0, -1), tUs: 0, isCut: true, pieces: `0+${a.length - 1}` },
  ])
  assert.deepEqual([framer.stats().streams, framer.stats().heldBytes], [0, 0])
})

test('StreamFramer: takes apart the messages that a lying Content-Length swallowed', () => {
  const lie = request('hello\r\n', 4000)
  const tail = request('hello').slice(0, -1)
  const { seen } = frame([lie + request('a') + tail, { text: '', isEnd: true }])
  assert.deepEqual(
    seen.map((s) => [s.text, s.isCut]),
    [
      [lie, false],
      [request('a'), false],
      [tail, true],
    ],
  )
})

test('StreamFramer: holds nothing of a stream that is not SIP until SIP follows a gap', () => {
  const page = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
  const junk = `\x16\x03\x01${'z'.repeat(4000)}\r\n`
  assert.equal(frame([page, ...Array(40).fill(junk)]).framer.stats().heldBytes, 0)
  const later = { text: request('a'), isAfterGap: true }
  assert.deepEqual(texts([page, ...Array(40).fill(junk), later]), [request('a')])
})

test('StreamFramer: finds SIP that begins with a segment of what seemed another protocol', () => {
  const junk = `${'z'.repeat(70_000)}\r\n`
  assert.deepEqual(texts(['PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', junk, request('a')]), [
    request('a'),
  ])
})

test('StreamFramer: does not take a web server for SIP that begins its answer like SIP', () => {
  const page = 'SIP/2.0 200 ok\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello'
  assert.deepEqual(texts([page, 'SIP/2.0 200 ok\r\nHTTP/1.1 200 OK\r\n\r\n']), [])
})

test('StreamFramer: forgets the oldest hold when all holds together are too many bytes', () => {
  const framer = new StreamFramer(() => {}, { heldBytesMax: 5000 })
  for (let id = 0; id < 10; id++) {
    const text = request('', 900)
    framer.push({ ...chunkOf(text, Buffer.from(text), 0), streamId: id })
  }
  const { heldBytes, holdsTurnedAway } = framer.stats()
  assert.ok(heldBytes <= 5000)
  assert.equal(holdsTurnedAway, 8)
})

test('StreamFramer: forgets the longest silent stream when there are too many', () => {
  const framer = new StreamFramer(() => {}, { tcpStreamsMax: 3 })
  for (let id = 0; id < 10; id++) {
    framer.push({ ...chunkOf('x', Buffer.from('x'), 0), streamId: id })
  }
  assert.deepEqual([framer.stats().streams, framer.stats().streamsTurnedAway], [3, 7])
})

test('StreamFramer: gives up headers that never end', () => {
  const line = `X: ${'y'.repeat(1000)}\r\n`
  const { seen, framer } = frame(
    [request('').slice(0, -2), ...Array(20).fill(line), request('a')],
    { streamBufferBytesMax: 10_000 },
  )
  assert.deepEqual(
    seen.map((s) => s.text),
    [request('a')],
  )
  assert.equal(framer.stats().messagesLost, 1)
})
