// Blocks in files pass the suite of block stores, and keep their promises about files.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { blockStoreSuite } from '../block-suite.ts'
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

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-blocks-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
