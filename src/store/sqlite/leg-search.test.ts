// How SQLite answers: every term of a filter by an index, never by reading all legs of a day.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import { conversationOfCall, formatKey } from '../../calls/keys.ts'
import type { LegFilter } from '../leg-filter.ts'
import type { LegRule } from '../leg-rule.ts'
import { DAY, DAY_US, HOUR_US } from '../suite-index.ts'
import { answeredCall, makeLeg, refusedCall } from '../suite-legs.ts'
import { DayIndex } from './day-index.ts'
import { LegSearch } from './leg-search.ts'
import { SqliteIndex } from './sqlite-index.ts'

const folder = mkdtempSync(join(tmpdir(), 'earshot-plans-'))
const LEGS = 2_000

before(async () => {
  const index = new SqliteIndex(folder, 'write')
  const legs = Array.from({ length: LEGS }, (_, i) =>
    makeLeg({
      callId: `call ${i}`,
      messages: (i % 10 === 0 ? refusedCall(DAY_US + i, 486) : answeredCall(DAY_US + i)).slice(),
      from: `+4420${i % 500}`,
      to: `user ${i % 300}`,
      src: `10.0.${i % 7}.1`,
      ...(i % 50 === 0 ? { conversation: `talk ${i}` } : {}),
      joinKeys: i % 5 === 0 ? [{ header: 'X-CID', value: `${Math.floor(i / 10)}` }] : [],
    }),
  )
  await index.putLegs(legs)
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.close()
})

after(() => rmSync(folder, { recursive: true, force: true }))

const callKey = formatKey({ day: DAY, hash: 12_345 })
const searched: readonly LegFilter[] = [
  { callId: 'call 7' },
  { callKey },
  { conversationId: 'talk 50' },
  { conversationId: conversationOfCall(callKey) },
  { from: '+442077' },
  { from: '*77' },
  { to: 'user 12*' },
  { user: '*er 22*' },
  { address: '10.0.3.1' },
  { status: '486' },
  { status: '4xx' },
  { startUs: DAY_US + HOUR_US },
  { startUs: DAY_US + HOUR_US, endUs: DAY_US + 2 * HOUR_US },
  { user: '*77', status: '4xx', address: '10.0.3.1', startUs: DAY_US + 1, kind: 'call' },
]

for (const filter of searched) {
  test(`LegSearch: ${JSON.stringify(filter)} is answered by an index`, () => {
    const plans = plansOf((search) => search.find(filter, 50, 'newest', undefined))
    const scans = plans.flat().filter((step) => /^SCAN (?:legs|users|addresses|hops)\b/.test(step))
    assert.deepEqual(scans, [], plans.flat().join('\n'))
  })
}

// Many legs have the answer, so the nearest in time are at hand at once: reading on in the order
// of time, up to a page, is what an index by status or by user could not do better.
const walked: readonly LegFilter[] = [
  {},
  { status: '200' },
  { status: '2xx' },
  { state: 'completed' },
  { kind: 'call' },
  { to: 'user 1*' },
  { user: '*er 2*' },
  { from: '+44*', kind: 'call' },
]

for (const filter of walked) {
  test(`LegSearch: ${JSON.stringify(filter)} walks legs by time and sorts nothing`, () => {
    const steps = plansOf((search) => search.find(filter, 50, 'newest', undefined)).flat()
    assert.ok(!steps.some((step) => step.includes('TEMP B-TREE FOR ORDER BY')), steps.join('\n'))
  })
}

test('LegSearch: calls that go on are found by an index of their own, by time and unsorted', () => {
  const writing = new DayIndex(join(folder, `${DAY}.sqlite`), DAY, false)
  new LegSearch(writing).find({ goesOn: true }, 1, 'newest', undefined)
  writing.close()
  const filter = { goesOn: true, startUs: DAY_US + 1, endUs: DAY_US + HOUR_US } as const
  const plans = plansOf((search) => search.find(filter, 50, 'newest', undefined))
  const asked = plans.filter((steps) => steps.some((step) => step.includes('legs_going_on')))
  const step = 'SEARCH legs USING INDEX legs_going_on (kind=? AND rowid>? AND rowid<?)'
  assert.deepEqual(asked, [[step]])
})

test('LegSearch: short patterns of few users read the users of the day, not its legs', () => {
  for (const pattern of ['*77', '*00', '8*']) {
    const steps = plansOf((search) =>
      search.find({ from: pattern }, 50, 'newest', undefined),
    ).flat()
    assert.deepEqual(
      steps.filter((step) => step.startsWith('SCAN legs')),
      [],
    )
  }
})

test('LegSearch: a leg, a call and its evidence are looked up', () => {
  const plans = plansOf((search) => {
    search.byHash(12_345)
    search.byCallKey(callKey)
    search.joinsOf(12_345)
  })
  const scans = plans.flat().filter((step) => /^SCAN (?:legs|joins)\b/.test(step))
  assert.deepEqual(scans, [])
})

test('LegSearch: who obeys a rule is looked up, where few do and of those that are named', () => {
  const rules: LegRule[] = [
    [{ field: 'user', pattern: '*77' }],
    [
      { field: 'header', header: 'X-CID', value: '7' },
      { field: 'address', networks: ['10.0.0.0/16'] },
    ],
  ]
  const plans = plansOf((search) => {
    assert.equal(search.fewObeying(rules)?.length, 22)
    assert.equal(search.fewObeying([[{ field: 'address', networks: ['10.0.0.0/16'] }]]), undefined)
    assert.deepEqual(search.obeying([1, 2], rules), new Map())
  })
  const scans = plans.flat().filter((step) => /^SCAN (?:legs|joins|hops)\b/.test(step))
  assert.deepEqual(scans, [], plans.flat().join('\n'))
})

test('LegSearch: a pattern that means too many users is refused without telling how many', () => {
  const index = new DayIndex(join(folder, 'many.sqlite'), DAY, false)
  try {
    index.database.exec(`INSERT INTO users (text) WITH RECURSIVE numbers (n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 200001) SELECT n FROM numbers`)
    assert.throws(
      () => new LegSearch(index).find({ from: '*' }, 1, 'newest', undefined),
      (error) => isFailure(error, 'bad-input') && !/\d/.test(error.message),
    )
  } finally {
    index.close()
  }
})

/** The plan of every statement that is prepared while `ask` runs. */
function plansOf(ask: (search: LegSearch) => unknown): string[][] {
  const index = new DayIndex(join(folder, `${DAY}.sqlite`), DAY, true)
  const asked: string[] = []
  const { database } = index
  Object.defineProperty(index, 'database', { value: listened(database, asked) })
  try {
    ask(new LegSearch(index))
    return asked.map((statement) => planOf(database, statement))
  } finally {
    database.close()
  }
}

/** The same database, which notes what it is asked. */
function listened(database: DatabaseSync, asked: string[]): DatabaseSync {
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'exec') return target.exec.bind(target)
      if (name !== 'prepare') return Reflect.get(target, name, target)
      return (statement: string) => {
        asked.push(statement)
        return target.prepare(statement)
      }
    },
  })
}

function planOf(database: DatabaseSync, statement: string): string[] {
  const marks: SQLInputValue[] = Array.from(statement.matchAll(/\?/g), () => '0')
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all(...marks)
  return rows.map((row) => String(row['detail']))
}
