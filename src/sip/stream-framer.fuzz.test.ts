// Hostile streams: messages with lies and damage, cut into chunks anywhere, with gaps. Whatever
// comes, framing ends, never throws, holds no more than its bounds, and tells where bytes lie.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FramedMessage, StreamFramer } from './stream-framer.ts'

const folder = join(import.meta.dirname, '../../test/torture/rfc4475')
const originals = readdirSync(folder)
  .filter((name) => name.endsWith('.dat'))
  .map((name) => readFileSync(join(folder, name)))
const junk = [
  '\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  '\0\xff\x16',
  '\0\0',
  'word',
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x02zz',
  'SIP/2.0 200 OK\r\n',
  'x'.repeat(300),
]

const part: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...originals) },
  { weight: 1, arbitrary: fc.constantFrom(...junk).map((text) => Buffer.from(text, 'latin1')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...originals), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([whole, share]) => whole.subarray(0, Math.floor(share * whole.length))),
  },
)

interface Chunk {
  readonly bytes: Buffer
  readonly isAfterGap: boolean
}

/** Pushes chunks, each a frame of its own, planted in poison; checks every message as it comes. */
function frameAll(
  chunks: readonly Chunk[],
  limits = {},
): { texts: string[]; framer: StreamFramer } {
  const texts: string[] = []
  let previousEnd = 0
  const starts: number[] = []
  let total = 0
  for (const { bytes } of chunks) {
    starts.push(total)
    total += bytes.length
  }
  const check = (message: FramedMessage) => {
    const text = message.bytes.toString('latin1', message.start, message.end)
    const pieces = message.pieces.map(({ ref, offset, length }) => {
      assert.ok(length > 0)
      return chunks[ref]?.bytes.toString('latin1', offset, offset + length) ?? ''
    })
    assert.equal(pieces.join(''), text)
    const [first] = message.pieces
    const start = (starts[first?.ref ?? 0] ?? 0) + (first?.offset ?? 0)
    assert.ok(start >= previousEnd, 'messages follow each other')
    previousEnd = start + text.length
    texts.push(text)
  }
  const framer = new StreamFramer(check, limits)
  chunks.forEach(({ bytes, isAfterGap }, ref) => {
    const poisoned = Buffer.concat([
      Buffer.from('BYE sip:x SIP/2.0\r\n'),
      bytes,
      Buffer.from('\r\n\r\n'),
    ])
    const ends = { src: 1, srcPort: 1, dst: 2, dstPort: 2 }
    const piece = { ref, offset: 0, length: bytes.length }
    const place = { bytes: poisoned, start: 19, end: 19 + bytes.length, piece }
    const isEnd = ref === chunks.length - 1
    framer.push({ ...ends, ...place, tUs: ref, streamId: 1, isAfterGap, isMidstream: false, isEnd })
  })
  return { texts, framer }
}

function split(text: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * text.length)).toSorted((x, y) => x - y)]
  return at.map((start, i) => text.subarray(start, at[i + 1] ?? text.length))
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 })

test('fuzz: damaged streams in any chunks give messages in order, each where it says', () => {
  const stream = fc.tuple(fc.array(part, { minLength: 1, maxLength: 6 }), cuts, fc.nat(20))
  fc.assert(
    fc.property(stream, ([parts, at, gap]) => {
      const chunks = split(Buffer.concat(parts), at).map((bytes, i) => ({
        bytes,
        isAfterGap: i === gap,
      }))
      const { framer } = frameAll(chunks)
      assert.deepEqual([framer.stats().heldBytes, framer.stats().streams], [0, 0])
    }),
    { seed: 20_260_102, numRuns: 3000 },
  )
})

test('fuzz: with tight bounds nothing throws and nothing is held beyond them', () => {
  const limits = {
    streamBufferBytesMax: 700,
    messageBytesMax: 600,
    heldBytesMax: 5000,
    seekBytesMax: 400,
    startLineBytesMax: 64,
  }
  const stream = fc.tuple(fc.array(part, { minLength: 1, maxLength: 6 }), cuts)
  fc.assert(
    fc.property(stream, ([parts, at]) => {
      const chunks = split(Buffer.concat(parts), at).map((bytes) => ({ bytes, isAfterGap: false }))
      const { framer } = frameAll(
        [...chunks, { bytes: Buffer.from('x'), isAfterGap: true }],
        limits,
      )
      assert.equal(framer.stats().heldBytes, 0)
    }),
    { seed: 20_260_103, numRuns: 2000 },
  )
})

test('fuzz: a stream of nothing but lies, a byte at a time, comes to an end', () => {
  const lie = 'OPTIONS sip:h SIP/2.0\r\nCSeq: 1 OPTIONS\r\nl: 1000000\r\n\r\n'
  const text = Buffer.from(lie.repeat(600))
  const chunks = split(text, []).concat([Buffer.from('x')])
  const whole = frameAll(chunks.map((bytes, i) => ({ bytes, isAfterGap: i > 0 })))
  assert.equal(whole.texts.length, 600)
  const bytes = Array.from(text.subarray(0, 6000), (byte) => ({
    bytes: Buffer.of(byte),
    isAfterGap: false,
  }))
  assert.ok(frameAll(bytes).texts.length > 100)
})
