// Mutates frames of every kind, a seed at a time. Whatever comes of them must be the same whatever
// lies around the frame in memory: nothing outside it is read. Nothing throws, nothing grows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/limits.ts'
import { linkTypes, tunnels } from './carriers.fixture.ts'
import { decode, ethernet, ip4, tcpFrame, udp } from './frames.fixture.ts'

/** What the decoder itself puts together. How one datagram may be carried, the fixture tells. */
const parts: readonly Buffer[] = [
  ethernet(0x0800, ip4(udp('fragment'), { id: 1, hasMore: true })),
  ethernet(0x0800, ip4(Buffer.alloc(24, 0x41), { id: 1, offset: 16 })),
  tcpFrame('', { sequence: 99, flags: 'S' }),
  tcpFrame('BYE sip:a SIP/2.0\r\n', { sequence: 100 }),
  tcpFrame('later', { sequence: 140, acknowledged: 7 }),
  tcpFrame('answer', { sequence: 7, acknowledged: 145, isReverse: true }),
  tcpFrame('', { sequence: 119, flags: 'FA' }),
]

const carriers = [...linkTypes, ...tunnels]
const ETHERNET = 1
const UNKNOWN = 9999
const allLinkTypes = [...new Set(carriers.map(({ linkType = ETHERNET }) => linkType)), UNKNOWN]

/** Frames of a link type, and a few that belong to another. */
function seedsOf(linkType: number): fc.Arbitrary<Buffer> {
  const own = carriers.filter((one) => (one.linkType ?? ETHERNET) === linkType)
  const frames = [...own.map((one) => one.frame), ...(linkType === ETHERNET ? parts : [])]
  const any = fc.constantFrom(...carriers.map((one) => one.frame))
  if (frames.length === 0) return any
  return fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...frames) }, any)
}

/** Mostly what is written in headers: small numbers, flags, extremes, and the types in use. */
const byte = fc.oneof(
  fc.constantFrom(0, 1, 4, 6, 8, 0x11, 0x29, 0x2c, 0x2f, 0x33, 0x45, 0x60, 0x7f, 0x80, 0x81, 0xff),
  fc.nat(255),
)

function frameOf(linkType: number) {
  return fc
    .record({
      seed: seedsOf(linkType),
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
}

test('mutated frames never throw, and nothing outside a frame is read', () => {
  const linkTypeUsed = fc.oneof(fc.constant(ETHERNET), fc.constantFrom(...allLinkTypes))
  const plan = linkTypeUsed.chain((linkType) =>
    fc.tuple(fc.constant(linkType), fc.array(frameOf(linkType), { minLength: 1, maxLength: 12 })),
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
    fc.property(fc.constantFrom(...allLinkTypes), noise, (linkType, frames) => {
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
    fc.property(fc.array(frameOf(ETHERNET), { minLength: 1, maxLength: 40 }), (frames) => {
      const { stats } = decode(frames, { limits: small, withoutFinish: true })
      assert.ok(stats.fragments.waiting <= 3)
      assert.ok(stats.fragments.heldBytes <= 1500)
      assert.ok(stats.tcp.directions <= 3)
      assert.ok(stats.tcp.heldBytes <= 1000)
    }),
    { seed: 20_261_121, numRuns: 800 },
  )
})
