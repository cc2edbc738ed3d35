// Legs packed for another thread and unpacked again; and bytes that no thread packed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import { hopsOf, LEG_KINDS, LEG_STATES, packLeg, unpackLeg } from './leg-record-codec.ts'
import type { LegRecord } from './leg-record.ts'
import { type LegSummary, summarizeLeg } from './leg-summary.ts'
import { decodeTrail } from './leg-trail-codec.ts'
import { legOfLadder } from './trail.fixture.ts'

/** Objects as the code makes them: fast-check would leave their prototype out. */
const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true })

const REF_SCALE = 2 ** 20

const text = fc.string({ unit: 'binary', maxLength: 20 })
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })
const tUs = fc.maxSafeInteger().map((n) => Math.floor(Math.abs(n) / 2))
const path = plain({
  src: fc.ipV4(),
  srcPort: fc.nat({ max: 65_535 }),
  dst: fc.ipV6(),
  dstPort: fc.nat({ max: 65_535 }),
  transport: fc.constantFrom(6, 17, 132),
})

const summary: fc.Arbitrary<LegSummary> = plain({
  kind: fc.constantFrom(...LEG_KINDS),
  state: fc.constantFrom(...LEG_STATES),
  isOpened: fc.boolean(),
  path: orNull(path),
  startUs: tUs,
  ringUs: orNull(tUs),
  answerUs: orNull(tUs),
  endUs: orNull(tUs),
  lastUs: tUs,
  status: orNull(fc.integer({ min: 100, max: 999 })),
  endedBy: orNull(fc.constantFrom('caller' as const, 'callee' as const)),
  messages: fc.nat(),
  retransmissions: fc.nat(),
  copies: fc.nat(),
  isAcknowledged: fc.boolean(),
  isChallengedAgain: fc.boolean(),
  answerRepeats: fc.nat({ max: 12 }),
  isCancelCrossed: fc.boolean(),
  transferBy: fc.constantFrom(null, 'caller' as const, 'callee' as const),
  silentAt: fc.constantFrom(null, '10.0.0.2', '10.0.0.9'),
  refusedBy: fc.constantFrom(null, '10.0.0.9'),
  reason: orNull(text),
  // What was answered is silent nowhere.
}).map((each) => (each.isCancelCrossed ? { ...each, silentAt: null } : each))

const { trail } = legOfLadder(`
  0    A>P  INVITE      1  a
  0.1  P>B  INVITE      1  a
  3    P<B  200 INVITE  1  a/b`)

const record: fc.Arbitrary<LegRecord> = plain({
  callId: orNull(text),
  head: plain({
    from: orNull(text),
    to: orNull(text),
    fromHost: orNull(text),
    toHost: orNull(text),
    userAgent: orNull(text),
  }),
  joinKeys: fc.array(plain({ header: text, value: text }), { maxLength: 4 }),
  conversation: orNull(text),
  problems: fc.array(fc.constantFrom('sip.a', 'sip.b.c'), { maxLength: 3 }),
  trail: fc.constant(trail),
})

describe('packLeg and unpackLeg', () => {
  test('legs come back as they were, one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(record, summary), { maxLength: 4 }), (legs) => {
        const writer = new ByteWriter()
        for (const [leg, told] of legs) packLeg(writer, leg, told, REF_SCALE)
        const reader = new ByteReader(writer.take())
        for (const [leg, told] of legs) {
          const unpacked = unpackLeg(reader)
          assert.deepEqual(unpacked.summary, told)
          assert.deepEqual(unpacked.hops, hopsOf(leg.trail, told.path))
          const { callId, head, joinKeys, conversation, problems } = unpacked
          const facts = decodeTrail(unpacked.trail, REF_SCALE)
          const back = { callId, head, joinKeys, conversation, problems, trail: facts }
          assert.deepEqual(back, leg)
        }
        assert(reader.isAtEnd && !reader.isShort)
      }),
      { seed: 20_261_121, numRuns: 1_000 },
    )
  })

  test('an empty text is not null', () => {
    const writer = new ByteWriter()
    const leg = legOfLadder('0 A>B INVITE 1 a')
    const head = { ...leg.head, from: '', to: null }
    packLeg(writer, { ...leg, head }, summarizeLeg(leg.trail), REF_SCALE)
    const unpacked = unpackLeg(new ByteReader(writer.take()))
    assert.deepEqual([unpacked.head.from, unpacked.head.to], ['', null])
  })

  test('whatever the bytes are, unpacking returns', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        unpackLeg(new ByteReader(bytes))
      }),
      { seed: 20_261_121, numRuns: 20_000 },
    )
  })

  test('a count of 2^50 in any place ends with the bytes', () => {
    const writer = new ByteWriter()
    writer.varint(2 ** 50)
    const count = writer.take()
    // Flags, kind, state, status and start are zero, and ten texts are null; then come two counts.
    for (const place of [15, 16]) {
      const reader = new ByteReader(Buffer.concat([Buffer.alloc(place), count]))
      const leg = unpackLeg(reader)
      assert(leg.joinKeys.length + leg.problems.length + leg.hops.length <= 2)
      assert(reader.isShort)
    }
  })
})

describe('hopsOf', () => {
  test('a leg between two ends has no hops', () => {
    const leg = legOfLadder(`
      0 A>B INVITE     1 a
      1 A<B 200 INVITE 1 a/b`)
    assert.deepEqual(hopsOf(leg.trail, summarizeLeg(leg.trail).path), [])
  })

  test('addresses beyond the two ends are hops, each once', () => {
    assert.deepEqual(hopsOf(trail, summarizeLeg(trail).path), ['10.0.0.2'])
  })

  test('a leg without ends has no hops', () => {
    assert.deepEqual(hopsOf(trail, null), [])
  })
})
