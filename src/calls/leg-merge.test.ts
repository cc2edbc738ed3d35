// Legs in halves, merged in any order: they must come to what one observer of everything has.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mergeLegs, orderTrail } from './leg-merge.ts'
import { FACT_CODE, FACT_FIELDS, FACT_REF, type LegRecord, messageCount } from './leg-record.ts'
import { summarizeLeg } from './leg-summary.ts'
import { drawn, keptRecord, legOfLadder, type Rung, tracked } from './trail.fixture.ts'

const WHAT = [
  'INVITE',
  '100 INVITE',
  '180 INVITE',
  '200 INVITE',
  '486 INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'JUMP',
]
const ENDS = ['A>B', 'A<B', 'A>P', 'P>B', 'P<B']
const TAGS = ['a', 'a/b', 'b/a', 'a/c']
const HEADERS = [
  '',
  '| Reason: SIP;cause=200;text="Call completed elsewhere"',
  '| Reason: Q.850;cause=34',
  '| X-CID: one',
  '| X-CID: two',
  '| P-Asserted-Identity: <sip:+15550100@a.test>, <tel:+15550100>',
  '| Remote-Party-ID: <sip:dave@a.test>;party=called',
  '| History-Info: <sip:carol@c.test>;index=1, <sip:bob@b.test>;index=1.1',
  '| User-Agent: one',
  '| User-Agent: two',
  '| Session-ID: 00112233445566778899aabbccddeeff',
  '| X-Conversation-ID: first',
  '| X-Conversation-ID: second',
  // No Max-Forwards is no problem of an answer; a second Call-ID is one of anything.
  '| Call-ID: another@test',
]

/** One message of a leg: its line of a ladder, less the time. */
const line = fc
  .tuple(
    fc.constantFrom(...ENDS),
    fc.constantFrom(...WHAT),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom(...TAGS),
    fc.constantFrom(...HEADERS),
  )
  .map((parts) => parts.join(' '))

interface Split {
  readonly whole: readonly Rung[]
  /** What each of three observers saw, in the order in which it came to them. */
  readonly parts: readonly (readonly Rung[])[]
}

/**
 * Messages of a leg, and three observers who saw all of them between them. Who sees a message that
 * another saw too has it in a frame of its own, with a larger ref.
 */
const split: fc.Arbitrary<Split> = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 14 }),
    masks: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 14, maxLength: 14 }),
    orders: fc.array(fc.infiniteStream(fc.nat()), { minLength: 3, maxLength: 3 }),
    stepUs: fc.constantFrom(1, 1_000, 700_000),
  })
  .map(({ lines, masks, orders, stepUs }) => {
    const ladder = lines.map((each, i) => `${(i * stepUs) / 1_000_000} ${each}`).join('\n')
    const whole = drawn(ladder)
    const parts = orders.map((order, observer) => {
      const seen = whole.flatMap((rung, i) => {
        const mask = masks[i] ?? 7
        if ((mask & (1 << observer)) === 0) return []
        const isFirstObserver = (mask & ((1 << observer) - 1)) === 0
        return [isFirstObserver ? rung : withRefBeyond(rung, observer * 1_000_000)]
      })
      return shuffled(seen, order)
    })
    return { whole, parts }
  })

function withRefBeyond(rung: Rung, more: number): Rung {
  const pieces = rung.carriage.pieces.map((piece) => ({ ...piece, ref: piece.ref + more }))
  return { ...rung, carriage: { ...rung.carriage, pieces } }
}

function shuffled(rungs: readonly Rung[], order: Iterator<number>): Rung[] {
  const keyed = rungs.map((rung) => ({ rung, key: Number(order.next().value) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ rung }) => rung)
}

function recordOf(rungs: readonly Rung[]): LegRecord {
  const [record] = tracked(rungs)
  assert(record !== undefined)
  return record
}

function merged(records: readonly LegRecord[]): LegRecord {
  return keptRecord(records.reduce((a, b) => mergeLegs(a, b)))
}

/** Records of the observers who saw anything. */
function recordsOf({ parts }: Split): LegRecord[] {
  return parts.filter((part) => part.length > 0).map(recordOf)
}

describe('mergeLegs', () => {
  test('parts of a leg come to the leg as one observer saw it', () => {
    fc.assert(
      fc.property(split, (made) => {
        assert.deepEqual(merged(recordsOf(made)), recordOf(made.whole))
      }),
      { seed: 20_261_121, numRuns: 600 },
    )
  })

  test('the order and the grouping of parts do not matter', () => {
    fc.assert(
      fc.property(split, (made) => {
        const [a, b, c] = recordsOf(made)
        if (a === undefined || b === undefined) return
        assert.deepEqual(merged([a, b]), merged([b, a]))
        if (c === undefined) return
        const left = mergeLegs(mergeLegs(a, b), c)
        const right = mergeLegs(a, mergeLegs(b, c))
        assert.deepEqual(keptRecord(left), keptRecord(right))
        assert.deepEqual(merged([c, a, b]), keptRecord(left))
      }),
      { seed: 20_261_122, numRuns: 600 },
    )
  })

  test('a leg merged with itself, or with a part of it, stays as it is', () => {
    fc.assert(
      fc.property(split, (made) => {
        const whole = recordOf(made.whole)
        assert.deepEqual(merged([whole, whole]), whole)
        for (const part of recordsOf(made)) {
          assert.deepEqual(merged([whole, part]), whole)
          assert.deepEqual(merged([part, whole]), whole)
        }
      }),
      { seed: 20_261_123, numRuns: 400 },
    )
  })

  test('what is told of a leg is the same whoever put it together', () => {
    fc.assert(
      fc.property(split, (made) => {
        const summary = summarizeLeg(merged(recordsOf(made)).trail)
        assert.deepEqual(summary, summarizeLeg(recordOf(made.whole).trail))
      }),
      { seed: 20_261_124, numRuns: 300 },
    )
  })

  test('of two frames that hold one message the earlier one stays', () => {
    const early = drawn('0 A>B INVITE 1 a', 'c@test', 500)
    const late = drawn('0 A>B INVITE 1 a', 'c@test', 9_000)
    const { trail } = merged([recordOf(late), recordOf(early)])
    assert.equal(messageCount(trail), 1)
    assert.equal(trail.facts[FACT_REF], 500)
  })

  test('a bound on messages keeps the earliest, however the parts are cut', () => {
    const ladder = [0, 1, 2, 3, 4, 5].map((i) => `${i} A>B INVITE ${i + 1} a`).join('\n')
    const rungs = drawn(ladder)
    const a = recordOf(rungs.filter((_, i) => i % 2 === 0))
    const b = recordOf(rungs.filter((_, i) => i % 2 === 1))
    const times = (record: LegRecord) =>
      Array.from({ length: messageCount(record.trail) }, (_, i) =>
        Math.round(((record.trail.facts[i * FACT_FIELDS] ?? 0) / 1_000_000) % 10),
      )
    assert.deepEqual(times(mergeLegs(a, b, 3)), [0, 1, 2])
    assert.deepEqual(times(mergeLegs(mergeLegs(b, b, 3), a, 3)), [0, 1, 2])
  })

  test('methods that no RFC names keep their names when tables meet', () => {
    const a = recordOf(drawn('0 A>B JUMP 1 a'))
    const b = recordOf(drawn('1 A>B FLY 2 a'))
    const { trail } = mergeLegs(b, a)
    assert.deepEqual(trail.methods, ['JUMP', 'FLY'])
    assert.equal(trail.facts[FACT_CODE], trail.facts[FACT_FIELDS + FACT_CODE]! - 1)
  })
})

describe('orderTrail', () => {
  test('a trail in order is returned as it is', () => {
    const { trail } = legOfLadder(`
      0 A>B INVITE     1 a
      1 A<B 200 INVITE 1 a/b`)
    assert.equal(orderTrail(trail), trail)
  })

  test('a trail beyond the bound is cut to it', () => {
    const { trail } = legOfLadder(`
      0 A>B INVITE     1 a
      1 A<B 200 INVITE 1 a/b`)
    assert.equal(messageCount(orderTrail(trail, 1)), 1)
  })
})
