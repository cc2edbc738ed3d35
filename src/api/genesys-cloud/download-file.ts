// Download jobs as rows of one SQLite file, so that what was asked for before a restart is still
// made after it. It keeps and finds; making the files is download-jobs.ts's.
import type { Scope } from '../../accounts/scope.ts'
import { openTables, type TablesFile } from '../../store/sqlite/tables-file.ts'
import type { TraceSearch } from './search.ts'

export type DownloadState = 'pending' | 'ready' | 'failed'

export interface DownloadJob {
  readonly downloadId: string
  readonly documentId: string
  readonly accountId: string
  /** What its account saw when it was asked for, and what it was made of. */
  readonly scope: Scope
  readonly search: TraceSearch
  readonly state: DownloadState
  readonly createdAtUs: number
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS downloads (
    downloadId TEXT PRIMARY KEY,
    documentId TEXT NOT NULL,
    accountId TEXT NOT NULL,
    search TEXT NOT NULL,
    state TEXT NOT NULL,
    createdAtUs INTEGER NOT NULL,
    scope TEXT NOT NULL DEFAULT '[]'
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS downloads_by_age ON downloads (createdAtUs);
`

const TABLES = {
  version: 2,
  schema: SCHEMA,
  upgrades: { 1: "ALTER TABLE downloads ADD COLUMN scope TEXT NOT NULL DEFAULT '[]'" },
}

export class DownloadFile {
  readonly #file: TablesFile

  constructor(path: string) {
    this.#file = openTables(path, TABLES)
  }

  close(): void {
    this.#file.close()
  }

  insert(job: DownloadJob): void {
    this.#file
      .prepare('INSERT INTO downloads VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        job.downloadId,
        job.documentId,
        job.accountId,
        JSON.stringify(job.search),
        job.state,
        job.createdAtUs,
        JSON.stringify(job.scope),
      )
  }

  setState(downloadId: string, state: DownloadState): void {
    this.#file.prepare('UPDATE downloads SET state = ? WHERE downloadId = ?').run(state, downloadId)
  }

  find(downloadId: string): DownloadJob | undefined {
    const row = this.#file.prepare('SELECT * FROM downloads WHERE downloadId = ?').get(downloadId)
    return row === undefined ? undefined : toJob(row)
  }

  /** What was asked for and is not made yet, oldest first. */
  pending(): DownloadJob[] {
    return this.#file
      .prepare("SELECT * FROM downloads WHERE state = 'pending' ORDER BY createdAtUs")
      .all()
      .map(toJob)
  }

  /** Forgets jobs made before a time, and the oldest beyond `keepMax`; answers which. */
  deleteOld(beforeUs: number, keepMax: number): string[] {
    return this.#file
      .prepare(
        `DELETE FROM downloads WHERE createdAtUs < ? OR downloadId IN (
           SELECT downloadId FROM downloads ORDER BY createdAtUs DESC LIMIT -1 OFFSET ?)
         RETURNING downloadId`,
      )
      .all(beforeUs, keepMax)
      .map((row) => String(row.downloadId))
  }
}

function toJob(row: Record<string, unknown>): DownloadJob {
  return {
    downloadId: String(row.downloadId),
    documentId: String(row.documentId),
    accountId: String(row.accountId),
    search: JSON.parse(String(row.search)) as TraceSearch,
    state: row.state as DownloadState,
    createdAtUs: Number(row.createdAtUs),
    scope: JSON.parse(String(row.scope)) as string[],
  }
}
