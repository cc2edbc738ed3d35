// A path in, a connection to the SQLite file there out. What SQLite says when it gives none becomes
// a failure that names the file.
import { existsSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { Failure, type FailureKind, isFailure } from '../../base/failure.ts'
import { isDiskFull } from '../disk-full.ts'

/** Result codes: https://www.sqlite.org/rescode.html. The low byte of one is its kind. */
const PERM = 3
const BUSY = 5
const READONLY = 8
const CANTOPEN = 14

/**
 * Connects to a file. Beside one with a write-ahead log SQLite wants to write even for a reader; a
 * reader who may not (a folder of somebody else, a disk that is mounted to be read) or who finds no
 * room (a full disk) reads the file as it stands, where no log tells of more.
 * @throws Failure `forbidden`, `full`, `busy` or `internal`, with the path
 */
export function connect(path: string, options: DatabaseSyncOptions): DatabaseSync {
  try {
    return opened(path, options)
  } catch (error) {
    const failure = failureOf(error, path)
    const isRefused = failure.kind === 'forbidden' || failure.kind === 'full'
    if (options.readOnly !== true || !isRefused) throw failure
    if (hasLog(path)) {
      if (failure.kind === 'full') throw failure
      throw new Failure(
        'forbidden',
        `${path}: what was written last stands in its -wal file, for whoever may write its folder`,
      )
    }
  }
  try {
    const url = pathToFileURL(path)
    url.searchParams.set('immutable', '1')
    return opened(url, options)
  } catch (error) {
    throw failureOf(error, path)
  }
}

/** Removes a file that nobody has open, with those that SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
}

/** SQLite opens a file when it is first asked. */
function opened(path: string | URL, options: DatabaseSyncOptions): DatabaseSync {
  const database = new DatabaseSync(path, options)
  try {
    database.prepare('PRAGMA user_version').get()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function hasLog(path: string): boolean {
  const log = `${path}-wal`
  return existsSync(log) && statSync(log).size > 0
}

/** What SQLite says of a file, with its path; a failure stays as it is. */
export function failureOf(error: unknown, path: string): Failure {
  if (isFailure(error)) return error
  const said = error instanceof Error ? error.message : String(error)
  // SQLite may call it a disk I/O error.
  const reason = isDiskFull(error) ? 'no space left on its disk' : said
  // A bug of ours is told with its stack; what SQLite says of a file needs none.
  const cause = codeOf(error) === 0 ? { cause: error } : {}
  return new Failure(kindOf(error), `${path}: ${reason}`, cause)
}

function kindOf(error: unknown): FailureKind {
  if (isForbidden(error)) return 'forbidden'
  if (isDiskFull(error)) return 'full'
  return kindOfCode(codeOf(error)) === BUSY ? 'busy' : 'internal'
}

function isForbidden(error: unknown): boolean {
  return [PERM, READONLY, CANTOPEN].includes(kindOfCode(codeOf(error)))
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
}

function kindOfCode(code: number): number {
  return code & 0xff
}
