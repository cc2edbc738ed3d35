// The counters of a server's imports tell what became of each file.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { joinSettings, makeFolder, writeCapture } from './store.fixture.ts'
import { WriterThread } from './writer-thread.ts'

test('WriterThread: a file that is no capture counts as a failed import', async (t) => {
  const folder = makeFolder(t)
  const writer = new WriterThread(folder, joinSettings, (failure) => assert.fail(failure))
  try {
    await writer.ready()
    const notes = join(folder, 'notes.txt')
    writeFileSync(notes, 'these are no packets')
    await assert.rejects(writer.importFile(notes, 'notes.txt'), /no capture/)
    await assert.rejects(writer.importFile(join(folder, 'none'), 'none'), { kind: 'bad-input' })
    const capture = writeCapture(join(folder, 'calls.pcap'), { calls: 2, callsPerSecond: 1 })
    await writer.importFile(capture, 'calls.pcap')
    const { imports, importsFailed } = writer.counters()
    assert.deepEqual({ imports, importsFailed }, { imports: 1, importsFailed: 2 })
  } finally {
    await writer.close()
  }
})
