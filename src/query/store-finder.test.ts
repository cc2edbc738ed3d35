// Calls of several legs in a real index, asked for page by page: each call once, none left out,
// whichever of its legs match and however small the pages are.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../base/failure.ts'
import type { Call } from '../calls/leg.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import { answeredCall, type LegPlan, makeLeg, refusedCall } from '../store/suite-legs.ts'
import type { Page } from './finder.ts'
import { StoreFinder } from './store-finder.ts'

/** Shortly before midnight: calls lie in two days. */
const START_US = Date.UTC(2026, 10, 21, 23, 59, 50) * 1000

async function finderOver(t: Pick<TestContext, 'after'>, plans: readonly LegPlan[]) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-finder-'))
  const store = openStore(folder, 'write')
  t.after(async () => {
    await closeStore(store)
    rmSync(folder, { recursive: true, force: true })
  })
  await store.index.putLegs(plans.map(makeLeg))
  return new StoreFinder(store)
}

/** Every page of a question, one after the other. */
async function allPages<Row>(find: (cursor?: string) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | undefined
  for (let pages = 0; ; pages++) {
    assert(pages < 1_000, 'pages never end')
    const page = await find(cursor)
    rows.push(...page.rows)
    if (page.next === null) return rows
    cursor = page.next
  }
}

const callIdsOf = (call: Call): string[] => call.legs.map(({ callId }) => callId ?? '')

/** Calls of one to three legs, joined by a header; every leg begins at its own second. */
const world: fc.Arbitrary<LegPlan[]> = fc
  .array(
    fc.array(
      fc.record({
        second: fc.nat({ max: 20 }),
        from: fc.constantFrom('alice', 'carol'),
        status: fc.constantFrom(200, 486),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((calls) =>
    calls.flatMap((legs, c) =>
      legs.map(({ second, from, status }, l) => {
        const startUs = START_US + second * 1_000_000 + c * 10 + l
        return {
          callId: `call-${c}-leg-${l}`,
          from,
          messages: status === 200 ? answeredCall(startUs, 10) : refusedCall(startUs, status),
          ...(legs.length === 1 ? {} : { joinKeys: [{ header: 'X-CID', value: `call-${c}` }] }),
        }
      }),
    ),
  )

const filters: readonly LegFilter[] = [
  {},
  { from: 'alice' },
  { status: '486' },
  { from: 'carol', status: '2xx' },
  { startUs: START_US + 5_000_000, endUs: START_US + 15_000_000 },
]

test('a page of calls that nobody waits for any more ends where it is', async (t) => {
  const plans = Array.from({ length: 30 }, (_, i) => {
    return { callId: `call-${i}`, messages: answeredCall(START_US + i * 1_000, 10) }
  })
  const finder = await finderOver(t, plans)
  let asked = 0
  const isWanted = () => ++asked <= 10
  const { rows, next } = await finder.findCalls({}, { limit: 20, isWanted })
  assert.ok(rows.length > 0 && rows.length < 10)
  assert.equal(next, null)
})

describe('StoreFinder: pages', () => {
  test('pages of any size hold every call once, in both orders', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.constantFrom(...filters),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('newest' as const, 'oldest' as const),
        async (plans, filter, limit, order) => {
          const finder = await finderOver(t, plans)
          const whole = await finder.findCalls(filter, { limit: 1_000, order })
          assert.equal(whole.next, null)
          const calls = await allPages((cursor) =>
            finder.findCalls(filter, { limit, order, ...(cursor === undefined ? {} : { cursor }) }),
          )
          const keys = calls.map(({ callKey }) => callKey)
          assert.equal(new Set(keys).size, keys.length, 'a call came twice')
          assert.deepEqual(
            keys,
            whole.rows.map(({ callKey }) => callKey),
          )

          const legs = await allPages((cursor) =>
            finder.findLegs(filter, { limit, order, ...(cursor === undefined ? {} : { cursor }) }),
          )
          const matching = new Set(legs.map(({ callKey }) => callKey))
          assert.deepEqual(new Set(keys), matching, 'calls of which a leg matches, and no others')
          const starts = legs.map(({ startUs }) => (order === 'oldest' ? startUs : -startUs))
          assert.deepEqual(
            starts,
            starts.toSorted((a, b) => a - b),
          )
          for (const call of calls) {
            const [first] = callIdsOf(call)
            const wanted = plans.filter(({ callId }) =>
              callId?.startsWith(first?.slice(0, 6) ?? ''),
            )
            assert.equal(call.legs.length, wanted.length, 'a call shows all its legs')
          }
        },
      ),
      { seed: 20_261_121, numRuns: 60 },
    )
  })

  test('a page is at least one row and at most what the house allows', async (t) => {
    const plans = [0, 1, 2].map((i) => ({
      callId: `call-${i}`,
      messages: answeredCall(START_US + i),
    }))
    const finder = await finderOver(t, plans)
    assert.equal((await finder.findLegs({}, { limit: 0 })).rows.length, 1)
    assert.equal((await finder.findLegs({}, { limit: 1e9 })).rows.length, 3)
    await assert.rejects(finder.findLegs({}, { limit: 1, cursor: 'no cursor' }), (error) =>
      isFailure(error, 'bad-input'),
    )
  })
})

describe('StoreFinder: one call', () => {
  const legs: LegPlan[] = [
    { callId: 'first', messages: answeredCall(START_US), from: 'alice', to: 'bob' },
    {
      callId: 'second',
      messages: answeredCall(START_US + 30_000_000),
      joinKeys: [{ header: 'X-CID', value: 'first' }],
    },
    { callId: 'alone', messages: refusedCall(START_US + 1, 486), conversation: 'Named-Once' },
  ]

  test('the key of any leg leads to its call', async (t) => {
    const finder = await finderOver(t, legs)
    const [second] = await finder.legsByCallId('second')
    assert(second !== undefined)
    for (const key of [second.legKey, second.callKey]) {
      const call = await finder.callByKey(key)
      assert.deepEqual(call && callIdsOf(call), ['first', 'second'])
    }
    assert.equal(await finder.callByKey('20261121-zzz'), undefined)
    assert.equal(await finder.callByKey('no key'), undefined)
    assert.equal(await finder.legByKey('no key'), undefined)
  })

  test('a call is told by its first leg, and says why the others are here', async (t) => {
    const finder = await finderOver(t, legs)
    const [first] = await finder.legsByCallId('first')
    const call = await finder.callByKey(first?.callKey ?? '')
    assert(call !== undefined)
    assert.deepEqual([call.from, call.to, call.startUs], ['alice', 'bob', START_US])
    assert.equal(call.durationMs, 2_000)
    assert.deepEqual(
      call.joins.map(({ header, value }) => [header, value]),
      [['X-CID', 'first']],
    )
  })

  test('a conversation id leads to its call, and a named one to all that carry it', async (t) => {
    const finder = await finderOver(t, legs)
    const { rows } = await finder.findCalls({}, { limit: 10, order: 'oldest' })
    for (const call of rows) {
      const [found] = await finder.callsByConversation(call.conversationId)
      assert.equal(found?.callKey, call.callKey)
      const { rows: filtered } = await finder.findCalls(
        { conversationId: call.conversationId },
        { limit: 10 },
      )
      assert.deepEqual(
        filtered.map(({ callKey }) => callKey),
        [call.callKey],
      )
    }
    assert.deepEqual(
      rows.map(({ conversationId }) => conversationId).filter((id) => id === 'Named-Once'),
      ['Named-Once'],
    )
    assert.deepEqual(await finder.callsByConversation('nobody'), [])
  })

  test('only what the called side refused was refused by somebody', async (t) => {
    const course = (callId: string, ...whats: string[]): LegPlan => ({
      callId,
      messages: whats.map((what, i) => ({
        tUs: START_US + i * 1_000_000,
        what,
        isFromCallee: what === 'BYE' || /^\d/.test(what),
      })),
    })
    const finder = await finderOver(t, [
      course('refused', 'INVITE', '486 INVITE', 'ACK'),
      course('given up', 'INVITE', '180 INVITE', 'CANCEL', '487 INVITE', 'ACK'),
      course('ended', 'INVITE', '180 INVITE', 'BYE'),
      course('registration', 'REGISTER', '403 REGISTER'),
    ])
    const { rows } = await finder.findLegs({}, { limit: 10 })
    const refusers = Object.fromEntries(rows.map(({ callId, refusedBy }) => [callId, refusedBy]))
    assert.deepEqual(refusers, {
      refused: '10.0.0.2',
      'given up': null,
      ended: null,
      registration: null,
    })
  })

  test('an empty store has no calls and says so', async (t) => {
    const finder = await finderOver(t, [])
    assert.deepEqual(await finder.findCalls({}, { limit: 10 }), { rows: [], next: null })
    assert.deepEqual(await finder.findLegs({}, { limit: 10 }), { rows: [], next: null })
    const { legs: count, firstUs } = await finder.counters()
    assert.deepEqual([count, firstUs], [0, null])
  })
})
