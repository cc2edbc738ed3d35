// A capture of SIP over TLS through the store: opened with its key log, found, exported, read again
// without the log, imported again; and first imported without the log.
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { rebuildIndex } from './replay.ts'
import {
  assertSamePicture,
  faultsOf,
  importInto,
  joinSettings,
  makeFolder,
  pictureOf,
  withStore,
} from './store.fixture.ts'

const captures = join(import.meta.dirname, '..', '..', 'test', 'captures')
const NAME = 'gen__openssl-sip-tls12'
const MESSAGES = 12

/** Copies the capture without the key log beside it. */
function copyCapture(folder: string): string {
  const path = join(folder, `${NAME}.pcap`)
  copyFileSync(join(captures, `${NAME}.pcap`), path)
  return path
}

function copyKeyLog(folder: string): void {
  copyFileSync(join(captures, `${NAME}.keys`), join(folder, `${NAME}.keys`))
}

function folders(t: TestContext): { readonly captured: string; readonly data: string } {
  const captured = makeFolder(t)
  return { captured, data: join(captured, 'data') }
}

test('opened messages: are read again from the blocks without the key log', async (t) => {
  const { captured, data } = folders(t)
  const path = copyCapture(captured)
  copyKeyLog(captured)
  assert.equal((await importInto(data, path)).messages, MESSAGES)
  const before = await pictureOf(data)
  assert.equal(before.messages.length, MESSAGES)
  await withStore(data, 'write', (store) => rebuildIndex(store, joinSettings))
  assertSamePicture(await pictureOf(data), before)
  assert.deepEqual(await faultsOf(data), [])
})

test('opened messages: importing them again adds nothing', async (t) => {
  const { captured, data } = folders(t)
  const path = copyCapture(captured)
  copyKeyLog(captured)
  await importInto(data, path)
  const before = await pictureOf(data)
  const again = await importInto(data, path)
  assert.deepEqual([again.messages, again.messagesAdded, again.legsAdded], [MESSAGES, 0, 0])
  assertSamePicture(await pictureOf(data), before)
})

test('opened messages: a key log that comes later adds the messages, and no captured block', async (t) => {
  const { captured, data } = folders(t)
  const path = copyCapture(captured)
  const without = await importInto(data, path)
  assert.equal(without.messages, 0)
  assert.equal(without.problemCounts['decode.tls.no-key'], 2)
  const count = () =>
    withStore(data, 'read', async (store) => (await store.index.counters()).blocks)
  const blocksBefore = await count()
  copyKeyLog(captured)
  assert.equal((await importInto(data, path)).messagesAdded, MESSAGES)
  // One more: that of the opened messages.
  assert.equal(await count(), blocksBefore + 1)
})
