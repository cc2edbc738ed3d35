// Errors as the system and SQLite make them when there is no room, and when all else is wrong.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { canMount, fillUp, mountDisk } from './disks.fixture.ts'
import { isDiskFull } from './disk-full.ts'

function errorOf(doIt: () => void): unknown {
  try {
    doIt()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

test('isDiskFull: sees a full disk of the system and a full file of SQLite', () => {
  assert.ok(isDiskFull(errorOf(() => writeFileSync('/dev/full', 'no room'))))
  const database = new DatabaseSync(':memory:')
  database.exec('PRAGMA max_page_count = 2; CREATE TABLE texts (text TEXT)')
  const insert = database.prepare('INSERT INTO texts VALUES (?)')
  assert.ok(isDiskFull(errorOf(() => insert.run('x'.repeat(100_000)))))
  database.close()
})

test('isDiskFull: sees it where the log of a database has no room for its index', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, (t) => {
  const disk = mountDisk(t, '1m')
  const empty = new DatabaseSync(join(disk, 'a.sqlite'))
  empty.exec('PRAGMA journal_mode = WAL')
  empty.close()
  fillUp(disk)
  const database = new DatabaseSync(join(disk, 'a.sqlite'))
  t.after(() => database.close())
  assert.ok(isDiskFull(errorOf(() => database.exec('CREATE TABLE texts (text TEXT)'))))
})

test('isDiskFull: other errors, and what only speaks of a full disk, are none', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-full-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  assert.ok(!isDiskFull(errorOf(() => readFileSync(folder))))
  const database = new DatabaseSync(':memory:')
  assert.ok(!isDiskFull(errorOf(() => database.exec('SELECT "disk is full" FROM nowhere'))))
  database.close()
  assert.ok(!isDiskFull(new Error('database or disk is full')))
  assert.ok(!isDiskFull('ENOSPC'))
})
