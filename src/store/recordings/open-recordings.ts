// The recordings of a data folder for whoever only reads: a folder in which nothing was ever
// recorded has none, and is left as it is.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordingStore } from './contract.ts'
import { SqliteRecordings } from './sqlite-recordings.ts'

/** The recordings of a folder to read from; undefined where nothing was ever recorded. */
export function openRecordingsToRead(dataFolder: string): RecordingStore | undefined {
  if (!existsSync(join(dataFolder, 'recordings.sqlite'))) return undefined
  return new SqliteRecordings(dataFolder, 'read')
}
