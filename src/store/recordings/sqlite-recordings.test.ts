// Recordings in SQLite and sound in files pass the suites, over real files.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import { recordingStoreSuite } from './recording-suite.ts'
import { pausesOf } from './recording.ts'
import { SoundFiles } from './sound-files.ts'
import { soundStoreSuite } from './sound-suite.ts'
import { SqliteRecordings } from './sqlite-recordings.ts'

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-recordings-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

recordingStoreSuite('SqliteRecordings', async (t) => {
  const folder = makeFolder(t)
  let store = new SqliteRecordings(folder, 'write')
  t.after(() => store.close())
  return {
    store,
    reopen: async () => {
      await store.close()
      store = new SqliteRecordings(folder, 'write')
      return store
    },
  }
})

soundStoreSuite('SoundFiles', (t) => new SoundFiles(makeFolder(t)))

test('a reader of a folder without recordings is told so, and a newer file is not touched', (t) => {
  const folder = makeFolder(t)
  const isNotFound = (error: unknown) => isFailure(error, 'not-found')
  assert.throws(() => new SqliteRecordings(folder, 'read'), isNotFound)
  const path = join(folder, 'recordings.sqlite')
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  assert.throws(
    () => new SqliteRecordings(folder, 'write'),
    (error) => isFailure(error, 'conflict'),
  )
})

test('pauses: each ends where it is resumed, the last one with the recording', () => {
  const event = (tUs: number, kind: 'paused' | 'resumed' | 'started') => ({
    tUs,
    kind,
    participantId: null,
    by: null,
  })
  assert.deepEqual(pausesOf([event(0, 'started')], 100), [])
  assert.deepEqual(
    pausesOf(
      [
        event(40, 'resumed'),
        event(10, 'paused'),
        event(20, 'paused'),
        event(30, 'resumed'),
        event(90, 'paused'),
      ],
      100,
    ),
    [
      { startUs: 10, endUs: 30 },
      { startUs: 90, endUs: 100 },
    ],
  )
})
