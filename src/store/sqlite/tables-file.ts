// Tables of a small SQLite file in, a connection to it out: accounts, jobs and lists of the data
// folder are kept so. A file has a version; one that a newer Earshot wrote is left alone.
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder, unlessUnwritable } from '../data-folder.ts'
import { connect, failureOf } from './connect.ts'

/** What stands in a file. */
export interface Tables {
  readonly version: number
  /** Makes what is missing: `CREATE … IF NOT EXISTS`. */
  readonly schema: string
  /** For an earlier version, what makes it the next one. */
  readonly upgrades?: Readonly<Record<number, string>>
}

/** An open file: statements are prepared once, and several changes are made together. */
export class TablesFile {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  close(): void {
    this.#database.close()
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Makes all changes of `work`, or none where it throws. */
  atomically<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      // On a full disk SQLite has rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

/** How long one process waits for another, ms. */
const BUSY_MS = 5_000

/**
 * Opens a file with its tables, making it and its folder where they are missing. Only its owner may
 * read it, and every commit is flushed: what is kept so, somebody relies on.
 * @throws Failure naming the file: `conflict` for one of a newer Earshot, and as `connect` has it
 */
export function openTables(path: string, tables: Tables): TablesFile {
  const folder = dirname(path)
  unlessUnwritable(folder, () => {
    makePrivateFolder(folder)
    // SQLite makes files by the umask; made here first, the journal files take the same mode.
    closeSync(openSync(path, 'a', 0o600))
  })
  const database = connect(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
  try {
    // What was secret is not left in the free space of the file either.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    const file = new TablesFile(database)
    file.atomically(() => makeTables(database, path, tables))
    return file
  } catch (error) {
    database.close()
    throw failureOf(error, path)
  }
}

function makeTables(
  database: DatabaseSync,
  path: string,
  { version, schema, upgrades = {} }: Tables,
): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (found > version) {
    throw new Failure('conflict', `${path}: version ${found}, this Earshot knows ${version}`)
  }
  // 0 is a file that was made a moment ago: it has no tables yet.
  for (let at = found; at > 0 && at < version; at++) database.exec(upgrades[at] ?? '')
  database.exec(`${schema}; PRAGMA user_version = ${version}`)
}
