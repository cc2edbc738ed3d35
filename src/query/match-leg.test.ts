// The meaning of a filter in plain code against the meaning that the real index gives it: random
// legs, random filters, and both must choose the same legs.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { conversationOfCall } from '../calls/keys.ts'
import type { Identity } from '../calls/leg.ts'
import { IDENTITY_HEADERS } from '../calls/leg-record.ts'
import type { FoundLeg } from '../store/contract.ts'
import type { LegFilter } from '../store/leg-filter.ts'
import type { LegRule } from '../store/leg-rule.ts'
import { SqliteIndex } from '../store/sqlite/sqlite-index.ts'
import { answeredCall, type LegPlan, makeLeg, refusedCall } from '../store/suite-legs.ts'
import { matchesFilter } from './match-leg.ts'

const START_US = Date.UTC(2026, 10, 21, 23, 59) * 1000
const HOUR_US = 3_600_000_000

const USERS = [
  '+442079460018',
  '+44 (20) 7946-0018',
  '1234',
  'Alice',
  'ålice',
  'ext-100',
  'a*b',
  '',
]
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '192.0.2.77', '2001:db8::1']
const CALL_IDS = [
  'a@test',
  'b@test',
  'c"\'%_@test',
  'ünï@test',
  'e\0f@test',
  'g',
  '*',
  'h',
  'i',
  'j',
]
const CONVERSATIONS = ['Conv-One', 'conv-two']

const messages = fc
  .tuple(
    fc.integer({ min: 0, max: 30 }),
    fc.constantFrom('answered', 486, 404, 302, 'ping', 'open'),
  )
  .map(([minutes, course]) => {
    const tUs = START_US + minutes * 60_000_000
    if (course === 'answered') return answeredCall(tUs)
    if (course === 'ping')
      return [
        { tUs, what: 'OPTIONS' },
        { tUs: tUs + 1, what: '200 OPTIONS' },
      ]
    if (course === 'open') return [{ tUs, what: 'INVITE' }]
    return refusedCall(tUs, Number(course))
  })

const leg = fc.record({
  messages,
  from: fc.constantFrom(null, ...USERS),
  to: fc.constantFrom(null, ...USERS),
  src: fc.constantFrom(...ADDRESSES),
  dst: fc.constantFrom(...ADDRESSES),
  hop: fc.option(fc.constantFrom(...ADDRESSES)),
  key: fc.option(fc.constantFrom('x', 'y')),
  conversation: fc.option(fc.constantFrom(...CONVERSATIONS)),
  identities: fc.array(
    fc.record<Identity>({
      header: fc.constantFrom(...IDENTITY_HEADERS),
      side: fc.constantFrom('caller', 'callee'),
      user: fc.constantFrom(...USERS),
    }),
    { maxLength: 2 },
  ),
})

const plans: fc.Arbitrary<LegPlan[]> = fc
  .array(leg, { minLength: 1, maxLength: CALL_IDS.length })
  .map((legs) =>
    legs.map(({ messages: course, hop, key, conversation, ...plan }, i) => ({
      ...plan,
      callId: CALL_IDS[i] ?? 'more@test',
      messages: course.map((message, n) =>
        n > 0 && hop !== null ? { ...message, hop: [plan.src, hop] as const } : message,
      ),
      ...(key === null ? {} : { joinKeys: [{ header: 'X-CID', value: key }] }),
      ...(conversation === null ? {} : { conversation }),
    })),
  )

const anyPart = fc.constantFrom(
  '*',
  '',
  '0018',
  '79',
  '44',
  'a',
  'li',
  '-1',
  '(20)',
  '+',
  'ext',
  'Å',
)
const pattern = fc.oneof(
  fc.constantFrom(...USERS.filter((user) => user !== '')),
  fc
    .tuple(fc.constantFrom('*', ''), anyPart, fc.constantFrom('*', ''))
    .map((parts) => parts.join('')),
)
const tUs = fc.integer({ min: -1, max: 32 }).map((minutes) => START_US + minutes * 60_000_000)

const side = fc.constantFrom('from' as const, 'to' as const, 'user' as const)
/** Rules of scopes: every kind of term, with values that are stored and values that are not. */
const rule: fc.Arbitrary<LegRule> = fc.array(
  fc.oneof(
    fc.record({ field: side, pattern }),
    fc.record({
      field: side,
      first: fc.constantFrom('+442079460010', '1000'),
      last: fc.constantFrom('+442079460018', '1234', '1233'),
    }),
    fc.record({
      field: fc.constant('address' as const),
      networks: fc.subarray(['10.0.0.0/30', '192.0.2.77', '2001:db8::/32', '::/0', 'none']),
    }),
    fc.record({
      field: fc.constant('conversation' as const),
      value: fc.constantFrom(...CONVERSATIONS),
    }),
    fc.record({
      field: fc.constant('header' as const),
      header: fc.constantFrom('X-CID', 'x-cid', 'X-Call-ID'),
      value: fc.constantFrom('x', 'y', 'z'),
    }),
  ),
  { maxLength: 2 },
)

/** Terms whose values do not depend on what is stored. */
const freeFilter: fc.Arbitrary<LegFilter> = fc.record(
  {
    startUs: tUs,
    endUs: tUs,
    callId: fc.constantFrom(...CALL_IDS, 'nobody'),
    conversationId: fc.constantFrom(...CONVERSATIONS, 'conv-one'),
    from: pattern,
    to: pattern,
    user: pattern,
    withIdentities: fc.constant(true),
    address: fc.constantFrom(...ADDRESSES, '2001:DB8::1', '10.0.0.9'),
    status: fc.constantFrom('200', '2xx', '4xx', '486', '3XX', '999'),
    state: fc.constantFrom('completed', 'busy', 'rejected', 'redirected', 'done', 'trying'),
    kind: fc.constantFrom('call', 'options', 'message'),
    goesOn: fc.constant(true),
    anyOf: fc.array(rule, { maxLength: 3 }),
  },
  { requiredKeys: [] },
)

/** What a filter can name of legs that are stored: a call, or the conversation made from one. */
function naming(filter: LegFilter, legs: readonly FoundLeg[], pick: number): LegFilter {
  const callKey = legs[pick % Math.max(1, legs.length)]?.callKey
  if (callKey === undefined || pick % 4 > 1) return filter
  return pick % 4 === 0
    ? { ...filter, callKey }
    : { ...filter, conversationId: conversationOfCall(callKey) }
}

/** Filters of many terms match nothing: most runs ask for one or two. */
function fewTerms(filter: LegFilter, pick: number): LegFilter {
  const entries = Object.entries(filter)
  const first = pick % Math.max(1, entries.length)
  return Object.fromEntries(entries.slice(first, first + 1 + (pick % 2)))
}

describe('matchesFilter', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'earshot-match-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('chooses the legs that the index finds, whatever is stored and asked', async () => {
    let run = 0
    let matched = 0
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.array(fc.tuple(freeFilter, fc.nat()), { minLength: 20, maxLength: 20 }),
        async (made, asked) => {
          const index = new SqliteIndex(join(folder, String(run++)), 'write')
          try {
            await index.putLegs(made.map(makeLeg))
            const all = await index.findLegs({}, { limit: 1_000, order: 'oldest' })
            assert.equal(all.length, made.length)
            for (const [free, pick] of asked) {
              const filter = naming(fewTerms(free, pick), all, pick)
              const found = await index.findLegs(filter, { limit: 1_000, order: 'oldest' })
              const joins = await index.joinEvidence(all.map(({ legKey }) => legKey))
              const wanted = all.filter((each) => matchesFilter(filter, each, joins))
              assert.deepEqual(
                found.map(({ callId }) => callId),
                wanted.map(({ callId }) => callId),
                JSON.stringify(filter),
              )
              matched += wanted.length
            }
          } finally {
            await index.close()
          }
        },
      ),
      { seed: 20_261_121, numRuns: 120 },
    )
    assert(matched > 500, `filters that match nothing prove nothing: ${matched} matches`)
  })

  test('a span of time holds its start and not its end', () => {
    const [found] = [makeLeg({ callId: 'a', messages: refusedCall(START_US, 486) })].map(
      (packed) => ({
        ...packed,
        legKey: 'k',
        callKey: 'k',
        position: { day: '2026-11-21', id: 0 },
      }),
    )
    assert(found !== undefined)
    const matches = (startUs: number, endUs: number) => matchesFilter({ startUs, endUs }, found)
    assert(matches(START_US, START_US + 1))
    assert(!matches(START_US - HOUR_US, START_US))
    assert(!matches(START_US + 1, START_US + HOUR_US))
  })
})
