// A capture of SIP over TLS through the store: opened with its key log, found, exported, read again
// without the log, imported again; and first imported without the log.
import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { exportFrames } from '../query/export.ts'
import { StoreFinder } from '../query/store-finder.ts'
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

test('opened messages: a later key log adds the messages, and no captured block', async (t) => {
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

for (const { format, transport } of [
  { format: 'pcap', transport: 'udp' },
  { format: 'pcapng', transport: 'tls' },
] as const) {
  test(`opened messages: an export as ${format} brings them without any key`, async (t) => {
    const { captured, data } = folders(t)
    copyKeyLog(captured)
    await importInto(data, copyCapture(captured))
    const exported = join(captured, `out.${format}`)
    await withStore(data, 'read', async (store) => {
      const finder = new StoreFinder(store)
      const { rows } = await finder.findLegs({}, { limit: 10, order: 'oldest' })
      const parts: Buffer[] = []
      for await (const part of exportFrames(finder, rows, format)) parts.push(part)
      writeFileSync(exported, Buffer.concat(parts))
    })
    const again = join(captured, 'again')
    assert.equal((await importInto(again, exported)).messages, MESSAGES)
    const found = (await pictureOf(again)).messages
    assert.ok(found.every((line) => line.includes(`"transport":"${transport}"`)))
    const bytesOf = (line: string): string => line.slice(line.indexOf('} ') + 2)
    const before = (await pictureOf(data)).messages
    assert.deepEqual(found.map(bytesOf).sort(), before.map(bytesOf).sort())
  })
}
