// Mutates frames of every kind, a seed at a time. Whatever comes of them must be the same whatever
// lies around the frame in memory: nothing outside it is read. Nothing throws, nothing grows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/limits.ts'
import { decode, ethernet, hex, ip4, ip6, tcpFrame, udp, udpFrame } from './frames.fixture.ts'

const inner = ip4(udp('REGISTER sip:a SIP/2.0\r\n\r\n'))
const innerFrame = ethernet(0x0800, inner)

function behind(header: string, inside: Buffer): Buffer {
  return Buffer.concat([hex(header), inside])
}

const seeds: readonly Buffer[] = [
  udpFrame('hello'),
  ethernet(0x8100, behind('0001 88a8 0002 0800', inner)),
  ethernet(0x8864, behind('11 00 0001 0033 0021', inner)),
  ethernet(0x8847, behind('00010040 00011140', inner)),
  ethernet(0x86dd, ip6(0, behind('2c00 010400000000 1100 0001 00000007', udp('hi')))),
  ethernet(0x0800, ip4(udp('fragment'), { id: 1, hasMore: true })),
  ethernet(0x0800, ip4(Buffer.alloc(24, 0x41), { id: 1, offset: 16 })),
  ethernet(0x0800, ip4(behind('3000 6558 00000001 00000002', innerFrame), { protocol: 47 })),
  ethernet(
    0x0800,
    ip4(behind('1000 22eb 00000001 20640005000000000000 0001', innerFrame), { protocol: 47 }),
  ),
  ethernet(0x0800, ip4(udp(behind('08000000 00002a00', innerFrame), { dstPort: 4789 }))),
  ethernet(
    0x0800,
    ip4(udp(behind('34ff 0039 00001234 0000 00 85 01000900', inner), { dstPort: 2152 })),
  ),
  ethernet(
    0x0800,
    ip4(udp(behind('0200 6558 00002a00 0000000100000002', innerFrame), { dstPort: 6081 })),
  ),
  ethernet(0x0800, ip4(udp(behind('01 00 0001 0a 01 2a 00 01', innerFrame), { dstPort: 37008 }))),
  tcpFrame('', { sequence: 99, flags: 'S' }),
  tcpFrame('BYE sip:a SIP/2.0\r\n', { sequence: 100 }),
  tcpFrame('later', { sequence: 140, acknowledged: 7 }),
  tcpFrame('answer', { sequence: 7, acknowledged: 145, isReverse: true }),
  tcpFrame('', { sequence: 119, flags: 'FA' }),
  behind('1841 03 00 80 000000 0800', inner),
  behind(
    `8883 0000 ${'00'.repeat(18)} 0000 ${'00'.repeat(6)} 8000 00000000
     ${'00'.repeat(12)} 0039 aaaa03 000000 0800`,
    inner,
  ),
  behind(`0000 0900 00000000 00 0801 0000 ${'00'.repeat(18)} 0000 aaaa03 000000 0800`, inner),
]

const linkTypes = [0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 113, 127, 228, 229, 276, 9999]

/** Mostly what is written in headers: small numbers, flags, extremes, and the types in use. */
const byte = fc.oneof(
  fc.constantFrom(0, 1, 4, 6, 8, 0x11, 0x29, 0x2c, 0x2f, 0x33, 0x45, 0x60, 0x7f, 0x80, 0x81, 0xff),
  fc.nat(255),
)

const frame = fc
  .record({
    seed: fc.constantFrom(...seeds),
    mutations: fc.array(fc.tuple(fc.nat(120), byte), { maxLength: 5 }),
    cutBytes: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(60)),
    moreBytes: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      fc.nat(100),
      fc.constantFrom(65_535, 0xffff_ff00),
    ),
    tUs: fc.oneof(fc.nat(1_000_000), fc.nat(60_000_000), fc.constant(Number.MAX_SAFE_INTEGER)),
  })
  .map(({ seed, mutations, cutBytes, moreBytes, tUs }) => {
    const bytes = Buffer.from(seed.subarray(0, Math.max(0, seed.length - cutBytes)))
    for (const [at, value] of mutations) if (bytes.length > 0) bytes[at % bytes.length] = value
    return { bytes, originalLength: bytes.length + moreBytes, tUs }
  })

test('mutated frames never throw, and nothing outside a frame is read', () => {
  const plan = fc.tuple(
    fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.constantFrom(...linkTypes)),
    fc.array(frame, { minLength: 1, maxLength: 12 }),
  )
  fc.assert(
    fc.property(plan, ([linkType, frames]) => {
      const seen = decode(frames, { linkType, poison: 0x00 })
      assert.deepEqual(decode(frames, { linkType, poison: 0xff }), seen)
      assert.deepEqual(decode(frames, { linkType, poison: 0x45 }), seen)
      assert.equal(seen.stats.frames, frames.length)
      const ended = new Set<number>()
      for (const { streamId, isEnd } of seen.chunks) {
        assert.ok(!ended.has(streamId), 'no chunk comes after the end of its stream')
        if (isEnd) ended.add(streamId)
      }
      assert.equal(new Set(seen.chunks.map((chunk) => chunk.streamId)).size, ended.size)
    }),
    { seed: 20_261_121, numRuns: 3000 },
  )
})

test('noise of any link type never throws', () => {
  const noise = fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 6 })
  fc.assert(
    fc.property(fc.constantFrom(...linkTypes), noise, (linkType, frames) => {
      const bytes = frames.map((found) => Buffer.from(found))
      assert.deepEqual(
        decode(bytes, { linkType, poison: 0x00 }),
        decode(bytes, { linkType, poison: 0xff }),
      )
    }),
    { seed: 20_261_121, numRuns: 3000 },
  )
})

test('with small bounds, mutated streams and fragments keep within them', () => {
  const small = {
    fragmentedDatagramsMax: 3,
    fragmentBytesMax: 1500,
    fragmentsPerDatagramMax: 4,
    tcpStreamsMax: 3,
    tcpPendingBytesPerStreamMax: 700,
    tcpPendingBytesMax: 1000,
    encapsulationDepthMax: limits.encapsulationDepthMax,
  }
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 40 }), (frames) => {
      const { stats } = decode(frames, { limits: small, withoutFinish: true })
      assert.ok(stats.fragments.waiting <= 3)
      assert.ok(stats.fragments.heldBytes <= 1500)
      assert.ok(stats.tcp.directions <= 3)
      assert.ok(stats.tcp.heldBytes <= 1000)
    }),
    { seed: 20_261_121, numRuns: 800 },
  )
})
