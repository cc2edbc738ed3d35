// Entries that were put by the API, as rows of one SQLite file. It keeps and finds; what an entry
// may hold is decided by entries.ts before.
import { join } from 'node:path'
import { openTables, type TablesFile } from '../store/sqlite/tables-file.ts'
import type { EntryKind, WrittenEntry } from './entries.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
`

export class InventoryFile {
  readonly #file: TablesFile

  /** Opens `<folder>/inventory.sqlite`, making it where it is missing. */
  constructor(folder: string) {
    const path = join(folder, 'inventory.sqlite')
    this.#file = openTables(path, { version: 1, schema: SCHEMA })
  }

  close(): void {
    this.#file.close()
  }

  put(kind: EntryKind, id: string, entry: WrittenEntry): void {
    this.#file
      .prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)')
      .run(kind, id, JSON.stringify(entry))
  }

  /** False where there was none. */
  delete(kind: EntryKind, id: string): boolean {
    const statement = this.#file.prepare('DELETE FROM entries WHERE kind = ? AND id = ?')
    return statement.run(kind, id).changes === 1
  }

  count(): number {
    return Number(this.#file.prepare('SELECT count(*) AS n FROM entries').get()?.['n'] ?? 0)
  }

  entries<Entry extends WrittenEntry>(kind: EntryKind): { id: string; entry: Entry }[] {
    return this.#file
      .prepare('SELECT id, body FROM entries WHERE kind = ? ORDER BY id')
      .all(kind)
      .map((row) => ({
        id: String(row['id']),
        entry: JSON.parse(String(row['body'])) as Entry,
      }))
  }
}
