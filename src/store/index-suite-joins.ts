// The part of the index suite about legs that are one call: by X-Call-ID, Session-ID and X-CID, in
// chains, over midnight, in every order of arrival, and up to the bound of a call.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/limits.ts'
import type { PackedLeg } from '../calls/leg-record-codec.ts'
import type { LegIndex } from './contract.ts'
import { LegTally } from './leg-tally.ts'
import { callIdsOf, DAY_US, findAll, HOUR_US, type OpenIndex, pictureOf } from './suite-index.ts'
import { answeredCall, makeInvite, makeLeg } from './suite-legs.ts'

const UUID_A = 'ab30317f1a784dc48ff824d0d3715d86'
const UUID_B = '47755a9de7794ba387653f2099600ef2'
const MIDNIGHT_US = DAY_US + 24 * HOUR_US

export function joinSuite(open: OpenIndex): void {
  byHeader(open)
  inAnyOrder(open)
  overDays(open)
  bounded(open)
}

function byHeader(open: OpenIndex): void {
  void test('a leg that names the Call-ID of another is of its call', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeInvite('a', DAY_US),
      joined('b', DAY_US + 1, 'X-Call-ID', 'a'),
      makeInvite('stranger', DAY_US + 2),
    ])
    assert.deepEqual(await callsOf(index), [['a', 'b'], ['stranger']])
  })

  void test('legs that name the same value are of one call', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      joined('a', DAY_US, 'X-CID', 'call 17'),
      joined('b', DAY_US + 1, 'X-CID', 'call 17'),
      joined('c', DAY_US + 2, 'X-CID', 'call 18'),
    ])
    assert.deepEqual(await callsOf(index), [['a', 'b'], ['c']])
  })

  void test('legs that share either UUID of a Session-ID are of one call', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      joined('a', DAY_US, 'Session-ID', UUID_A),
      joined('b', DAY_US + 1, 'Session-ID', UUID_A, UUID_B),
      joined('c', DAY_US + 2, 'Session-ID', UUID_B),
    ])
    assert.deepEqual(await callsOf(index), [['a', 'b', 'c']])
  })

  void test('a Session-ID that happens to be a Call-ID joins nothing', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite(UUID_A, DAY_US), joined('b', DAY_US + 1, 'Session-ID', UUID_A)])
    assert.deepEqual(await callsOf(index), [[UUID_A], ['b']])
  })

  void test('only calls are joined: a REGISTER may carry what it likes', async (t) => {
    const { index } = await open(t)
    const register = makeLeg({
      callId: 'r',
      messages: [{ tUs: DAY_US + 1, what: 'REGISTER' }],
      joinKeys: [{ header: 'X-Call-ID', value: 'a' }],
    })
    await index.putLegs([makeInvite('a', DAY_US), register])
    assert.deepEqual(await callsOf(index), [['a'], ['r']])
  })

  void test('the evidence names the header and the value', async (t) => {
    const { index } = await open(t)
    await index.putLegs([makeInvite('a', DAY_US), joined('b', DAY_US + 1, 'X-Call-ID', 'a')])
    const legs = await findAll(index)
    const evidence = await index.joinEvidence(legs.map(({ legKey }) => legKey))
    assert.deepEqual(evidence, [{ legKey: legs[1]?.legKey, header: 'X-Call-ID', value: 'a' }])
  })

  void test('two headers that give one value are one piece of evidence', async (t) => {
    const { index } = await open(t)
    const joinKeys = ['X-CID', 'X-Call-ID'].map((header) => ({ header, value: 'a' }))
    await index.putLegs([makeInvite('a', DAY_US), makeInvite('b', DAY_US + 1, { joinKeys })])
    const legs = await findAll(index)
    const evidence = await index.joinEvidence(legs.map(({ legKey }) => legKey))
    assert.deepEqual(evidence, [{ legKey: legs[1]?.legKey, header: 'X-CID', value: 'a' }])
  })

  void test('countCalls counts joined legs once', async (t) => {
    const { index } = await open(t)
    const tally = new LegTally()
    const legs = [
      makeInvite('a', DAY_US),
      joined('b', DAY_US + 1, 'X-Call-ID', 'a'),
      joined('c', DAY_US + 2, 'X-Call-ID', 'b'),
      makeInvite('d', DAY_US + 3),
    ]
    await index.putLegs(legs, tally)
    assert.equal(await index.countCalls(tally), 2)
    assert.equal(await index.countCalls(new LegTally()), 0)
  })

  void test('the legs of a call are found by any name that its legs tell', async (t) => {
    const { index } = await open(t)
    await index.putLegs([joined('b', DAY_US + 1, 'X-Call-ID', 'a'), makeInvite('a', DAY_US)])
    const legs = await findAll(index)
    const [callKey] = legs.map((leg) => leg.callKey)
    assert.ok(legs.every((leg) => leg.callKey === callKey))
    const found = await index.findLegs({ callKey: callKey ?? '' }, { limit: 9, order: 'oldest' })
    assert.deepEqual(callIdsOf(found), ['a', 'b'])
  })
}

function inAnyOrder(open: OpenIndex): void {
  void test('any order and grouping of puts gives the same calls', async (t) => {
    const legs = tangle()
    const expected = await pictureAfter(open, t, [legs])
    const orders = fc.tuple(shuffled(legs), fc.integer({ min: 1, max: 4 }))
    await fc.assert(
      fc.asyncProperty(orders, async ([order, size]) => {
        const puts: PackedLeg[][] = []
        for (let at = 0; at < order.length; at += size) puts.push(order.slice(at, at + size))
        assert.deepEqual(await pictureAfter(open, t, puts), expected)
      }),
      { seed: 11, numRuns: 60 },
    )
  })

  void test('a leg that comes later can bring two calls together', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeInvite('a', DAY_US),
      joined('b', DAY_US + 1, 'X-Call-ID', 'a'),
      joined('c', DAY_US + 2, 'X-CID', 'z'),
      joined('d', DAY_US + 3, 'X-CID', 'z'),
    ])
    assert.deepEqual(await callsOf(index), [
      ['a', 'b'],
      ['c', 'd'],
    ])
    await index.putLegs([
      makeInvite('e', DAY_US + 4, {
        joinKeys: [
          { header: 'X-CID', value: 'z' },
          { header: 'X-Call-ID', value: 'b' },
        ],
      }),
    ])
    assert.deepEqual(await callsOf(index), [['a', 'b', 'c', 'd', 'e']])
  })

  void test('a call is named after its first leg, even when that one comes last', async (t) => {
    const { index } = await open(t)
    await index.putLegs([joined('b', DAY_US + 1, 'X-Call-ID', 'a')])
    await index.putLegs([joined('c', DAY_US + 2, 'X-Call-ID', 'a')])
    await index.putLegs([makeInvite('a', DAY_US)])
    const legs = await findAll(index)
    assert.deepEqual(new Set(legs.map(({ callKey }) => callKey)), new Set([legs[0]?.legKey]))
  })

  void test('a leg that is put again stays in its call, and the call keeps its name', async (t) => {
    const { index } = await open(t)
    const a = makeLeg({ callId: 'a', messages: answeredCall(DAY_US) })
    const b = joined('b', DAY_US + 1, 'X-Call-ID', 'a')
    await index.putLegs([a, b])
    const before = await pictureOf(index)
    for (const again of [[a], [b], [b, a]]) {
      await index.putLegs(again)
      assert.deepEqual(await pictureOf(index), before)
    }
  })
}

function overDays(open: OpenIndex): void {
  void test('legs on both sides of midnight are one call, in either order', async (t) => {
    const a = makeInvite('a', MIDNIGHT_US - 1_000)
    const b = joined('b', MIDNIGHT_US + 1_000, 'X-Call-ID', 'a')
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      const { index } = await open(t)
      for (const leg of order) await index.putLegs([leg])
      assert.deepEqual(await callsOf(index), [['a', 'b']])
      const tally = new LegTally()
      await index.putLegs([a, b], tally)
      assert.equal(await index.countCalls(tally), 1)
    }
  })

  void test('the name moves with the first leg when an earlier half of it turns up', async (t) => {
    const messages = answeredCall(MIDNIGHT_US - 3_500_000)
    const late = messages.filter(({ tUs }) => tUs >= MIDNIGHT_US)
    const b = joined('b', MIDNIGHT_US + 9_000_000, 'X-Call-ID', 'a')
    const expected = await pictureAfter(open, t, [[makeLeg({ callId: 'a', messages }), b]])
    const moved = await pictureAfter(open, t, [
      [makeLeg({ callId: 'a', messages: late }), b],
      [makeLeg({ callId: 'a', messages })],
    ])
    assert.deepEqual(moved, expected)
  })

  void test('a chain of legs over several days is one call in any order', async (t) => {
    const legs = [0, 1, 2, 3].map((day) =>
      joined(
        `day ${day}`,
        DAY_US + day * 24 * HOUR_US + HOUR_US,
        'X-CID',
        `${day - 1} to ${day}`,
        `${day} to ${day + 1}`,
      ),
    )
    const expected = await pictureAfter(open, t, [legs])
    await fc.assert(
      fc.asyncProperty(shuffled(legs), async (order) => {
        const puts = order.map((leg) => [leg])
        assert.deepEqual(await pictureAfter(open, t, puts), expected)
      }),
      { seed: 5, numRuns: 24 },
    )
    const { index } = await open(t)
    await index.putLegs(legs)
    assert.deepEqual(await callsOf(index), [['day 0', 'day 1', 'day 2', 'day 3']])
  })
}

function bounded(open: OpenIndex): void {
  void test('a value that more legs share than a call can have joins no further one', async (t) => {
    const { index } = await open(t)
    const legs = crowd(limits.legsPerCallMax + 50)
    for (const leg of legs) await index.putLegs([leg])
    const calls = await callsOf(index)
    assert.ok(calls.every((call) => call.length <= limits.legsPerCallMax))
    assert.equal(calls.flat().length, legs.length)
    // Looked up by its name, no call has more legs than its legs say.
    for (const { callKey } of await findAll(index)) {
      assert.ok((await index.legsOfCall(callKey)).length <= limits.legsPerCallMax)
    }
  })

  void test('putting a crowd of legs again changes nothing', async (t) => {
    const { index } = await open(t)
    const legs = crowd(limits.legsPerCallMax + 5)
    await index.putLegs(legs)
    const before = await pictureOf(index)
    await index.putLegs(legs)
    assert.deepEqual(await pictureOf(index), before)
  })
}

/** Calls of two to four legs, chained in several ways, some over midnight, among strangers. */
function tangle(): PackedLeg[] {
  return [
    makeInvite('a', DAY_US + HOUR_US),
    joined('b', DAY_US + HOUR_US + 10, 'X-Call-ID', 'a'),
    joined('c', DAY_US + HOUR_US + 20, 'X-Call-ID', 'b'),
    joined('d', DAY_US + HOUR_US + 30, 'X-Call-ID', 'a', 'c'),
    joined('e', DAY_US + 2 * HOUR_US, 'Session-ID', UUID_A),
    joined('f', DAY_US + 2 * HOUR_US, 'Session-ID', UUID_B, UUID_A),
    joined('g', MIDNIGHT_US - 5, 'X-CID', 'k'),
    joined('h', MIDNIGHT_US + 5, 'X-CID', 'k'),
    joined('i', MIDNIGHT_US + 6, 'X-Call-ID', 'g'),
    makeInvite('j', DAY_US + HOUR_US + 10),
    joined('k', DAY_US + HOUR_US + 15, 'X-CID', 'nobody else'),
  ]
}

function crowd(count: number): PackedLeg[] {
  return Array.from({ length: count }, (_, i) => joined(`leg ${i}`, DAY_US + i, 'X-CID', '0'))
}

function joined(callId: string, tUs: number, header: string, ...values: string[]): PackedLeg {
  return makeInvite(callId, tUs, { joinKeys: values.map((value) => ({ header, value })) })
}

/** Call-IDs by call, in the order of their names; checks that legs and calls tell the same. */
async function callsOf(index: LegIndex): Promise<string[][]> {
  const calls = new Map<string, string[]>()
  for (const { callKey, callId } of await findAll(index)) {
    calls.set(callKey, inOrder([...(calls.get(callKey) ?? []), callId ?? '']))
  }
  for (const [callKey, callIds] of calls) {
    const legs = callIdsOf(await index.legsOfCall(callKey)).map((callId) => callId ?? '')
    assert.deepEqual(inOrder(legs), callIds)
  }
  return [...calls.values()].toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
}

function inOrder(texts: readonly string[]): string[] {
  return texts.toSorted((a, b) => (a < b ? -1 : 1))
}

function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length })
}

async function pictureAfter(
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
