// Checks that fragments in any order, doubled or overlapping give the datagram that was cut, and
// that what cannot be completed is given up within its bounds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  countOf,
  decode,
  ethernet,
  hex,
  ip4,
  ip6,
  tcp,
  udp,
  type TestFrame,
} from './frames.fixture.ts'

const payload = Array.from({ length: 40 }, (_, index) => `line ${index}`).join(' ')
const datagram = udp(payload)

function fragment4(whole: Buffer, from: number, to: number, id = 7, protocol = 17): Buffer {
  const hasMore = to < whole.length
  return ethernet(0x0800, ip4(whole.subarray(from, to), { id, offset: from, hasMore, protocol }))
}

function fragment6(whole: Buffer, from: number, to: number, id = 7): Buffer {
  const header = hex('1100 0000 00000000')
  header.writeUInt16BE(from + (to < whole.length ? 1 : 0), 2)
  header.writeUInt32BE(id, 4)
  return ethernet(0x86dd, ip6(44, Buffer.concat([header, whole.subarray(from, to)])))
}

for (const [name, fragment] of [
  ['IPv4', fragment4],
  ['IPv6', fragment6],
] as const) {
  test(`${name} fragments in order give one datagram, at the time of the last`, () => {
    const seen = decode([
      fragment(datagram, 0, 96),
      fragment(datagram, 96, 200),
      fragment(datagram, 200, datagram.length),
    ])
    assert.equal(seen.datagrams.length, 1)
    assert.equal(seen.datagrams[0]?.payload, payload)
    assert.equal(seen.datagrams[0]?.tUs, 1_000_002)
    assert.deepEqual(
      seen.datagrams[0]?.pieces.map(([ref, , length]) => [ref, length]),
      [
        [0, 88],
        [1, 104],
        [2, datagram.length - 200],
      ],
    )
    assert.equal(seen.stats.problems.size, 0)
    assert.equal(seen.stats.fragments.heldBytes, 0)
  })

  test(`${name} fragments in any order, doubled and overlapping, give the same datagram`, () => {
    const units = Math.ceil(datagram.length / 8)
    const plan = fc
      .array(fc.integer({ min: 1, max: units - 1 }), { minLength: 1, maxLength: 6 })
      .chain((cuts) => {
        const edges = [...new Set([0, ...cuts, units])].sort((a, b) => a - b)
        const ranges = edges.slice(1).map((to, index) => [edges[index] ?? 0, to] as const)
        const extra = fc.array(fc.tuple(fc.nat(units - 1), fc.integer({ min: 1, max: units })), {
          maxLength: 4,
        })
        return extra.chain((added) =>
          fc.shuffledSubarray(
            [
              ...ranges,
              ...added.map(([from, length]) => [from, Math.min(units, from + length)] as const),
            ],
            { minLength: ranges.length + added.length },
          ),
        )
      })
    fc.assert(
      fc.property(plan, (ranges) => {
        const frames = ranges.map(([from, to]) =>
          fragment(datagram, from * 8, Math.min(datagram.length, to * 8)),
        )
        const seen = decode(frames)
        assert.ok(seen.datagrams.length >= 1)
        for (const found of seen.datagrams) assert.equal(found.payload, payload)
      }),
      { seed: 20_261_121, numRuns: 600 },
    )
  })
}

test('of two fragments that overlap, the bytes that came first count', () => {
  const whole = udp('AAAAAAAABBBBBBBBCCCCCCCC')
  const other = udp('xxxxxxxxyyyyyyyyzzzzzzzz')
  const seen = decode([fragment4(whole, 8, 24), fragment4(other, 16, 32), fragment4(whole, 0, 8)])
  assert.equal(seen.datagrams[0]?.payload, 'AAAAAAAABBBBBBBBzzzzzzzz')
  assert.equal(countOf(seen, 'decode.fragment.overlap'), 1)
})

test('two datagrams whose fragments mix are kept apart by their identification', () => {
  const other = udp(payload.toUpperCase())
  const seen = decode([
    fragment4(datagram, 0, 96, 1),
    fragment4(other, 0, 96, 2),
    fragment4(datagram, 96, datagram.length, 1),
    fragment4(other, 96, other.length, 2),
  ])
  assert.deepEqual(
    seen.datagrams.map((found) => found.payload),
    [payload, payload.toUpperCase()],
  )
})

test('a TCP segment in fragments comes in one chunk a fragment', () => {
  const segment = tcp(payload, { sequence: 100 })
  const seen = decode([
    fragment4(segment, 0, 96, 7, 6),
    fragment4(segment, 96, segment.length, 7, 6),
  ])
  assert.equal(seen.chunks.map((chunk) => chunk.payload).join(''), payload)
  assert.equal(seen.chunks.filter((chunk) => chunk.payload !== '').length, 2)
  assert.ok(seen.chunks.every((chunk) => chunk.tUs === 1_000_001))
})

test('fragments inside a tunnel that is itself in fragments are put together', () => {
  const inner = [
    ip4(datagram.subarray(0, 96), { id: 1, hasMore: true }),
    ip4(datagram.subarray(96), { id: 1, offset: 96 }),
  ]
  const frames = inner.flatMap((packet, index) => {
    const outer = { id: 50 + index, protocol: 4, src: 'c0a80001', dst: 'c0a80002' }
    return [
      ethernet(0x0800, ip4(packet.subarray(0, 64), { ...outer, hasMore: true })),
      ethernet(0x0800, ip4(packet.subarray(64), { ...outer, offset: 64 })),
    ]
  })
  const seen = decode(frames)
  assert.equal(seen.datagrams[0]?.payload, payload)
  assert.deepEqual(
    seen.datagrams[0]?.pieces.map(([ref]) => ref),
    [0, 1, 2, 3],
  )
})

test('a fragment cut by a snap length cuts the datagram there', () => {
  const second = fragment4(datagram, 96, datagram.length)
  const seen = decode([
    fragment4(datagram, 0, 96),
    { bytes: second.subarray(0, 14 + 20 + 10), originalLength: second.length },
  ])
  assert.equal(seen.datagrams[0]?.payload, payload.slice(0, 88 + 10))
  assert.equal(seen.datagrams[0]?.isCut, true)
})

test('fragments that contradict the end of their datagram are ignored', () => {
  const longer = udp(`${payload} and more that nobody asked for`)
  const seen = decode([
    fragment4(datagram, 0, 96),
    fragment4(longer, 320, longer.length),
    fragment4(datagram, 96, datagram.length),
    fragment4(datagram, 0, 96),
  ])
  assert.ok(countOf(seen, 'decode.fragment.contradiction') >= 1)
})

test('a fragment beyond the largest datagram is ignored', () => {
  const seen = decode([ethernet(0x0800, ip4(Buffer.alloc(64), { id: 7, offset: 65_512 }))])
  assert.equal(countOf(seen, 'decode.fragment.contradiction'), 1)
  assert.equal(seen.datagrams.length, 0)
})

test('an incomplete datagram is given up after its time', () => {
  const first = { bytes: fragment4(datagram, 0, 96), tUs: 0 }
  const rest = { bytes: fragment4(datagram, 96, datagram.length), tUs: 40_000_000 }
  const seen = decode([first, rest], { withoutFinish: true })
  assert.equal(seen.datagrams.length, 0)
  assert.equal(countOf(seen, 'decode.fragment.incomplete'), 1)
  assert.equal(seen.stats.fragments.waiting, 1)
})

test('a live clock gives up an incomplete datagram though no frame comes', () => {
  const seen = decode([fragment4(datagram, 0, 96)], { tickUs: 40_000_000, withoutFinish: true })
  assert.equal(countOf(seen, 'decode.fragment.incomplete'), 1)
  assert.equal(seen.stats.fragments.heldBytes, 0)
})

test('one frame from the far future does not give up what waits', () => {
  const frames: TestFrame[] = [
    { bytes: fragment4(datagram, 0, 96), tUs: 5_000_000 },
    { bytes: fragment4(udp('late'), 0, 8, 9), tUs: 4_000_000_000_000_000 },
    { bytes: fragment4(datagram, 96, datagram.length), tUs: 5_000_100 },
  ]
  assert.equal(decode(frames).datagrams[0]?.payload, payload)
})

test('waiting datagrams, their bytes and their fragments are bounded', () => {
  const many = Array.from({ length: 50 }, (_, id) => fragment4(datagram, 0, 96, id))
  const few = decode(many, { limits: { fragmentedDatagramsMax: 10 }, withoutFinish: true })
  assert.equal(few.stats.fragments.waiting, 10)
  assert.equal(countOf(few, 'decode.fragment.turned-away'), 40)
  const light = decode(many, { limits: { fragmentBytesMax: 2000 }, withoutFinish: true })
  assert.ok(light.stats.fragments.heldBytes <= 2000)
  const tiny = Array.from({ length: 20 }, (_, index) =>
    fragment4(datagram, index * 16, index * 16 + 8),
  )
  const short = decode(tiny, { limits: { fragmentsPerDatagramMax: 8 } })
  assert.ok(countOf(short, 'decode.fragment.turned-away') >= 1)
})
