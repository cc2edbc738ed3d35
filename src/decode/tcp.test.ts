// Checks that segments in any order give the stream that was sent, and what becomes of a stream
// that was lost in part, joined in its middle, cut, reset or begun again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  countOf,
  decode,
  type Seen,
  type SeenChunk,
  tcpFrame,
  type TestFrame,
} from './frames.fixture.ts'

const SECOND_US = 1_000_000
const text = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')

/** The SYN that makes the first byte's sequence number `first`. */
function syn(first: number): Buffer {
  return tcpFrame('', { sequence: first - 1, flags: 'S' })
}

function data(first: number, from: number, to: number): Buffer {
  return tcpFrame(text.slice(from, to), { sequence: first + from })
}

function payloadOf(seen: Seen, streamId?: number): string {
  return seen.chunks
    .filter((chunk) => streamId === undefined || chunk.streamId === streamId)
    .map((chunk) => chunk.payload)
    .join('')
}

function withPayload(seen: Seen): SeenChunk[] {
  return seen.chunks.filter((chunk) => chunk.payload !== '')
}

test('segments in order come out at once, and the end is told', () => {
  const seen = decode([
    syn(1000),
    data(1000, 0, 10),
    data(1000, 10, 25),
    tcpFrame('', { sequence: 1025, flags: 'FA' }),
  ])
  assert.deepEqual(
    seen.chunks.map(({ payload, tUs, isEnd }) => [payload, tUs, isEnd]),
    [
      [text.slice(0, 10), 1_000_001, false],
      [text.slice(10, 25), 1_000_002, false],
      ['', 1_000_003, true],
    ],
  )
  assert.ok(seen.chunks.every((chunk) => !chunk.isAfterGap && !chunk.isMidstream))
  assert.equal(seen.chunks[0]?.ends, '10.0.0.1 5060 > 10.0.0.2 5062')
  assert.equal(seen.stats.problems.size, 0)
})

test('both directions of a connection are streams of their own', () => {
  const seen = decode([
    syn(1),
    tcpFrame('', { sequence: 500, flags: 'SA', acknowledged: 1, isReverse: true }),
    tcpFrame('ask', { sequence: 1 }),
    tcpFrame('answer', { sequence: 501, acknowledged: 4, isReverse: true }),
  ])
  assert.deepEqual(
    withPayload(seen).map(({ streamId, payload, ends }) => [streamId, payload, ends]),
    [
      [1, 'ask', '10.0.0.1 5060 > 10.0.0.2 5062'],
      [2, 'answer', '10.0.0.2 5062 > 10.0.0.1 5060'],
    ],
  )
})

test('any order, doubling and overlap of segments gives the bytes that were sent', () => {
  const segments = fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 60 })), {
        maxLength: 6,
      }),
    )
    .chain(([cuts, extra]) => {
      const edges = [...new Set([0, ...cuts, text.length])].sort((a, b) => a - b)
      const ranges = edges.slice(1).map((to, index) => [edges[index] ?? 0, to] as const)
      const doubled = extra.map(([from, n]) => [from, Math.min(text.length, from + n)] as const)
      const all = [...ranges, ...doubled]
      return fc.shuffledSubarray(all, { minLength: all.length })
    })
  // The sequence number wraps in some of the runs.
  const firsts = fc.constantFrom(1000, 2 ** 32 - 100, 2 ** 32 - 1, 2 ** 31 - 50)
  fc.assert(
    fc.property(segments, firsts, (ranges, first) => {
      const frames = ranges.map(([from, to]) => data(first, from, to))
      const fin = tcpFrame('', { sequence: first + text.length, flags: 'FA' })
      const seen = decode([syn(first), fin, ...frames])
      assert.equal(payloadOf(seen), text)
      assert.ok(seen.chunks.every((chunk) => !chunk.isAfterGap && chunk.streamId === 1))
      assert.equal(seen.chunks.filter((chunk) => chunk.isEnd).length, 1)
      assert.equal(seen.stats.tcp.heldBytes, 0)
      assert.equal(seen.stats.tcp.holes, 0)
    }),
    { seed: 20_261_121, numRuns: 1500 },
  )
})

test('of two segments that overlap, the bytes that came first count', () => {
  const seen = decode([
    syn(1),
    tcpFrame('BBBB', { sequence: 5 }),
    tcpFrame('xxxxxxxx', { sequence: 3 }),
    tcpFrame('AA', { sequence: 1 }),
    tcpFrame('yyyyyyyyyyyy', { sequence: 1 }),
  ])
  assert.equal(payloadOf(seen), 'AAxxBBBBxxyy')
})

test('a filled hole gives the time of the segment that filled it', () => {
  const seen = decode([syn(1), data(1, 10, 20), data(1, 0, 10)])
  assert.deepEqual(
    withPayload(seen).map(({ payload, tUs }) => [payload, tUs]),
    [
      [text.slice(0, 10), 1_000_002],
      [text.slice(10, 20), 1_000_002],
    ],
  )
})

test('a hole is given up after its time, and what was held keeps its own time', () => {
  const seen = decode(
    [
      { bytes: syn(1), tUs: 0 },
      { bytes: data(1, 0, 10), tUs: 1 },
      { bytes: data(1, 20, 30), tUs: 2 },
      { bytes: data(1, 30, 40), tUs: 6 * SECOND_US },
    ],
    { withoutFinish: true },
  )
  assert.deepEqual(
    seen.chunks.map(({ payload, tUs, isAfterGap }) => [payload, tUs, isAfterGap]),
    [
      [text.slice(0, 10), 1, false],
      [text.slice(20, 30), 2, true],
      [text.slice(30, 40), 6 * SECOND_US, false],
    ],
  )
  assert.equal(countOf(seen, 'decode.tcp.gap'), 1)
})

test('bytes behind a hole that was given up have the time at which those before were there', () => {
  const frames = [
    { bytes: syn(1), tUs: 0 },
    { bytes: data(1, 20, 30), tUs: 2 },
    { bytes: data(1, 40, 50), tUs: 3 },
    { bytes: data(1, 10, 20), tUs: 4 },
    { bytes: data(1, 30, 40), tUs: 5 },
    { bytes: data(1, 60, 70), tUs: 1 },
  ]
  assert.deepEqual(
    withPayload(decode(frames)).map(({ payload, tUs }) => [payload, tUs]),
    [
      [text.slice(10, 20), 4],
      [text.slice(20, 30), 4],
      [text.slice(30, 40), 5],
      [text.slice(40, 50), 5],
      [text.slice(60, 70), 1],
    ],
  )
})

test('a live clock gives up a hole though no frame comes', () => {
  const frames = [syn(1), data(1, 0, 10), data(1, 20, 30)]
  const early = decode(frames, { tickUs: 3 * SECOND_US, withoutFinish: true })
  assert.equal(payloadOf(early), text.slice(0, 10))
  const late = decode(frames, { tickUs: 9 * SECOND_US, withoutFinish: true })
  assert.equal(payloadOf(late), text.slice(0, 10) + text.slice(20, 30))
})

test('a hole that the other side received is given up after three acknowledgements', () => {
  const frames = [syn(1), data(1, 0, 10), data(1, 20, 30)]
  const acknowledgement = tcpFrame('', { sequence: 9, acknowledged: 31, isReverse: true })
  const two = decode([...frames, acknowledgement, acknowledgement], { withoutFinish: true })
  assert.equal(payloadOf(two), text.slice(0, 10))
  const three = decode([...frames, acknowledgement, acknowledgement, acknowledgement], {
    withoutFinish: true,
  })
  assert.equal(payloadOf(three), text.slice(0, 10) + text.slice(20, 30))
  assert.equal(three.chunks.at(-1)?.isAfterGap, true)
})

test('acknowledgements of what came before a hole leave it open', () => {
  const acknowledgement = tcpFrame('', { sequence: 9, acknowledged: 11, isReverse: true })
  const frames = [syn(1), data(1, 0, 10), data(1, 20, 30), ...Array(9).fill(acknowledgement)]
  assert.equal(payloadOf(decode(frames, { withoutFinish: true })), text.slice(0, 10))
})

test('what is held at the end of the capture comes out with its gaps', () => {
  const seen = decode([syn(1), data(1, 5, 10), data(1, 20, 30)])
  assert.deepEqual(
    seen.chunks.map(({ payload, isAfterGap, isEnd }) => [payload, isAfterGap, isEnd]),
    [
      [text.slice(5, 10), true, false],
      [text.slice(20, 30), true, false],
      ['', false, true],
    ],
  )
})

test('a stream joined in its middle says so with its first chunk only', () => {
  const seen = decode([data(77, 30, 40), data(77, 40, 50), data(77, 20, 30)])
  assert.deepEqual(
    withPayload(seen).map(({ payload, isMidstream }) => [payload, isMidstream]),
    [
      [text.slice(30, 40), true],
      [text.slice(40, 50), false],
    ],
  )
  assert.equal(countOf(seen, 'decode.tcp.midstream'), 1)
})

test('a SYN that comes after the data that it began is no new stream', () => {
  const seen = decode([data(1, 0, 10), syn(1), data(1, 10, 20)])
  assert.equal(payloadOf(seen, 1), text.slice(0, 20))
})

test('a SYN a little below a stream that was joined midway and ended begins a new one', () => {
  const fin = tcpFrame('', { sequence: 600_003, flags: 'FA' })
  const seen = decode([tcpFrame('old', { sequence: 600_000 }), fin, syn(1), data(1, 0, 10)])
  assert.deepEqual(
    withPayload(seen).map(({ streamId, payload, isMidstream }) => [streamId, payload, isMidstream]),
    [
      [1, 'old', true],
      [2, text.slice(0, 10), false],
    ],
  )
})

test('keep-alives are no data, whether or not the stream is known', () => {
  const keepAlive = tcpFrame('\0', { sequence: 10 })
  const seen = decode([keepAlive, syn(1), data(1, 0, 10), keepAlive, keepAlive, data(1, 10, 20)])
  assert.equal(payloadOf(seen), text.slice(0, 20))
  const unseen = decode([tcpFrame('\0', { sequence: 10 })])
  assert.equal(unseen.chunks.length, 0)
})

test('a SYN said again begins nothing', () => {
  const seen = decode([syn(1), syn(1), data(1, 0, 10), syn(1), data(1, 10, 20)])
  assert.equal(payloadOf(seen, 1), text.slice(0, 20))
  assert.equal(seen.chunks.filter((chunk) => chunk.isEnd).length, 1)
})

test('a new SYN between the same ends begins new streams in both directions', () => {
  const answer = { flags: 'SA', isReverse: true }
  const seen = decode([
    syn(1),
    tcpFrame('', { ...answer, sequence: 99, acknowledged: 1 }),
    tcpFrame('one', { sequence: 1 }),
    tcpFrame('uno', { sequence: 100, isReverse: true }),
    syn(900_000_000),
    tcpFrame('', { ...answer, sequence: 3_000_000_000, acknowledged: 900_000_000 }),
    tcpFrame('two', { sequence: 900_000_000 }),
    tcpFrame('due', { sequence: 3_000_000_001, isReverse: true }),
  ])
  assert.deepEqual(
    seen.chunks.map(({ streamId, payload, isEnd }) => [streamId, payload, isEnd]),
    [
      [1, 'one', false],
      [2, 'uno', false],
      [1, '', true],
      [2, '', true],
      [3, 'two', false],
      [4, 'due', false],
      [3, '', true],
      [4, '', true],
    ],
  )
})

test('an answer captured before the SYN that it answers stays', () => {
  const seen = decode([
    tcpFrame('', { sequence: 99, flags: 'SA', acknowledged: 1, isReverse: true }),
    syn(1),
    tcpFrame('uno', { sequence: 100, isReverse: true }),
  ])
  assert.deepEqual(
    withPayload(seen).map(({ isMidstream }) => isMidstream),
    [false],
  )
})

test('data with the SYN is the first of the stream', () => {
  const seen = decode([
    tcpFrame('fast', { sequence: 9, flags: 'S' }),
    tcpFrame('er', { sequence: 14 }),
  ])
  assert.equal(payloadOf(seen), 'faster')
})

test('a FIN before a hole waits for it to be filled', () => {
  const fin = tcpFrame(text.slice(20, 30), { sequence: 21, flags: 'FA' })
  const seen = decode([syn(1), data(1, 0, 10), fin, data(1, 10, 20)], { withoutFinish: true })
  assert.equal(payloadOf(seen), text.slice(0, 30))
  assert.equal(seen.chunks.at(-1)?.isEnd, true)
})

test('after the end, repeated segments are ignored and new data is a new stream', () => {
  const fin = tcpFrame('', { sequence: 11, flags: 'FA' })
  const seen = decode([syn(1), data(1, 0, 10), fin, fin, data(1, 0, 10), data(1, 20, 30)])
  assert.deepEqual(
    withPayload(seen).map(({ streamId, payload }) => [streamId, payload]),
    [
      [1, text.slice(0, 10)],
      [2, text.slice(20, 30)],
    ],
  )
})

test('a reset ends its direction, unless it is far from anything expected', () => {
  const near = decode([syn(1), data(1, 0, 10), tcpFrame('', { sequence: 11, flags: 'R' })], {
    withoutFinish: true,
  })
  assert.equal(near.chunks.at(-1)?.isEnd, true)
  const far = tcpFrame('', { sequence: 2_000_000_000, flags: 'R' })
  const seen = decode([syn(1), data(1, 0, 10), far, data(1, 10, 20)], { withoutFinish: true })
  assert.equal(payloadOf(seen, 1), text.slice(0, 20))
})

test('a FIN from far off does not end a stream', () => {
  const far = tcpFrame('', { sequence: 2_000_000_000, flags: 'FA' })
  const seen = decode([syn(1), data(1, 0, 10), far, data(1, 10, 20)], { withoutFinish: true })
  assert.equal(payloadOf(seen, 1), text.slice(0, 20))
  assert.equal(seen.stats.tcp.holes, 0)
})

test('data far behind belongs to another connection of the same ends', () => {
  const seen = decode([
    syn(2_000_000_000),
    tcpFrame('old', { sequence: 2_000_000_000 }),
    data(1, 0, 9),
  ])
  assert.deepEqual(
    withPayload(seen).map(({ streamId, isMidstream }) => [streamId, isMidstream]),
    [
      [1, false],
      [2, true],
    ],
  )
})

test('a segment cut by a snap length leaves a gap and holds nothing up', () => {
  const whole = data(1, 0, 20)
  const cut = { bytes: whole.subarray(0, whole.length - 8), originalLength: whole.length }
  const seen = decode([syn(1), cut, data(1, 20, 30)], { withoutFinish: true })
  assert.deepEqual(
    seen.chunks.map(({ payload, isAfterGap }) => [payload, isAfterGap]),
    [
      [text.slice(0, 12), false],
      [text.slice(20, 30), true],
    ],
  )
})

test('a segment whose data offset is too small is noted', () => {
  const frame = tcpFrame('x', { sequence: 1 })
  frame[14 + 20 + 12] = 0x40
  assert.equal(countOf(decode([frame]), 'decode.header.malformed'), 1)
})

test('bytes held for a hole are bounded, in one stream and in all', () => {
  const frames = [syn(1), ...Array.from({ length: 30 }, (_, i) => data(1, 10 + i * 4, 13 + i * 4))]
  const one = decode(frames, { limits: { tcpPendingBytesPerStreamMax: 2000 }, withoutFinish: true })
  assert.ok(one.stats.tcp.heldBytes <= 2000)
  assert.ok(countOf(one, 'decode.tcp.turned-away') > 0)
  assert.ok(payloadOf(one).startsWith(text.slice(10, 13)))
  const all = decode(frames, { limits: { tcpPendingBytesMax: 2000 }, withoutFinish: true })
  assert.ok(all.stats.tcp.heldBytes <= 2000)
})

test('streams are bounded: the longest silent one is ended', () => {
  const frames: TestFrame[] = Array.from({ length: 20 }, (_, index) => {
    const bytes = tcpFrame('hello', { sequence: 1 })
    bytes.writeUInt16BE(10_000 + index, 14 + 20)
    return { bytes }
  })
  const seen = decode(frames, { limits: { tcpStreamsMax: 5 }, withoutFinish: true })
  assert.equal(seen.stats.tcp.directions, 5)
  assert.equal(countOf(seen, 'decode.tcp.turned-away'), 15)
  assert.deepEqual(
    seen.chunks.filter((chunk) => chunk.isEnd).map((chunk) => chunk.streamId),
    Array.from({ length: 15 }, (_, index) => index + 1),
  )
})
