// Files of tables on a real disk: an earlier one goes on; what cannot be used is named, and left.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import { openTables } from './tables-file.ts'

const FIRST = { version: 1, schema: 'CREATE TABLE IF NOT EXISTS jobs (id TEXT NOT NULL) STRICT' }
const THIRD = {
  version: 3,
  schema: `CREATE TABLE IF NOT EXISTS jobs
    (id TEXT NOT NULL, scope TEXT DEFAULT '[]', owner TEXT) STRICT`,
  upgrades: {
    1: "ALTER TABLE jobs ADD COLUMN scope TEXT DEFAULT '[]'",
    2: 'ALTER TABLE jobs ADD COLUMN owner TEXT',
  },
}

test('openTables: a file of an earlier version is brought forward with what it holds', (t) => {
  const path = join(makeFolder(t), 'deep', 'jobs.sqlite')
  const first = openTables(path, FIRST)
  first.prepare("INSERT INTO jobs VALUES ('a')").run()
  first.close()
  for (const _ of ['upgraded', 'opened again']) {
    const third = openTables(path, THIRD)
    const rows = third.prepare('SELECT * FROM jobs').all()
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ id: 'a', scope: '[]', owner: null }],
    )
    third.close()
  }
})

test('openTables: a file of a newer version is named, and left as it is', (t) => {
  const path = join(makeFolder(t), 'jobs.sqlite')
  openTables(path, THIRD).close()
  assertFails(path, 'conflict', `${path}: version 3, this Earshot knows 1`)
  const database = new DatabaseSync(path)
  t.after(() => database.close())
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 3)
})

test('openTables: what is no file of tables is named, and left as it is', (t) => {
  const path = join(makeFolder(t), 'jobs.sqlite')
  writeFileSync(path, 'somebody else put this here\n'.repeat(100))
  assertFails(path, 'internal', `${path}: file is not a database`)
  assert.equal(readFileSync(path, 'latin1').slice(0, 8), 'somebody')
})

test('openTables: an upgrade that fails leaves the earlier version whole', (t) => {
  const path = join(makeFolder(t), 'jobs.sqlite')
  openTables(path, FIRST).close()
  const upgrades = { ...THIRD.upgrades, 2: 'ALTER TABLE lost ADD COLUMN owner TEXT' }
  assert.throws(
    () => openTables(path, { ...THIRD, upgrades }),
    (error) => isFailure(error, 'internal') && error.message.startsWith(`${path}: `),
  )
  const database = openTables(path, FIRST)
  t.after(() => database.close())
  assert.deepEqual(
    database
      .prepare('PRAGMA table_info(jobs)')
      .all()
      .map(({ name }) => name),
    ['id'],
  )
})

test('TablesFile: all of a change is made, or nothing, and what stopped it is said', (t) => {
  const file = openTables(join(makeFolder(t), 'jobs.sqlite'), FIRST)
  t.after(() => file.close())
  const add = (id: string) => file.prepare('INSERT INTO jobs VALUES (?)').run(id)
  const failAfter = (id: string, work: () => void, message: RegExp) => {
    const change = () => {
      add(id)
      work()
    }
    assert.throws(() => file.atomically(change), message)
  }
  failAfter('a', () => assert.fail('no more'), /^AssertionError.*: no more/)
  // SQLite itself takes the change back then.
  file.prepare('PRAGMA max_page_count = 3').get()
  failAfter('b', () => add('b'.repeat(100_000)), /database or disk is full/)
  file.atomically(() => add('c'))
  assert.deepEqual(
    file
      .prepare('SELECT id FROM jobs')
      .all()
      .map(({ id }) => id),
    ['c'],
  )
})

test('openTables: only its owner may read the file, and those beside it', (t) => {
  const path = join(makeFolder(t), 'jobs.sqlite')
  const database = openTables(path, FIRST)
  t.after(() => database.close())
  for (const ending of ['', '-wal', '-shm']) {
    assert.equal(statSync(path + ending).mode & 0o777, 0o600, ending)
  }
})

function assertFails(path: string, kind: 'conflict' | 'internal', message: string): void {
  assert.throws(
    () => openTables(path, FIRST),
    (error) => isFailure(error, kind) && error.message === message,
  )
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-tables-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
