// The part of the index suite about one leg that comes in pieces: twice, in halves, in any order,
// over midnight. Whoever put what first, the same leg stands there in the end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PackedLeg } from '../calls/leg-record-codec.ts'
import type { FoundLeg, LegIndex } from './contract.ts'
import { DAY_US, findAll, HOUR_US, type OpenIndex, pictureOf } from './suite-index.ts'
import { answeredCall, type LegPlan, makeInvite, makeLeg, type MessagePlan } from './suite-legs.ts'

const MIDNIGHT_US = DAY_US + 24 * HOUR_US
/** Two texts with one hash (base/hash.ts), found by a birthday search over 2^26 of them. */
const SAME_HASH = ['1443033510b2a2', '05a21072b88f98'] as const
const RUNS = { seed: 7, numRuns: 40 }

export function mergeSuite(open: OpenIndex): void {
  halves(open)
  overMidnight(open)
  withoutCallId(open)
  collisions(open)
}

function halves(open: OpenIndex): void {
  void test('a leg put twice is one leg', async (t) => {
    const { index } = await open(t)
    const leg = makeLeg({ callId: 'twice', messages: answeredCall(DAY_US) })
    await index.putLegs([leg])
    const once = await pictureOf(index)
    await index.putLegs([leg, leg])
    assert.deepEqual(await pictureOf(index), once)
  })

  void test('a leg tells who, where, when and how', async (t) => {
    const { index } = await open(t)
    const plan: LegPlan = {
      callId: 'told@a.example',
      messages: answeredCall(DAY_US + HOUR_US),
      userAgent: 'Desk Phone 1.0',
      conversation: 'c-1',
      problems: ['sip.via.missing', 'sip.x.y'],
    }
    const leg = makeLeg(plan)
    await index.putLegs([leg])
    const found = await only(index)
    assert.equal(found.callId, plan.callId)
    assert.equal(found.legKey, found.callKey)
    assert.deepEqual(found.head, leg.head)
    assert.deepEqual(found.summary, leg.summary)
    assert.equal(found.conversation, 'c-1')
    assert.deepEqual(found.problems, plan.problems)
    assert.deepEqual(Buffer.from(found.trail), Buffer.from(leg.trail))
    assert.deepEqual(await index.legByKey(found.legKey), found)
    assert.deepEqual(await index.legsOfCall(found.callKey), [found])
  })

  void test('halves of a leg make the whole, in either order and overlapping', async (t) => {
    const messages = answeredCall(DAY_US)
    const whole = await pictureAfter(open, t, [[messages]])
    const early = messages.slice(0, 3)
    const late = messages.slice(3)
    for (const puts of [
      [early, late],
      [late, early],
      [messages.slice(0, 5), messages.slice(2)],
    ]) {
      assert.deepEqual(await pictureAfter(open, t, [puts]), whole)
      assert.deepEqual(
        await pictureAfter(
          open,
          t,
          puts.map((half) => [half]),
        ),
        whole,
      )
    }
  })

  void test('what each half names of its users the whole does, in either order', async (t) => {
    const messages = answeredCall(DAY_US)
    const legOf = (part: readonly MessagePlan[], ...users: string[]) =>
      makeLeg({
        callId: 'named',
        messages: part,
        identities: users.map((user) => ({ header: 'History-Info', side: 'callee', user })),
      })
    // More than a leg keeps: which of them stay must not depend on the order.
    const [few, many] = [['b', 'a'], Array.from({ length: 20 }, (_, i) => `${100 + i}`)]
    const whole = await pictureAfterLegs(open, t, [[legOf(messages, ...few, ...many)]])
    const early = legOf(messages.slice(0, 3), ...few, ...many.slice(0, 12))
    const late = legOf(messages.slice(2), ...many.slice(10))
    for (const puts of [
      [early, late],
      [late, early],
      [early, late, early],
    ]) {
      const one = puts.map((leg) => [leg])
      assert.deepEqual(await pictureAfterLegs(open, t, one), whole)
    }
  })

  void test('a half that came earlier moves the start, and the leg is found there', async (t) => {
    const { index } = await open(t)
    const messages = answeredCall(DAY_US + HOUR_US)
    await index.putLegs([makeLeg({ callId: 'moves', messages: messages.slice(3) })])
    await index.putLegs([makeLeg({ callId: 'moves', messages })])
    const span = { startUs: DAY_US + HOUR_US, endUs: DAY_US + HOUR_US + 1 }
    const found = await index.findLegs(span, { limit: 9, order: 'oldest' })
    assert.deepEqual(
      found.map(({ callId }) => callId),
      ['moves'],
    )
  })

  void test('any split of a leg into any puts in any order gives the same leg', async (t) => {
    const messages = answeredCall(DAY_US + HOUR_US)
    const whole = await pictureAfter(open, t, [[messages]])
    const splits = fc.array(fc.subarray(messages, { minLength: 1 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(splits, async (parts) => {
        const puts = [...parts, messages].map((part) => [part])
        assert.deepEqual(await pictureAfter(open, t, puts), whole)
        assert.deepEqual(await pictureAfter(open, t, puts.toReversed()), whole)
      }),
      { ...RUNS, numRuns: 10 },
    )
  })
}

function overMidnight(open: OpenIndex): void {
  void test('a call over midnight is one leg of the day in which it began', async (t) => {
    const messages = answeredCall(MIDNIGHT_US - 3_500_000)
    const whole = await pictureAfter(open, t, [[messages]])
    assert.equal(whole.length, 1)
    const early = messages.filter(({ tUs }) => tUs < MIDNIGHT_US)
    const late = messages.filter(({ tUs }) => tUs >= MIDNIGHT_US)
    for (const puts of [
      [early, late],
      [late, early],
      [late, messages],
      [messages, late, early],
    ]) {
      assert.deepEqual(
        await pictureAfter(
          open,
          t,
          puts.map((half) => [half]),
        ),
        whole,
      )
    }
  })

  void test('any split of a call over midnight, in any order, gives the same leg', async (t) => {
    const messages: MessagePlan[] = [
      ...answeredCall(MIDNIGHT_US - 3_500_000).slice(0, 5),
      { tUs: MIDNIGHT_US + 2_000_000, what: 'UPDATE', cseq: 2 },
      { tUs: MIDNIGHT_US + 2_100_000, what: '200 UPDATE', cseq: 2 },
      { tUs: MIDNIGHT_US + 3_000_000, what: 'BYE', cseq: 3 },
      { tUs: MIDNIGHT_US + 3_100_000, what: '200 BYE', cseq: 3 },
    ]
    const whole = await pictureAfter(open, t, [[messages]])
    const cuts = fc.array(fc.nat({ max: 4 }), {
      minLength: messages.length,
      maxLength: messages.length,
    })
    await fc.assert(
      fc.asyncProperty(cuts, async (bins) => {
        const parts = [0, 1, 2, 3, 4].map((bin) => messages.filter((_, i) => bins[i] === bin))
        const puts = parts.filter((part) => part.length > 0).map((part) => [part])
        assert.deepEqual(await pictureAfter(open, t, puts), whole)
      }),
      RUNS,
    )
  })

  void test('registrations of one Call-ID are a leg of each day', async (t) => {
    const { index } = await open(t)
    const puts = [MIDNIGHT_US - 5_000_000, MIDNIGHT_US + 5_000_000].map((tUs) =>
      makeLeg({
        callId: 'register@phone',
        messages: [
          { tUs, what: 'REGISTER' },
          { tUs: tUs + 1_000, what: '200 REGISTER' },
        ],
      }),
    )
    await index.putLegs(puts)
    const legs = await findAll(index)
    assert.deepEqual(
      legs.map(({ position }) => position.day),
      ['2026-11-21', '2026-11-22'],
    )
  })

  void test('a part after midnight that does not say it is of a call finds its call', async (t) => {
    const messages = answeredCall(MIDNIGHT_US - 60_000_000).slice(0, 5)
    // Refreshed long after it fell silent, as RFC 4028 asks: neither INVITE nor BYE is in here.
    const refresh = ['UPDATE', '200 UPDATE'].map((what, i) => {
      return { tUs: MIDNIGHT_US + 900_000_000 + i, what, cseq: 2 }
    })
    const end = ['BYE', '200 BYE'].map((what, i) => {
      return { tUs: MIDNIGHT_US + 1_900_000_000 + i, what, cseq: 3 }
    })
    const whole = await pictureAfter(open, t, [[[...messages, ...refresh, ...end]]])
    const orders = [
      [messages, refresh, end],
      [messages, end, refresh],
      [refresh, messages, end],
      [refresh, end, messages],
      [end, messages, refresh],
      [end, refresh, messages],
    ]
    for (const order of orders) {
      assert.deepEqual(
        await pictureAfter(
          open,
          t,
          order.map((part) => [part]),
        ),
        whole,
      )
    }
  })
}

function withoutCallId(open: OpenIndex): void {
  void test('messages without a Call-ID are legs of their own, each of them once', async (t) => {
    const { index } = await open(t)
    const lone = (tUs: number) => makeLeg({ callId: null, messages: [{ tUs, what: 'OPTIONS' }] })
    const { legsAdded } = await index.putLegs([lone(DAY_US), lone(DAY_US + 1)])
    assert.equal(legsAdded, 2)
    const again = await index.putLegs([lone(DAY_US + 1)])
    assert.deepEqual([again.legsAdded, again.messagesAdded], [0, 0])
    assert.equal((await findAll(index)).length, 2)
  })
}

function collisions(open: OpenIndex): void {
  void test('Call-IDs with one hash are two legs, found and merged each by itself', async (t) => {
    const { index } = await open(t)
    const messages = answeredCall(DAY_US)
    await index.putLegs(SAME_HASH.map((callId) => makeLeg({ callId, messages: messages.slice(3) })))
    await index.putLegs(SAME_HASH.map((callId) => makeLeg({ callId, messages })).toReversed())
    for (const callId of SAME_HASH) {
      const found = await index.findLegs({ callId }, { limit: 1, order: 'oldest' })
      assert.deepEqual(
        found.map((leg) => leg.callId),
        [callId],
      )
      assert.equal(found[0]?.summary.messages, messages.length)
      assert.deepEqual(await index.legByKey(found[0]?.legKey ?? ''), found[0])
    }
    assert.equal((await findAll(index)).length, 2)
  })

  void test('a Call-ID may be empty, long, or anything that a header can hold', async (t) => {
    const { index } = await open(t)
    const callIds = [
      'x',
      'x'.repeat(8_000),
      `'; DROP TABLE legs; --`,
      'a\u0000b',
      'ÿþ \u00a0',
      '%_*"',
    ]
    await index.putLegs(callIds.map((callId, i) => makeInvite(callId, DAY_US + i)))
    for (const callId of callIds) {
      const found = await index.findLegs({ callId }, { limit: 9, order: 'oldest' })
      assert.deepEqual(
        found.map((leg) => leg.callId),
        [callId],
      )
    }
    assert.equal((await findAll(index)).length, callIds.length)
  })
}

/** What a fresh index holds after these puts, each a list of parts of one leg. */
async function pictureAfter(
  open: OpenIndex,
  t: Parameters<OpenIndex>[0],
  puts: readonly (readonly (readonly MessagePlan[])[])[],
): Promise<unknown[]> {
  const legs = puts.map((parts) => parts.map((messages) => makeLeg({ callId: 'parts', messages })))
  return pictureAfterLegs(open, t, legs)
}

async function pictureAfterLegs(
  open: OpenIndex,
  t: Parameters<OpenIndex>[0],
  puts: readonly (readonly PackedLeg[])[],
): Promise<unknown[]> {
  const { index } = await open(t)
  for (const legs of puts) await index.putLegs(legs)
  const picture = await pictureOf(index)
  await index.close()
  return picture
}

async function only(index: LegIndex): Promise<FoundLeg> {
  const [leg, ...others] = await findAll(index)
  assert.ok(leg !== undefined && others.length === 0)
  return leg
}
