// The tables in which recordings, their words and their jobs are kept, and what opens them.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Failure } from '../../base/failure.ts'
import { connect } from '../sqlite/connect.ts'

const VERSION = 1
/** How long a reader waits for the writer, and the other way round. */
const BUSY_MS = 5_000

/** What no search asks for is in `body`, as JSON. */
const SCHEMA = `
CREATE TABLE recordings (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  start_us INTEGER NOT NULL,
  end_us INTEGER,
  state TEXT NOT NULL,
  source TEXT NOT NULL,
  from_user TEXT,
  to_user TEXT,
  rule TEXT,
  is_pinned INTEGER NOT NULL,
  delete_after_us INTEGER,
  origin TEXT,
  media_files INTEGER NOT NULL,
  media_bytes INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX recordings_by_start ON recordings (start_us, id);
CREATE INDEX recordings_by_from ON recordings (from_user, start_us);
CREATE INDEX recordings_by_to ON recordings (to_user, start_us);
CREATE INDEX recordings_by_state ON recordings (state, start_us);
CREATE INDEX recordings_by_deletion ON recordings (delete_after_us)
  WHERE delete_after_us IS NOT NULL AND is_pinned = 0;
CREATE UNIQUE INDEX recordings_by_origin ON recordings (origin) WHERE origin IS NOT NULL;
-- Files whose recordings were deleted: they may still lie where they were found.
CREATE TABLE removed_origins (origin TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE recording_legs (
  leg_key TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES recordings (number) ON DELETE CASCADE,
  PRIMARY KEY (leg_key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_legs_by_number ON recording_legs (number);
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE jobs (
  job_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES recordings (number) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  state TEXT NOT NULL,
  due_us INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT,
  UNIQUE (kind, number, subject)
) STRICT;
CREATE INDEX jobs_by_due ON jobs (kind, state, due_us);
`

/**
 * Opens the file of recordings, with its tables; makes it for a writer.
 * @throws Failure `conflict` for one that a newer Earshot wrote, `not-found` for a reader of none
 */
export function openRecordingTables(path: string, mode: 'read' | 'write'): DatabaseSync {
  const isReadOnly = mode === 'read'
  if (isReadOnly && !existsSync(path)) throw new Failure('not-found', `${path}: no recordings yet`)
  if (!isReadOnly) mkdirSync(dirname(path), { recursive: true })
  const database = connect(path, {
    readOnly: isReadOnly,
    timeout: BUSY_MS,
    enableForeignKeyConstraints: true,
  })
  // Few writes, each of which somebody relies on: flushed with every commit.
  if (!isReadOnly) database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (version > VERSION || (version === 0 && isReadOnly)) {
    database.close()
    throw version === 0
      ? new Failure('not-found', `${path}: no recordings yet`)
      : new Failure('conflict', `${path}: version ${version}, this Earshot knows ${VERSION}`)
  }
  if (version === 0) database.exec(`BEGIN; ${SCHEMA}; PRAGMA user_version = ${VERSION}; COMMIT`)
  return database
}
