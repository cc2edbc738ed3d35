// Blocks in files pass the suite of block stores, and keep their promises about files.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import { blockStoreSuite } from '../block-suite.ts'
import { canMount, mountDisk } from '../disks.fixture.ts'
import { noOpenFiles, openFiles } from '../open-files.fixture.ts'
import { BlockFiles } from './block-files.ts'

const DAY = '2026-11-21'

blockStoreSuite('BlockFiles', async (t) => {
  const folder = makeFolder(t)
  let store = new BlockFiles(folder)
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const reopen = async () => {
    await store.close()
    store = new BlockFiles(folder)
    return store
  }
  return { store, reopen }
})

test('BlockFiles: a folder that is not there yet has no days', async (t) => {
  const store = new BlockFiles(join(makeFolder(t), 'not', 'yet'))
  assert.deepEqual(await store.days(), [])
  await store.close()
})

test('BlockFiles: files of other names are no days', async (t) => {
  const folder = makeFolder(t)
  for (const name of ['notes.txt', '2026-13-01.pcapng.zst', 'x.pcapng.zst', '2026-11-21.pcapng']) {
    writeFileSync(join(folder, name), 'x')
  }
  mkdirSync(join(folder, 'lost+found'))
  const store = new BlockFiles(folder)
  assert.deepEqual(await store.days(), [])
  await store.close()
})

test('BlockFiles: appends behind what another process left at the end', async (t) => {
  const folder = makeFolder(t)
  const store = new BlockFiles(folder)
  await store.append(DAY, Buffer.from('ours'))
  await store.close()
  appendFileSync(join(folder, `${DAY}.pcapng.zst`), 'torn')
  const again = new BlockFiles(folder)
  assert.equal(await again.append(DAY, Buffer.from('next')), 8)
  await again.close()
})

test('BlockFiles: writes over nothing that somebody else wrote meanwhile', async (t) => {
  const folder = makeFolder(t)
  const store = new BlockFiles(folder)
  t.after(() => store.close())
  await store.append(DAY, Buffer.from('ours'))
  const other = new BlockFiles(folder)
  await other.append(DAY, Buffer.from('theirs'))
  await other.close()
  await assert.rejects(store.append(DAY, Buffer.from('more')), (error) =>
    isFailure(error, 'conflict'),
  )
  assert.equal(readFileSync(join(folder, `${DAY}.pcapng.zst`), 'utf8'), 'ourstheirs')
})

test('BlockFiles: many who read one day at once leave no file of it open', {
  skip: noOpenFiles,
}, async (t) => {
  const folder = makeFolder(t)
  const store = new BlockFiles(folder)
  await store.append(DAY, Buffer.from('ours'))
  await store.close()
  const reader = new BlockFiles(folder)
  const read = await Promise.all(Array.from({ length: 20 }, () => reader.read(DAY, 0, 4)))
  assert.ok(read.every((bytes) => bytes.toString() === 'ours'))
  assert.deepEqual(openFiles(folder), [])
})

test('BlockFiles: goes on over what a full disk left of a block', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, async (t) => {
  const disk = mountDisk(t, '256k')
  const store = new BlockFiles(disk)
  t.after(() => store.close())
  await store.append(DAY, Buffer.from('ours'))
  const large = Buffer.alloc(1024 * 1024)
  await assert.rejects(store.append(DAY, large), (error) => isFailure(error, 'full'))
  assert.equal(await store.append(DAY, Buffer.from('next')), 4)
  assert.equal(await store.append(DAY, Buffer.from('last')), 8)
})

test('BlockFiles: lets go of a file that cannot be flushed', async (t) => {
  const folder = makeFolder(t)
  // It takes what is written, as a disk does that learns too late that it has no room.
  symlinkSync('/dev/null', join(folder, `${DAY}.pcapng.zst`))
  const store = new BlockFiles(folder)
  await store.append(DAY, Buffer.alloc(8 * 1024 * 1024))
  await assert.rejects(store.sync(), /fdatasync/)
  await store.close()
})

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-blocks-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
