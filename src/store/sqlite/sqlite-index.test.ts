// The index in SQLite passes the suite of leg indexes, and keeps its promises about files.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import { parseKey } from '../../calls/keys.ts'
import { makeRecord } from '../../calls/stream-record.fixture.ts'
import { legIndexSuite } from '../index-suite.ts'
import { noOpenFiles, openFiles } from '../open-files.fixture.ts'
import { callIdsOf, DAY, DAY_US, findAll, HOUR_US, pictureOf } from '../suite-index.ts'
import { makeInvite } from '../suite-legs.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { SqliteIndex } from './sqlite-index.ts'

legIndexSuite('SqliteIndex', async (t) => {
  const folder = makeFolder(t)
  const opened = [new SqliteIndex(folder, 'write')]
  t.after(async () => {
    for (const index of opened) await index.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const add = (mode: 'read' | 'write'): SqliteIndex => {
    const index = new SqliteIndex(folder, mode)
    opened.push(index)
    return index
  }
  const [index] = opened
  assert.ok(index !== undefined)
  return {
    index,
    reader: () => add('read'),
    reopen: async () => {
      await index.close()
      return add('write')
    },
  }
})

test('SqliteIndex: a reader of a folder that is not there finds and makes nothing', async (t) => {
  const folder = makeFolder(t)
  const reader = new SqliteIndex(join(folder, 'index'), 'read')
  assert.deepEqual(await findAll(reader), [])
  assert.deepEqual(await reader.progress(), { nextBlock: 1, indexedBefore: 1 })
  assert.deepEqual(await reader.days(), [])
  assert.equal((await reader.counters()).legs, 0)
  await reader.commit({ nextBlock: 9, indexedBefore: 9 })
  await reader.close()
  assert.deepEqual(readdirSync(folder), [])
})

test('SqliteIndex: of two streams whose names have one hash the first one is kept', async (t) => {
  const [folder, other] = [makeFolder(t), makeFolder(t)]
  const keyOf = async (path: string, ssrc: number): Promise<string> => {
    const index = new SqliteIndex(path, 'write')
    const [key] = await index.putStreams([
      { record: makeRecord({ ssrc }), filedUnder: null, body: null },
    ])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    await index.close()
    return key ?? ''
  }
  await keyOf(folder, 1)
  const key = await keyOf(other, 2)
  const database = new DatabaseSync(join(folder, `${DAY}.sqlite`))
  database.prepare('UPDATE streams SET stream_hash = ?').run(parseKey(key)?.hash ?? 0)
  database.close()
  assert.equal(await keyOf(folder, 2), key)
  const index = new SqliteIndex(folder, 'read')
  assert.deepEqual(
    [(await index.streamByKey(key))?.record.ssrc, (await index.counters()).streams],
    [1, 1],
  )
  await index.close()
})

test('SqliteIndex: others have their turn between the days that a question reads', async (t) => {
  const folder = makeFolder(t)
  const index = new SqliteIndex(folder, 'write')
  const days = 5
  for (let i = 0; i < days; i++) {
    await index.putLegs([makeInvite(`call ${i}`, DAY_US + i * 24 * HOUR_US)])
  }
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.close()
  const reader = new SqliteIndex(folder, 'read')
  t.after(() => reader.close())
  const page = { limit: 9, order: 'newest' } as const
  for (const ask of [
    () => reader.findLegs({ kind: 'message' }, page),
    () => reader.findStreams({}, page),
    () => reader.counters(),
  ]) {
    let turns = 0
    const count = () => {
      turns++
      counting = setImmediate(count)
    }
    let counting = setImmediate(count)
    await ask()
    clearImmediate(counting)
    assert.ok(turns >= days - 1, `${turns} turns`)
  }
})

test('SqliteIndex: a writer closes days that it has done with', {
  skip: noOpenFiles,
}, async (t) => {
  const folder = makeFolder(t)
  const index = new SqliteIndex(folder, 'write')
  t.after(() => index.close())
  const days = 100
  for (let i = 0; i < days; i++) {
    await index.putLegs([makeInvite(`call ${i}`, DAY_US + i * 24 * HOUR_US)])
    await index.commit({ nextBlock: 2 + i, indexedBefore: 2 + i }, false)
  }
  const open = new Set(openFiles(folder))
  assert.ok(open.size < days, `${open.size} files are open`)
  // As a start does, and who looks for a block that is gone.
  for (const day of await index.days()) await index.blocks(day)
  await index.block(999, DAY)
  assert.ok(openFiles(folder).length < days, `${openFiles(folder).length} files are open`)
  await index.putLegs([makeInvite('call 0', DAY_US + HOUR_US), makeInvite('more', DAY_US)])
  await index.commit({ nextBlock: 3 + days, indexedBefore: 3 + days })
  assert.equal((await findAll(index)).length, days + 1)
})

test('SqliteIndex: each commit tells the calls put since the last one, once each', async (t) => {
  const told: string[][] = []
  const index = new SqliteIndex(makeFolder(t), 'write', (legKeys) => {
    told.push([...legKeys])
  })
  t.after(() => index.close())
  await index.putLegs([makeInvite('a', DAY_US), makeInvite('b', DAY_US)])
  await index.putLegs([makeInvite('a', DAY_US)])
  assert.equal(told.length, 0)
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  const keys = await findAll(index)
  assert.deepEqual(
    told.map((legKeys) => legKeys.length),
    [2],
  )
  assert.equal(new Set(told[0]).size, keys.length)
  await index.putLegs([makeInvite('a', DAY_US)])
  await index.commit({ nextBlock: 3, indexedBefore: 3 })
  assert.equal(told[1]?.length, 1)
})

test('SqliteIndex: a fresh day is indexed once it is known that no bulk is coming', async (t) => {
  const first = { nextBlock: 2, indexedBefore: 2 }
  const commits: { name: string; isLast: readonly boolean[]; isIndexed: boolean }[] = [
    { name: 'few legs, and more waiting: a bulk may begin so', isLast: [false], isIndexed: false },
    { name: 'few legs twice', isLast: [false, false], isIndexed: true },
    { name: 'nothing more waiting', isLast: [true], isIndexed: true },
  ]
  for (const { name, isLast, isIndexed } of commits) {
    const folder = makeFolder(t)
    const index = new SqliteIndex(folder, 'write')
    for (const [i, each] of isLast.entries()) {
      await index.putLegs([makeInvite(`leg ${i}`, DAY_US)])
      await index.commit(first, each)
    }
    assert.equal(hasIndex(folder, 'legs_by_call_hash'), isIndexed, name)
    // Found with and without.
    assert.equal((await findAll(index)).length, isLast.length, name)
    await index.close()
  }
})

test('SqliteIndex: a file that a newer Earshot wrote is refused by name', async (t) => {
  const folder = makeFolder(t)
  const index = new SqliteIndex(folder, 'write')
  await index.putLegs([makeInvite('a', DAY_US)])
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.close()
  setVersion(join(folder, `${DAY}.sqlite`), SCHEMA_VERSION + 1)
  for (const mode of ['read', 'write'] as const) {
    const newer = new SqliteIndex(folder, mode)
    await assert.rejects(findAll(newer), (error) => {
      return isFailure(error, 'conflict') && error.message.includes(`${DAY}.sqlite`)
    })
    await newer.close()
  }
})

test('SqliteIndex: a day that an older Earshot wrote is read as it is', async (t) => {
  const folder = makeFolder(t)
  const index = new SqliteIndex(folder, 'write')
  await index.putLegs([makeInvite('a', DAY_US, { from: 'alice' })])
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.close()
  const database = new DatabaseSync(join(folder, `${DAY}.sqlite`))
  for (const table of ['streams', 'notes', 'escaped_users', 'identities']) {
    database.exec(`DROP TABLE ${table}`)
  }
  database.exec('PRAGMA user_version = 1')
  database.close()
  const reader = new SqliteIndex(folder, 'read')
  const page = { limit: 9, order: 'oldest' } as const
  const filter = { from: 'alice', withIdentities: true } as const
  assert.equal((await reader.findLegs(filter, page)).length, 1)
  assert.deepEqual(await reader.findStreams({}, page), [])
  assert.deepEqual(await reader.notesOf('a', [DAY]), [])
  // A writer brings it up to date, and a reader that was there before sees what it puts.
  const identities = [{ header: 'Diversion', side: 'callee', user: 'carol' }] as const
  const writer = new SqliteIndex(folder, 'write')
  await writer.putLegs([makeInvite('a', DAY_US, { from: 'alice', identities })])
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  await writer.close()
  const found = await reader.findLegs({ to: 'car*', withIdentities: true }, page)
  assert.deepEqual(callIdsOf(found), ['a'])
  await reader.close()
})

test('SqliteIndex: a catalogue that a newer Earshot wrote is refused', async (t) => {
  const folder = makeFolder(t)
  const index = new SqliteIndex(folder, 'write')
  await index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.close()
  setVersion(join(folder, 'catalogue.sqlite'), SCHEMA_VERSION + 1)
  const newer = new SqliteIndex(folder, 'write')
  await assert.rejects(newer.progress(), (error) => isFailure(error, 'conflict'))
  await newer.close()
})

test('SqliteIndex: a file that a crash left empty is a day without legs', async (t) => {
  const folder = makeFolder(t)
  writeFileSync(join(folder, `${DAY}.sqlite`), '')
  writeFileSync(join(folder, 'catalogue.sqlite'), '')
  const reader = new SqliteIndex(folder, 'read')
  assert.deepEqual(await findAll(reader), [])
  assert.deepEqual(await reader.progress(), { nextBlock: 1, indexedBefore: 1 })
  await reader.close()
  const writer = new SqliteIndex(folder, 'write')
  await writer.putLegs([makeInvite('a', DAY_US)])
  assert.equal((await findAll(writer)).length, 1)
  await writer.close()
})

test('SqliteIndex: files of other names are no days', async (t) => {
  const folder = makeFolder(t)
  writeFileSync(join(folder, 'notes.sqlite'), 'no database')
  writeFileSync(join(folder, '2026-11-21.sqlite.bak'), 'no database')
  const index = new SqliteIndex(folder, 'write')
  assert.deepEqual(await index.days(), [])
  await index.close()
})

test('SqliteIndex: goes on with a day whose words it does not have in memory', async (t) => {
  const folder = makeFolder(t)
  const legs = [0, 1, 2].map((i) =>
    makeInvite(`${i}`, DAY_US + i * HOUR_US, { from: `user ${i % 2}` }),
  )
  const first = new SqliteIndex(folder, 'write')
  await first.putLegs(legs.slice(0, 2))
  await first.commit({ nextBlock: 2, indexedBefore: 2 })
  await first.close()
  const second = new SqliteIndex(folder, 'write')
  await second.putLegs(legs)
  const together = await pictureOf(second)
  await second.close()
  const other = new SqliteIndex(makeFolder(t), 'write')
  await other.putLegs(legs)
  assert.deepEqual(together, await pictureOf(other))
  await other.close()
})

test('SqliteIndex: a day that grows large little by little goes on as before', async (t) => {
  const index = new SqliteIndex(makeFolder(t), 'write')
  const named = (callId: string, tUs: number, value: string) =>
    makeInvite(callId, tUs, { joinKeys: [{ header: 'X-Call-ID', value }] })
  const commit = () => index.commit({ nextBlock: 2, indexedBefore: 2 })
  await index.putLegs([named('b0', DAY_US + 1, 'a0'), makeInvite('a0', DAY_US)])
  // More than memory keeps of a calm day (session-calls.ts), each time less than makes a bulk.
  const leg = makeInvite('', DAY_US + HOUR_US)
  for (let i = 0; i < 10_000; i++) {
    await index.putLegs([{ ...leg, callId: `leg ${i}` }])
    if (i % 1_500 === 0) await commit()
  }
  await index.putLegs([named('b1', DAY_US + 2, 'leg 0'), named('c0', DAY_US + 3, 'b0')])
  const again = await index.putLegs([{ ...leg, callId: 'leg 1' }, makeInvite('a0', DAY_US)])
  assert.deepEqual(again, { legsAdded: 0, messagesAdded: 0 })
  await commit()
  const callIdsInCall = async (callId: string, tUs: number) => {
    const found = await index.legAt(callId, tUs)
    return (await index.legsOfCall(found?.callKey ?? '')).map((each) => each.callId)
  }
  assert.deepEqual(await callIdsInCall('c0', DAY_US), ['a0', 'b0', 'c0'])
  assert.deepEqual(await callIdsInCall('b1', DAY_US), ['b1', 'leg 0'])
  assert.equal((await index.counters()).legs, 10_004)
  await index.close()
})

test('SqliteIndex: keeps more legs of one microsecond than it has ids for', async (t) => {
  const index = new SqliteIndex(makeFolder(t), 'write')
  const leg = makeInvite('', DAY_US + 24 * HOUR_US - 1)
  const count = 70_000
  const legs = Array.from({ length: count }, (_, i) => ({ ...leg, callId: `tie ${i}` }))
  const { legsAdded } = await index.putLegs(legs)
  assert.equal(legsAdded, count)
  const again = await index.putLegs(legs.slice(-100))
  assert.equal(again.legsAdded, 0)
  const span = { startUs: leg.summary.startUs, endUs: leg.summary.startUs + 1 }
  const found = await index.findLegs(span, { limit: count + 1, order: 'oldest' })
  assert.equal(found.length, count)
  assert.ok(found.every(({ summary }) => summary.startUs === leg.summary.startUs))
  await index.close()
})

test('SqliteIndex: a reader holds few files open, whatever the days', {
  skip: existsSync('/proc/self/fd') ? false : 'the system does not tell which files are open',
}, async (t) => {
  const folder = makeFolder(t)
  const writer = new SqliteIndex(folder, 'write')
  const legs = Array.from({ length: 200 }, (_, i) => makeInvite(`${i}`, DAY_US + i * 24 * HOUR_US))
  await writer.putLegs(legs)
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  await writer.close()
  const before = readdirSync('/proc/self/fd').length
  const reader = new SqliteIndex(folder, 'read')
  assert.equal((await findAll(reader)).length, legs.length)
  assert.ok(readdirSync('/proc/self/fd').length < before + 200)
  await reader.close()
  assert.ok(readdirSync('/proc/self/fd').length <= before + 1)
})

test('SqliteIndex: a reader counts a day again when it was written, and opens no other', {
  skip: noOpenFiles,
}, async (t) => {
  const folder = makeFolder(t)
  const days = 70
  const at = (day: number): number => DAY_US + day * 24 * HOUR_US
  const put = async (id: string, startUs: readonly number[]): Promise<void> => {
    const writer = new SqliteIndex(folder, 'write')
    await writer.putLegs(startUs.map((tUs) => makeInvite(`${id} ${tUs}`, tUs)))
    await writer.commit({ nextBlock: 2, indexedBefore: 2 })
    await writer.close()
  }
  await put(
    'first',
    Array.from({ length: days }, (_, day) => at(day)),
  )
  const reader = new SqliteIndex(folder, 'read')
  t.after(() => reader.close())
  const first = await reader.counters()
  assert.deepEqual([first.days, first.legs], [days, days])
  const held = openFiles(folder)
  assert.deepEqual(await reader.counters(), first)
  assert.deepEqual(openFiles(folder), held)
  await put('second', [at(3) + 1])
  const { legs, messages, firstUs } = await reader.counters()
  assert.deepEqual([legs, messages, firstUs], [days + 1, first.messages + 1, first.firstUs])
  rmSync(join(folder, `${DAY}.sqlite`))
  assert.deepEqual([(await reader.counters()).days, (await reader.counters()).legs], [69, 70])
})

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-index-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function hasIndex(folder: string, name: string): boolean {
  const database = new DatabaseSync(join(folder, `${DAY}.sqlite`), { readOnly: true })
  const find = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?")
  const row = find.get(name)
  database.close()
  return row !== undefined
}

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA user_version = ${version}`)
  database.close()
}
