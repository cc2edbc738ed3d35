// Files that SQLite opens unwillingly, on real disks: a reader needs no right to write, and what
// cannot be opened is named.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type FailureKind, isFailure } from '../../base/failure.ts'
import { canMount, fillUp, makeReadOnly, mountDisk } from '../disks.fixture.ts'
import { DAY, DAY_US, findAll } from '../suite-index.ts'
import { makeInvite } from '../suite-legs.ts'
import { SqliteIndex } from './sqlite-index.ts'

const mounting = { skip: canMount() ? false : 'only root can mount a small disk' }

test('connect: a store on a disk that can only be read is read', mounting, async (t) => {
  const disk = mountDisk(t, '4m')
  const writer = new SqliteIndex(disk, 'write')
  await writer.putLegs([makeInvite('a', DAY_US)])
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  await writer.close()
  makeReadOnly(disk)
  const reader = new SqliteIndex(disk, 'read')
  t.after(() => reader.close())
  assert.equal((await findAll(reader)).length, 1)
  assert.deepEqual(await reader.progress(), { nextBlock: 2, indexedBefore: 2 })
})

test('connect: a store on a full disk is read, and its writer told', mounting, async (t) => {
  const disk = mountDisk(t, '4m')
  const writer = new SqliteIndex(disk, 'write')
  await writer.putLegs([makeInvite('a', DAY_US)])
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  await writer.close()
  fillUp(disk)
  const reader = new SqliteIndex(disk, 'read')
  t.after(() => reader.close())
  assert.equal((await findAll(reader)).length, 1)
  await assertFails(new SqliteIndex(disk, 'write'), 'full', /\.sqlite: no space left on its disk$/)
})

test('connect: what was written last is not passed over', mounting, async (t) => {
  const folder = makeFolder(t)
  const writer = new SqliteIndex(folder, 'write')
  t.after(() => writer.close())
  await writer.putLegs([makeInvite('a', DAY_US)])
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  const disk = mountDisk(t, '8m')
  // As a crash leaves it: the last of it stands in the log.
  cpSync(folder, disk, { recursive: true, filter: (path) => !path.endsWith('-shm') })
  makeReadOnly(disk)
  await assertFails(new SqliteIndex(disk, 'read'), 'forbidden', /\.sqlite: .*-wal/)
})

test('connect: a full disk is told as such, with the file', mounting, async (t) => {
  const disk = mountDisk(t, '1m')
  fillUp(disk)
  const index = new SqliteIndex(join(disk), 'write')
  await assert.rejects(index.progress(), (error) => {
    return isFailure(error, 'full') && error.message.includes('catalogue.sqlite: ')
  })
})

test('connect: a file that is no database is told with its path, and no stack', async (t) => {
  const folder = makeFolder(t)
  writeFileSync(join(folder, `${DAY}.sqlite`), 'somebody put this here'.repeat(100))
  for (const mode of ['read', 'write'] as const) {
    await assertFails(
      new SqliteIndex(folder, mode),
      'internal',
      /\.sqlite: file is not a database$/,
    )
  }
})

test('a day of which a page is damaged is told with its path, and no stack', async (t) => {
  const folder = makeFolder(t)
  const writer = new SqliteIndex(folder, 'write')
  await writer.putLegs([makeInvite('a', DAY_US)])
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  await writer.close()
  const path = join(folder, `${DAY}.sqlite`)
  const bytes = readFileSync(path)
  // All but the first page, which holds the tables' names.
  writeFileSync(path, bytes.fill(0xff, 8_192))
  const words = /\.sqlite: database disk image is malformed$/
  await assertFails(new SqliteIndex(folder, 'read'), 'internal', words)
})

async function assertFails(index: SqliteIndex, kind: FailureKind, words: RegExp): Promise<void> {
  await assert.rejects(findAll(index), (error) => {
    assert.ok(isFailure(error, kind), String(error))
    assert.match(error.message, words)
    assert.equal(error.cause, undefined)
    return true
  })
  await index.close()
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-connect-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
