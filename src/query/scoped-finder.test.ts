// What a limited finder shows against the legs that obey its rules by the plain meaning: random
// legs and rules over a real index; and the fates of a call of which a part is hidden.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../base/failure.ts'
import { conversationOfCall } from '../calls/keys.ts'
import { ByteReader } from '../base/byte-reader.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import type { Identity } from '../calls/leg.ts'
import type { PackedLeg } from '../calls/leg-record-codec.ts'
import { type PackedStream, packStream, unpackStream } from '../calls/stream-record-codec.ts'
import { makeRecord } from '../calls/stream-record.fixture.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import type { LegRule } from '../store/leg-rule.ts'
import { answeredCall, type LegPlan, makeLeg } from '../store/suite-legs.ts'
import type { Finder, Page, PageRequest } from './finder.ts'
import { scopedFinder } from './scoped-finder.ts'
import { StoreFinder } from './store-finder.ts'

const START_US = Date.UTC(2026, 10, 21, 23, 59) * 1000

async function finderWith(
  t: Pick<TestContext, 'after'>,
  legs: readonly PackedLeg[],
  streams: readonly PackedStream[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-scope-'))
  const store = openStore(folder, 'write')
  t.after(async () => {
    await closeStore(store)
    rmSync(folder, { recursive: true, force: true })
  })
  await store.index.putLegs(legs)
  await store.index.putStreams(streams)
  return new StoreFinder(store)
}

/** A stream of a call as it comes from the thread that reads. */
function makeStream(ssrc: number, callId: string | null, startUs: number): PackedStream {
  const writer = new ByteWriter()
  packStream(writer, makeRecord({ ssrc, callId, startUs }), null)
  return unpackStream(new ByteReader(writer.take()))
}

async function allRows<Row>(find: (page: PageRequest) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = []
  let next: string | null = null
  do {
    const page: Page<Row> = await find({ limit: 2, ...(next === null ? {} : { cursor: next }) })
    rows.push(...page.rows)
    next = page.next
    assert.ok(next === null || page.rows.length === 2, 'a page that is not the last is full')
  } while (next !== null)
  return rows
}

/** Such as rules mean: they must not make a leg visible. */
const IDENTITIES: readonly Identity[] = [
  { header: 'P-Asserted-Identity', side: 'caller', user: '+442079460018' },
  { header: 'Diversion', side: 'callee', user: 'alice' },
]
const user = fc.constantFrom('+442079460018', '+44 20 7946 0019', '1234', 'alice', null)
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.1.1', '2001:db8::1')
const plans: fc.Arbitrary<LegPlan[]> = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 3 }),
      from: user,
      to: user,
      src: address,
      dst: address,
      key: fc.option(fc.constantFrom('x', 'y')),
      conversation: fc.option(fc.constantFrom('conv-one', 'conv-two')),
      identities: fc.array(fc.constantFrom<Identity>(...IDENTITIES), { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((legs) =>
    legs.map(({ minute, key, conversation, ...plan }, i) => ({
      ...plan,
      callId: `leg-${i}-of-somebody`,
      messages: answeredCall(START_US + minute * 60_000_000 + i),
      ...(key === null ? {} : { joinKeys: [{ header: 'X-CID', value: key }] }),
      ...(conversation === null ? {} : { conversation }),
    })),
  )
const side = fc.constantFrom('from' as const, 'to' as const, 'user' as const)
const term = fc.oneof(
  fc.record({ field: side, pattern: fc.constantFrom('+4420*', '*18', 'alice', '12*') }),
  fc.record({
    field: side,
    first: fc.constantFrom('+442079460010', '1000'),
    last: fc.constantFrom('+442079460018', '1234'),
  }),
  fc.record({
    field: fc.constant('address' as const),
    networks: fc.subarray(['10.0.0.0/24', '10.0.1.1', '2001:db8::/32']),
  }),
  fc.record({
    field: fc.constant('conversation' as const),
    value: fc.constantFrom('conv-one', 'conv-two'),
  }),
  fc.record({
    field: fc.constant('header' as const),
    header: fc.constantFrom('X-CID', 'x-cid', 'X-Other'),
    value: fc.constantFrom('x', 'y'),
  }),
)
const rules: fc.Arbitrary<LegRule[]> = fc.array(fc.array(term, { minLength: 1, maxLength: 2 }), {
  maxLength: 2,
})

/** Two streams of each leg, the second a minute later, and one that nobody announced. */
function streamsOf(made: readonly LegPlan[]): PackedStream[] {
  const ofLegs = made.flatMap(({ callId, messages }, i) => {
    const startUs = messages[0]?.tUs ?? START_US
    return [
      makeStream(2 * i, callId, startUs + 500_000),
      makeStream(2 * i + 1, callId, startUs + 60_000_000),
    ]
  })
  return [...ofLegs, makeStream(1_000, null, START_US)]
}

test('exactly the legs that obey a rule are shown, by every question', async (t) => {
  let shown = 0
  let hidden = 0
  await fc.assert(
    fc.asyncProperty(plans, rules, async (made, wanted) => {
      const whole = await finderWith(t, made.map(makeLeg), streamsOf(made))
      const scoped = scopedFinder(whole, wanted)
      const all = await allRows((page) => whole.findLegs({}, page))
      const visible = await whole.legsObeying(
        all.map(({ legKey }) => legKey),
        wanted,
      )
      shown += visible.size
      hidden += all.length - visible.size
      const legs = await allRows((page) => scoped.findLegs({}, page))
      assert.deepEqual(
        legs.map(({ legKey }) => legKey),
        all.map(({ legKey }) => legKey).filter((legKey) => visible.has(legKey)),
      )
      const calls = await allRows((page) => scoped.findCalls({}, page))
      assert.deepEqual(
        calls.flatMap((call) => call.legs.map(({ legKey }) => legKey)).sort(),
        [...visible].sort(),
      )
      const everyStream = await allRows((page) => whole.findStreams({}, page))
      const streams = await allRows((page) => scoped.findStreams({}, page))
      assert.deepEqual(
        streams.map(({ streamKey }) => streamKey),
        everyStream
          .filter(({ legKey }) => legKey !== null && visible.has(legKey))
          .map(({ streamKey }) => streamKey),
      )
      const answers: unknown[] = [legs, calls, streams]
      for (const leg of all) {
        const [call, one] = [await scoped.callByKey(leg.legKey), await scoped.legByKey(leg.legKey)]
        const byId = await scoped.legsByCallId(leg.callId ?? '')
        assert.equal(one !== undefined, visible.has(leg.legKey))
        assert.equal(call !== undefined, visible.has(leg.legKey))
        assert.equal(byId.length, visible.has(leg.legKey) ? 1 : 0)
        assert.equal((await scoped.messagesOf([leg])).length, visible.has(leg.legKey) ? 7 : 0)
        answers.push(call, one, byId)
        answers.push(await scoped.callsByConversation(leg.conversationId))
        answers.push((await scoped.findLegs({ callKey: leg.callKey }, { limit: 9 })).rows)
        answers.push(
          (await scoped.findLegs({ conversationId: leg.conversationId }, { limit: 9 })).rows,
        )
      }
      assertSilentAbout(
        answers,
        all.filter(({ legKey }) => !visible.has(legKey)),
      )
    }),
    { seed: 20_261_121, numRuns: 150 },
  )
  assert.ok(shown > 100 && hidden > 100, `${shown} shown, ${hidden} hidden`)
})

/** No name of a hidden leg stands anywhere in what was answered. */
function assertSilentAbout(
  answers: readonly unknown[],
  hidden: readonly { legKey: string; callId: string | null }[],
): void {
  const text = JSON.stringify(answers)
  for (const { legKey, callId } of hidden) {
    assert.ok(!text.includes(legKey), `${legKey} is told of`)
    assert.ok(!text.includes(String(callId)), `${callId} is told of`)
    assert.ok(!text.includes(conversationOfCall(legKey)), `the conversation of ${legKey}`)
  }
}

const joined = [{ header: 'X-CID', value: 'one-call' }]
const caller = makeLeg({
  callId: 'a-leg',
  messages: answeredCall(START_US),
  from: 'alice',
  to: 'service',
  conversation: 'named-by-a',
  joinKeys: joined,
})
const callee = makeLeg({
  callId: 'b-leg',
  messages: answeredCall(START_US + 1_000_000),
  from: 'service',
  to: 'bob',
  joinKeys: joined,
})
const ofBob: LegRule[] = [[{ field: 'to', pattern: 'bob' }]]

test('a call shows its visible legs alone, and is named after the first of them', async (t) => {
  const whole = await finderWith(t, [caller, callee])
  const [stored] = (await whole.findCalls({}, { limit: 9 })).rows
  const [, second] = stored?.legs ?? []
  assert.ok(stored !== undefined && second !== undefined)
  const scoped = scopedFinder(whole, ofBob)
  const [call, ...others] = (await scoped.findCalls({}, { limit: 9 })).rows
  assert.deepEqual(others, [])
  assert.equal(call?.callKey, second.legKey)
  assert.equal(call.from, 'service')
  assert.equal(call.startUs, START_US + 1_000_000)
  assert.equal(call.conversationId, conversationOfCall(second.legKey))
  assert.deepEqual(call.joins, [])
  assert.deepEqual(await scoped.callByKey(call.callKey), call)
  assert.equal(await scoped.callByKey(stored.callKey), undefined)
  assert.deepEqual(await scoped.callsByConversation(call.conversationId), [call])
  assert.deepEqual(await scoped.callsByConversation('named-by-a'), [])
  const inCall = { callKey: call.callKey }
  assert.equal((await scoped.findLegs(inCall, { limit: 9 })).rows.length, 1)
  const inConversation = { conversationId: call.conversationId }
  assert.equal((await scoped.findLegs(inConversation, { limit: 9 })).rows.length, 1)
})

test('a conversation that a visible leg names leads to the call', async (t) => {
  const whole = await finderWith(t, [caller, callee])
  const scoped = scopedFinder(whole, [[{ field: 'from', pattern: 'alice' }]])
  const [call] = await scoped.callsByConversation('named-by-a')
  assert.deepEqual(
    call?.legs.map(({ callId }) => callId),
    ['a-leg'],
  )
  assert.equal(call?.conversationId, 'named-by-a')
})

test('without rules the finder is the same, and an empty list shows nothing', async (t) => {
  const whole: Finder = await finderWith(t, [caller, callee])
  assert.equal(scopedFinder(whole, undefined), whole)
  assert.deepEqual((await scopedFinder(whole, []).findLegs({}, { limit: 9 })).rows, [])
})

test('streams of others are not read, however many there are', async (t) => {
  const startOf = (i: number) => START_US - 3_600_000_000 + i * 1_000_000
  const hidden = Array.from({ length: 1_500 }, (_, i) => `hidden-${i}`)
  const legs = ['visible', ...hidden].map((callId, i) => {
    const from = callId === 'visible' ? 'alice' : 'somebody'
    return makeLeg({ callId, messages: [{ tUs: startOf(i), what: 'INVITE' }], from })
  })
  const streams = legs.map(({ callId }, i) => makeStream(i, callId, startOf(i) + 1_000))
  const whole = await finderWith(t, legs, streams)
  let legsRead = 0
  const counting: Finder = new Proxy(whole, {
    get: (target, name: keyof Finder) => {
      if (name !== 'legsObeying') return target[name].bind(target)
      return (legKeys: readonly string[], rules: readonly LegRule[]) => {
        legsRead += legKeys.length
        return target.legsObeying(legKeys, rules)
      }
    },
  })
  const ofAlice = scopedFinder(counting, [[{ field: 'from', pattern: 'alice' }]])
  const { rows, next } = await ofAlice.findStreams({}, { limit: 50 })
  assert.deepEqual([rows.map(({ callId }) => callId), next], [['visible'], null])
  const ofNobody = scopedFinder(counting, [[{ field: 'from', pattern: 'nobody' }]])
  assert.deepEqual(await ofNobody.findStreams({}, { limit: 50 }), { rows: [], next: null })
  assert.equal(legsRead, 1)
})

test('counters of all traffic are not told', async (t) => {
  const whole = await finderWith(t, [caller])
  await assert.rejects(scopedFinder(whole, ofBob).counters(), (error) =>
    isFailure(error, 'forbidden'),
  )
})
