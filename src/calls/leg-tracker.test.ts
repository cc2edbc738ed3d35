// Messages in any order and number, records out: what the tracker holds, lets go of and turns away.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { limits } from '../base/limits.ts'
import { mergeLegs } from './leg-merge.ts'
import { FACT_FIELDS, type LegRecord, messageCount } from './leg-record.ts'
import { summarizeLeg } from './leg-summary.ts'
import { drawn, LADDER_START_US, push, type Rung, trackerInto, tracked } from './trail.fixture.ts'

const CALL = `
  0    A>B  INVITE      1  a
  1    A<B  180 INVITE  1  a/b
  3    A<B  200 INVITE  1  a/b
  9    A>B  BYE         2  a/b
  9.1  A<B  200 BYE     2  a/b`

const at = (seconds: number): number => LADDER_START_US + seconds * 1_000_000
const countsOf = (records: readonly LegRecord[]): number[] =>
  records.map(({ trail }) => messageCount(trail))

/** A tracker that has seen a ladder, and what it emitted. */
function after(ladder: string, bounds: Partial<Record<keyof typeof limits, number>> = {}) {
  const records: LegRecord[] = []
  const tracker = trackerInto(records, { limits: { ...limits, ...bounds } })
  for (const rung of drawn(ladder)) push(tracker, rung)
  return { tracker, records }
}

/** The same message again, later, in a frame further on. */
function later({ text, carriage }: Rung, us: number): Rung {
  const pieces = carriage.pieces.map((piece) => ({ ...piece, ref: piece.ref + 10_000 + us }))
  return { text, carriage: { ...carriage, tUs: carriage.tUs + us, pieces } }
}

describe('LegTracker: when a leg is handed on', () => {
  test('an ended leg lingers for late messages, then goes', () => {
    const { tracker, records } = after(CALL)
    tracker.tick(at(12))
    assert.equal(records.length, 0)
    assert.equal(tracker.stats().openLegs, 1)
    tracker.tick(at(15))
    assert.deepEqual(countsOf(records), [5])
    assert.equal(tracker.stats().openLegs, 0)
  })

  test('a leg that did not end stays until it was silent for long', () => {
    const { tracker, records } = after('0 A>B INVITE 1 a')
    tracker.tick(at(800))
    assert.equal(records.length, 0)
    tracker.tick(at(1_200))
    assert.deepEqual(countsOf(records), [1])
  })

  test('a re-INVITE that is refused does not end a call', () => {
    const { tracker, records } = after(`
      0    A>B  INVITE      1  a
      3    A<B  200 INVITE  1  a/b
      5    A>B  BYE         2  a/b
      5.1  A<B  200 BYE     2  a/b
      6    A>B  INVITE      3  a`)
    tracker.tick(at(30))
    assert.equal(records.length, 0, 'a further request opened the leg again')
  })

  test('a refused call goes though its ACK, or the answer to a CANCEL, comes after the end', () => {
    const { tracker, records } = after(`
      0    A>B  INVITE      1  a
      2    A>B  CANCEL      1  a
      2.1  A<B  487 INVITE  1  a/b
      2.2  A<B  200 CANCEL  1  a/b
      2.3  A>B  ACK         1  a/b`)
    tracker.tick(at(8))
    assert.deepEqual(countsOf(records), [5])
    assert.equal(tracker.stats().openLegs, 0)
  })

  test('a challenge does not end a call: the next attempt comes', () => {
    const { tracker, records } = after(`
      0    A>B  INVITE      1  a
      0.1  A<B  407 INVITE  1  a/x`)
    tracker.tick(at(60))
    assert.equal(records.length, 0)
  })

  test('a message after the leg was forgotten begins a record that merges to the whole', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records)
    const rungs = drawn(`${CALL}
      20   A<B  200 BYE     2  a/b`)
    for (const rung of rungs.slice(0, -1)) push(tracker, rung)
    tracker.tick(at(19))
    push(tracker, rungs.at(-1) as Rung)
    tracker.finish()
    const [whole] = tracked(rungs)
    const [first, second] = records
    assert(first !== undefined && second !== undefined && whole !== undefined)
    assert.deepEqual(countsOf(records), [5, 1])
    assert.deepEqual(mergeLegs(first, second), whole)
  })

  test('storeBefore hands on what older frames hold, and keeps following', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records)
    const rungs = drawn(CALL)
    for (const rung of rungs.slice(0, 2)) push(tracker, rung)
    assert.equal(tracker.oldestUnstoredRef(), 1_000)
    tracker.storeBefore(1_000)
    assert.deepEqual(countsOf(records), [])
    tracker.storeBefore(1_001)
    assert.deepEqual(countsOf(records), [2])
    assert.equal(tracker.oldestUnstoredRef(), Number.POSITIVE_INFINITY)
    tracker.storeBefore(5_000)
    assert.deepEqual(countsOf(records), [2], 'nothing new, so nothing is handed on again')
    for (const rung of rungs.slice(2)) push(tracker, rung)
    assert.equal(tracker.oldestUnstoredRef(), 1_200)
    tracker.finish()
    assert.deepEqual(countsOf(records), [2, 5])
    assert.equal(tracker.stats().openLegs, 0)
  })

  test('time that goes back and far ahead loses nothing', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records)
    const rungs = drawn(`
      100  A>B  BYE         2  a/b
      -50  A>B  INVITE      1  a
      3    A<B  200 INVITE  1  a/b`)
    for (const rung of rungs) {
      push(tracker, rung)
      tracker.tick(rung.carriage.tUs)
    }
    tracker.tick(0)
    tracker.tick(Number.MAX_SAFE_INTEGER)
    const [record] = records
    assert(record !== undefined)
    assert.deepEqual(countsOf(records), [3])
    const summary = summarizeLeg(record.trail)
    assert.deepEqual([summary.startUs, summary.endUs], [at(-50), at(100)])
    assert.equal(summary.state, 'completed')
  })
})

describe('LegTracker: which messages are one leg', () => {
  test('Call-IDs that differ in a single byte are two legs', () => {
    const records = tracked([
      ...drawn('0 A>B INVITE 1 a', 'x@test'),
      ...drawn('0 A>B INVITE 1 a', 'X@test'),
    ])
    assert.deepEqual(new Set(records.map(({ callId }) => callId)), new Set(['X@test', 'x@test']))
  })

  test('a message without a Call-ID is a leg by itself, at once', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records)
    for (const rung of drawn('0 A>B OPTIONS 1 a\n1 A>B OPTIONS 2 a')) {
      push(tracker, { ...rung, text: rung.text.replace(/Call-ID: .*\r\n/, '') })
    }
    assert.deepEqual(
      records.map(({ callId, trail }) => [callId, messageCount(trail)]),
      [
        [null, 1],
        [null, 1],
      ],
    )
    assert.equal(tracker.stats().openLegs, 0)
    assert(records[0]?.problems.includes('sip.call-id.missing'), records[0]?.problems.join())
  })

  test('copies of one message in one microsecond are both kept', () => {
    const [rung] = drawn('0 A>B INVITE 1 a') as [Rung]
    const [record] = tracked([rung, later(rung, 0), later(rung, 0), later(rung, 1)])
    assert(record !== undefined)
    assert.equal(messageCount(record.trail), 4)
    const { retransmissions, copies } = summarizeLeg(record.trail)
    assert.deepEqual([retransmissions, copies], [0, 3])
    assert.deepEqual(mergeLegs(record, record), record)
  })

  test('copies in one microsecond are kept where time went back between them', () => {
    const [rung] = drawn('0 A>B INVITE 1 a') as [Rung]
    const [record] = tracked([rung, later(rung, -5), later(rung, 0)])
    assert(record !== undefined)
    assert.equal(messageCount(record.trail), 3)
  })

  test('a copy in one microsecond is kept where it is the first that goes back in time', () => {
    const [rung] = drawn('0 A>B INVITE 1 a') as [Rung]
    const [record] = tracked([rung, later(rung, 5), later(rung, 0)])
    assert(record !== undefined)
    assert.equal(messageCount(record.trail), 3)
  })

  test('legs whose Call-IDs come in thousands are told apart', () => {
    const rungs = Array.from({ length: 3_000 }, (_, i) =>
      drawn(`${i} A>B OPTIONS 1 a`, `call-${i}@test`),
    ).flat()
    const ids = new Set(tracked([...rungs, ...rungs.toReversed()]).map(({ callId }) => callId))
    assert.equal(ids.size, 3_000)
  })

  test('the ends named first are those of the earliest request, whatever came first', () => {
    const [invite, ring] = drawn(`
      0 A>B INVITE     1 a
      1 A<B 180 INVITE 1 a/b`) as [Rung, Rung]
    const other = { ...ring, text: ring.text.replace('alice@', 'someone@') }
    for (const order of [
      [invite, other],
      [other, invite],
    ]) {
      assert.equal(tracked(order)[0]?.head.from, 'alice')
    }
  })

  test('an answer to the INVITE names the ends, not a BYE, which may be the callee’s', () => {
    const [bye, answer] = drawn(`
      9 A<B BYE        5 b/a
      1 A<B 200 INVITE 1 a/b`) as [Rung, Rung]
    const other = { ...bye, text: bye.text.replace('alice@', 'someone@') }
    for (const order of [
      [answer, other],
      [other, answer],
    ]) {
      assert.equal(tracked(order)[0]?.head.from, 'alice')
    }
  })
})

describe('LegTracker: bounds', () => {
  test('beyond the bound on legs the oldest are handed on and counted', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records, { limits: { ...limits, openLegsMax: 10 } })
    for (let i = 0; i < 11; i++) {
      for (const rung of drawn(`${i} A>B INVITE 1 a`, `call-${i}@test`)) push(tracker, rung)
    }
    assert.deepEqual(
      records.map(({ callId }) => callId),
      ['call-0@test'],
    )
    assert.deepEqual(tracker.stats(), {
      openLegs: 10,
      messages: 11,
      messagesBeyondLimit: 0,
      legsEvicted: 1,
    })
  })

  test('beyond the bound on the length of their Call-IDs as well', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records, { limits: { ...limits, openLegsCallIdCharsMax: 10_000 } })
    const name = (i: number) => `${i}${'x'.repeat(1_000)}`
    for (let i = 0; i < 30; i++) {
      for (const rung of drawn(`${i} A>B INVITE 1 a`, name(i))) push(tracker, rung)
      assert(tracker.stats().openLegs <= 10)
    }
    assert.equal(records[0]?.callId, name(0))
    assert.equal(records.length + tracker.stats().openLegs, 30)
  })

  test('ended legs make room before living ones do', () => {
    const records: LegRecord[] = []
    const tracker = trackerInto(records, { limits: { ...limits, openLegsMax: 10 } })
    for (const rung of drawn('0 A>B INVITE 1 a', 'alive@test')) push(tracker, rung)
    for (let i = 1; i < 10; i++) {
      for (const rung of drawn(`${i} A<B 200 OPTIONS 1 a/b`, `call-${i}@test`)) push(tracker, rung)
    }
    for (const rung of drawn('100 A>B INVITE 1 a', 'new@test')) push(tracker, rung)
    assert.equal(records.length, 9)
    assert.equal(tracker.stats().legsEvicted, 0)
    assert(!records.some(({ callId }) => callId === 'alive@test'))
  })

  test('beyond the bound on messages the earliest stay and the rest is counted', () => {
    const { tracker, records } = after(CALL, { messagesPerLegMax: 3 })
    tracker.finish()
    assert.deepEqual(countsOf(records), [3])
    assert.equal(tracker.stats().messagesBeyondLimit, 2)
  })

  test('tags, ends and odd methods beyond their bounds share the last place', () => {
    const ladder = Array.from({ length: 12 }, (_, i) => {
      const end = String.fromCharCode(66 + i)
      return `${i} A>${end} ODD${i} ${i + 1} tag${i}`
    }).join('\n')
    const bounds = { tagsPerLegMax: 4, endpointsPerLegMax: 5, oddMethodsPerLegMax: 6 }
    const { tracker, records } = after(ladder, bounds)
    tracker.finish()
    const [record] = records
    assert(record !== undefined)
    const { trail } = record
    assert.deepEqual([trail.tags.length, trail.paths.length, trail.methods.length], [4, 5, 6])
    assert.equal(trail.facts.length, 12 * FACT_FIELDS)
  })

  test('of an odd method without end the beginning is kept', () => {
    const long = 'X'.repeat(50_000)
    const [record] = tracked(drawn(`0 A>B ${long} 1 a`))
    assert.deepEqual(record?.trail.methods, ['X'.repeat(limits.headTextCharsMax)])
  })

  test('of long headers no more is held than what is kept of them', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { tracker } = after('0 A>B INVITE 1 a')
    collect()
    const before = process.memoryUsage().heapUsed
    const long = 'x'.repeat(50_000)
    for (let i = 0; i < 100; i++) {
      const headers = [
        `P-Asserted-Identity: <sip:somebody-else-${i}@c.test>;x=${long}`,
        `Session-ID: ${String(i).padStart(32, 'a')};remote=${'b'.repeat(32)};x=${long}`,
        `X-Conversation-ID: ${long}${i}`,
      ]
      const ladder = `${i} A>B INVITE 1 a | ${headers.join(';;')}`
      for (const rung of drawn(ladder, `call-${i}@long.test`)) push(tracker, rung)
    }
    collect()
    const held = process.memoryUsage().heapUsed - before
    assert.equal(tracker.stats().openLegs, 101)
    assert.ok(held < 2 * 1024 * 1024, `${held} bytes`)
  })

  test('join keys are bounded, the smallest stay', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `X-CID: id-${String(i).padStart(2, '0')}`)
    const ladder = ids.map((header, i) => `${i} A>B INVITE ${i + 1} a | ${header}`).join('\n')
    const [record] = tracked(drawn(ladder))
    assert.equal(record?.joinKeys.length, limits.joinKeysPerLegMax)
    assert.equal(record?.joinKeys[0]?.value, 'id-00')
  })
})
