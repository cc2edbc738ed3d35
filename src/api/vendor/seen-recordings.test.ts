// Recordings of others lie between those that an asker may see: what its pages hold, and that their
// cursors tell of no others. Over real stores.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { StoreFinder } from '../../query/store-finder.ts'
import { closeStore, openStore } from '../../store/data-folder.ts'
import type { LegRule } from '../../store/leg-rule.ts'
import { DAY_US, makeRecording, recordingId } from '../../store/recordings/recordings.fixture.ts'
import { SqliteRecordings } from '../../store/recordings/sqlite-recordings.ts'
import { makeInvite } from '../../store/suite-legs.ts'
import { SeenRecordings } from './seen-recordings.ts'

const OF_ALICE: LegRule[] = [[{ field: 'from', pattern: 'alice' }]]

/** A store of as many recordings, one a second, and who asks: some are of legs of alice. */
async function seenBy(
  t: TestContext,
  count: number,
  isOfAlice: (i: number) => boolean,
  rules?: readonly LegRule[],
) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-seen-'))
  const store = openStore(folder, 'write')
  const recordings = new SqliteRecordings(folder, 'write')
  t.after(async () => {
    await recordings.close()
    await closeStore(store)
    rmSync(folder, { recursive: true, force: true })
  })
  const legs = ['alice', 'somebody'].map((from) => makeInvite(from, DAY_US, { from }))
  await store.index.putLegs(legs)
  const finder = new StoreFinder(store)
  const keys = new Map<string | null, string>()
  for (const { from, legKey } of (await finder.findLegs({}, { limit: 2 })).rows)
    keys.set(from, legKey)
  for (let i = 0; i < count; i++) {
    const legKeys = [keys.get(isOfAlice(i) ? 'alice' : 'somebody') ?? '']
    const at = { startUs: DAY_US + i * 1_000_000, endUs: DAY_US + i * 1_000_000 + 1 }
    await recordings.put(makeRecording({ recordingId: recordingId(i), legKeys, ...at }))
  }
  const asker = { finder, nowUs: DAY_US, ...(rules === undefined ? {} : { rules }) }
  return new SeenRecordings(recordings, asker)
}

async function walk(seen: SeenRecordings, limit: number) {
  const found: string[] = []
  const cursors: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = { limit, order: 'oldest', ...(cursor === undefined ? {} : { cursor }) } as const
    const { rows, next } = await seen.find({}, page)
    found.push(...rows.map((row) => row.recordingId))
    if (next === null) return { found, cursors }
    cursors.push(next)
    cursor = next
  }
}

test('pages of an asker with a scope hold its own recordings, each once', async (t) => {
  const seen = await seenBy(t, 23, (i) => i % 4 === 1, OF_ALICE)
  const { found } = await walk(seen, 2)
  assert.deepEqual(found, [1, 5, 9, 13, 17, 21].map(recordingId))
})

test('a cursor of an asker with a scope tells neither a time nor a recording', async (t) => {
  const own = await walk(await seenBy(t, 6, () => false, OF_ALICE), 1)
  assert.deepEqual(own.found, [])
  const limited = await walk(await seenBy(t, 6, (i) => i === 0, OF_ALICE), 1)
  assert.deepEqual(limited.found, [recordingId(0)])
  assert.equal(limited.cursors.length, 1)
  for (const cursor of limited.cursors) {
    const text = Buffer.from(cursor, 'base64url').toString('latin1')
    assert.ok(!text.includes(String(DAY_US).slice(0, 6)) && !text.includes(recordingId(0)))
  }
  const whole = await walk(await seenBy(t, 3, () => false), 1)
  assert.ok(Buffer.from(whole.cursors[0] ?? '', 'base64url').includes(recordingId(0)))
})
