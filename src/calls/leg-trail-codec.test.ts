// Trails to bytes and back; and bytes that are no trail, which must cost nothing.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from '../base/byte-writer.ts'
import type { Side } from './leg.ts'
import {
  FACT_COPY,
  FACT_FIELDS,
  IDENTITY_HEADERS,
  type LegTrail,
  NO_TRAIL,
  packCopy,
} from './leg-record.ts'
import { decodeTrail, encodeTrail, identitiesOf } from './leg-trail-codec.ts'
import { drawn, legOfLadder, type Rung, tracked } from './trail.fixture.ts'

/** Objects as the code makes them: fast-check would leave their prototype out. */
const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true })

const REF_SCALE = 2 ** 20

const roundTrip = (trail: LegTrail): LegTrail =>
  decodeTrail(encodeTrail(trail, REF_SCALE), REF_SCALE)

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  // Looks like dotted decimal and is none: it must come back as it was.
  fc.constantFrom('::', '1.2.3', '01.2.3.4', '256.1.1.1', '1.2.3.4.5', '1.2.3.x'),
)
const port = fc.integer({ min: 0, max: 65_535 })
const path = plain({
  src: address,
  srcPort: port,
  dst: address,
  dstPort: port,
  transport: fc.constantFrom(6, 17, 132),
})
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const ref = fc.oneof(fc.integer({ min: 0, max: 2 ** 21 }), fc.maxSafeInteger().map(Math.abs))

/** Every number that a line can hold, at its bounds; in what order is not the codec's business. */
const factLine = plain({
  tUs: fc.oneof(fc.constant(1_795_255_200_000_000), fc.nat(), fc.constant(2 ** 52)),
  ref,
  hash: word,
  code: fc.oneof(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 1_100, max: 1_999 })),
  cseq: fc.oneof(fc.constant(-1), fc.nat({ max: 3 }), word),
  method: fc.integer({ min: 0, max: 199 }),
  path: fc.nat({ max: 249 }),
  fromTag: fc.nat({ max: 250 }),
  toTag: fc.nat({ max: 250 }),
  offset: fc.nat({ max: 70_000 }),
  length: fc.nat({ max: 70_000 }),
  copy: fc.tuple(fc.nat({ max: 9_999 }), fc.nat({ max: 300 })),
}).map(({ copy, ...line }) => [...Object.values(line), packCopy(...copy)])

const trail: fc.Arbitrary<LegTrail> = plain({
  paths: fc.array(path, { maxLength: 5 }),
  tags: fc.array(word, { maxLength: 5 }),
  methods: fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 3 }),
  facts: fc.array(factLine, { maxLength: 12 }).map((lines) => lines.flat()),
  extras: fc.array(fc.array(fc.nat(), { maxLength: 9 }), { maxLength: 3 }),
  reasons: fc.array(plain({ hash: word, text: fc.string({ maxLength: 12 }) }), { maxLength: 3 }),
  identities: fc.array(
    plain({
      header: fc.constantFrom(...IDENTITY_HEADERS),
      side: fc.constantFrom<Side>('caller', 'callee'),
      user: fc.string({ unit: 'grapheme', maxLength: 12 }),
    }),
    { maxLength: 3 },
  ),
})

describe('encodeTrail and decodeTrail', () => {
  test('a call comes back as it was, in some 20 bytes a message', () => {
    const { trail: call } = legOfLadder(`
      0    A>B  INVITE      1  a
      1    A<B  180 INVITE  1  a/b
      3    A<B  200 INVITE  1  a/b
      3.1  A>B  ACK         1  a/b
      9    A>B  BYE         2  a/b
      9.1  A<B  200 BYE     2  a/b`)
    assert.deepEqual(roundTrip(call), call)
    assert(encodeTrail(call, REF_SCALE).length < 6 * 22 + 40)
  })

  test('identities cost nothing where there are none, and stand before all else', () => {
    const ladder = (header: string) => `
      0 A>B INVITE     1 a ${header}
      1 A<B 200 INVITE 1 a/b`
    const { trail: none } = legOfLadder(ladder(''))
    const { trail: one } = legOfLadder(ladder('| Diversion: <sip:carol@c.test>'))
    const more = encodeTrail(one, REF_SCALE).length - encodeTrail(none, REF_SCALE).length
    // How many, the header, and the user with its length.
    assert.equal(more, 1 + 1 + 1 + 'carol'.length)
    assert.deepEqual(identitiesOf(encodeTrail(none, REF_SCALE)), [])
    const [header, side, user] = ['Diversion', 'callee', 'carol']
    assert.deepEqual(identitiesOf(encodeTrail(one, REF_SCALE)), [{ header, side, user }])
  })

  test('any trail comes back as it was', () => {
    fc.assert(
      fc.property(trail, (made) => {
        assert.deepEqual(roundTrip(made), made)
        assert.deepEqual(identitiesOf(encodeTrail(made, REF_SCALE)), made.identities)
      }),
      { seed: 20_261_121, numRuns: 2_000 },
    )
  })

  test('a message in several frames keeps all its pieces', () => {
    const [rung] = drawn('0 A>B INVITE 1 a') as [Rung]
    const pieces = [
      { ref: 100, offset: 42, length: 1_400 },
      { ref: 200, offset: 34, length: 1_400 },
      { ref: 300, offset: 34, length: 80 },
    ]
    const [record] = tracked([{ ...rung, carriage: { ...rung.carriage, pieces } }])
    assert(record !== undefined)
    assert.deepEqual(record.trail.extras, [[200, 34, 1_400, 300, 34, 80]])
    assert.equal(record.trail.facts[FACT_COPY], packCopy(0, 1))
    assert.deepEqual(roundTrip(record.trail), record.trail)
  })

  test('cut bytes give the lines before the cut', () => {
    const { trail: call } = legOfLadder(`
      0 A>B INVITE     1 a
      1 A<B 200 INVITE 1 a/b`)
    const bytes = encodeTrail(call, REF_SCALE)
    for (let length = 0; length < bytes.length; length++) {
      const { facts } = decodeTrail(bytes.subarray(0, length), REF_SCALE)
      assert.equal(facts.length % FACT_FIELDS, 0)
      assert.deepEqual(Array.from(facts), Array.from(call.facts).slice(0, facts.length))
    }
  })

  test('bytes of another version are an empty trail', () => {
    for (const bytes of [Buffer.from([3, 1, 1, 1, 1]), Buffer.alloc(0)]) {
      assert.deepEqual(decodeTrail(bytes, REF_SCALE), NO_TRAIL)
      assert.deepEqual(identitiesOf(bytes), [])
    }
  })
})

describe('decodeTrail over bytes that are no trail', () => {
  test('whatever the bytes are it returns, and holds no more than they could', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 2), (bytes, version) => {
        bytes[0] = version
        const { facts, ...tables } = decodeTrail(bytes, REF_SCALE)
        const items = Object.values(tables).reduce((sum, { length }) => sum + length, 0)
        assert(items + facts.length / FACT_FIELDS <= bytes.length + 5)
      }),
      { seed: 20_261_121, numRuns: 20_000 },
    )
  })

  test('a count of 2^50 in any place ends with the bytes', () => {
    const huge = new ByteWriter()
    huge.varint(2 ** 50)
    const count = huge.take()
    // Version; addresses, paths, tags, methods, extras, lines and reasons in that order.
    for (let place = 0; place < 7; place++) {
      const bytes = Buffer.concat([Buffer.from([1]), Buffer.alloc(place), count])
      assert.equal(decodeTrail(bytes, REF_SCALE).facts.length, 0)
    }
    assert(identitiesOf(Buffer.concat([Buffer.from([2]), count])).length <= 1)
    const inner = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 1]), count])
    assert(decodeTrail(inner, REF_SCALE).extras.length <= 1)
  })
})

describe('addresses of a trail', () => {
  test('come back as they were, dotted decimal or not', () => {
    const odd = ['1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1..2.3', '.1.2.3', '1.2.3.4.']
    const addresses = ['0.0.0.0', '255.255.255.255', '10.20.30.40', '2001:db8::1', 'x', ...odd]
    const paths = addresses.map((src) => ({
      src,
      srcPort: 5060,
      dst: '10.0.0.1',
      dstPort: 5061,
      transport: 17,
    }))
    const trail = { ...NO_TRAIL, paths }
    const found = decodeTrail(encodeTrail(trail, REF_SCALE), REF_SCALE).paths
    assert.deepEqual(
      found.map(({ src }) => src),
      addresses,
    )
  })
})
