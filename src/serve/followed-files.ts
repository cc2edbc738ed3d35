// Which files of a followed folder were taken, as rows of one SQLite file: so that a server that
// starts again goes on where it was. A file is known by name, size and time of change, and by a
// digest once it was renamed, as rotation does. Reads no folder itself.
import { join } from 'node:path'
import { openTables, type TablesFile } from '../store/sqlite/tables-file.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS files (
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    changedMs REAL NOT NULL,
    digest TEXT NOT NULL,
    -- Why it could not be read; empty where it could.
    fault TEXT NOT NULL,
    PRIMARY KEY (folder, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS files_by_digest ON files (folder, digest);
`

/** A file as it lies in the folder. */
export interface FileFacts {
  readonly name: string
  readonly size: number
  readonly changedMs: number
}

export class FollowedFiles {
  readonly #file: TablesFile
  readonly #folder: string

  /** Opens `<dataFolder>/followed.sqlite`. `folder` tells the files of several folders apart. */
  constructor(dataFolder: string, folder: string) {
    this.#folder = folder
    const path = join(dataFolder, 'followed.sqlite')
    this.#file = openTables(path, { version: 1, schema: SCHEMA })
  }

  close(): void {
    this.#file.close()
  }

  /** True where this file was taken, and has not changed since. */
  isKnown({ name, size, changedMs }: FileFacts): boolean {
    const sql = 'SELECT 1 FROM files WHERE folder = ? AND name = ? AND size = ? AND changedMs = ?'
    return this.#file.prepare(sql).get(this.#folder, name, size, changedMs) !== undefined
  }

  /** True where a file of these bytes was taken under another name. */
  isKnownDigest(digest: string): boolean {
    const sql = 'SELECT 1 FROM files WHERE folder = ? AND digest = ?'
    return this.#file.prepare(sql).get(this.#folder, digest) !== undefined
  }

  put({ name, size, changedMs }: FileFacts, digest: string, fault: string): void {
    this.#file
      .prepare('INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)')
      .run(this.#folder, name, size, changedMs, digest, fault)
  }

  /** Forgets files that are gone from the folder: a ring of captures overwrites its own. */
  keepOnly(names: ReadonlySet<string>): void {
    const rows = this.#file.prepare('SELECT name FROM files WHERE folder = ?').all(this.#folder)
    const forget = this.#file.prepare('DELETE FROM files WHERE folder = ? AND name = ?')
    for (const { name } of rows) {
      if (!names.has(String(name))) forget.run(this.#folder, String(name))
    }
  }
}
