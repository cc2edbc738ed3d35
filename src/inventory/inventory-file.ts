// Entries that were put by the API, as rows of one SQLite file. It keeps and finds; what an entry
// may hold is decided by entries.ts before.
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { EntryKind, WrittenEntry } from './entries.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
`

export class InventoryFile {
  readonly #database: DatabaseSync

  /** Opens `<folder>/inventory.sqlite`, making it where it is missing. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    const path = join(folder, 'inventory.sqlite')
    // It may hold passwords of phones: readable by its owner alone, as its journal files then are.
    closeSync(openSync(path, 'a', 0o600))
    this.#database = new DatabaseSync(path, { timeout: 5_000 })
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    this.#database.exec(SCHEMA)
  }

  close(): void {
    this.#database.close()
  }

  put(kind: EntryKind, id: string, entry: WrittenEntry): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)')
      .run(kind, id, JSON.stringify(entry))
  }

  /** False where there was none. */
  delete(kind: EntryKind, id: string): boolean {
    const statement = this.#database.prepare('DELETE FROM entries WHERE kind = ? AND id = ?')
    return statement.run(kind, id).changes === 1
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM entries').get()?.['n'] ?? 0)
  }

  entries<Entry extends WrittenEntry>(kind: EntryKind): { id: string; entry: Entry }[] {
    return this.#database
      .prepare('SELECT id, body FROM entries WHERE kind = ? ORDER BY id')
      .all(kind)
      .map((row) => ({
        id: String(row['id']),
        entry: JSON.parse(String(row['body'])) as Entry,
      }))
  }
}
