// One day's index in one SQLite file: legs, streams and what finds them. The writer of legs stands
// in leg-writer.ts, streams in stream-table.ts, the questions in leg-search.ts; this file opens,
// commits and closes.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Day } from '../../base/day.ts'
import { Failure } from '../../base/failure.ts'
import type { BlockRow } from '../contract.ts'
import { connect, failureOf } from './connect.ts'
import { Dictionary } from './dictionary.ts'
import { bytesOnDisk, fileAt } from './day-files.ts'
import {
  daySchema,
  dayUpgrades,
  goingOnIndex,
  legIndexes,
  SCHEMA_VERSION,
  unboundIndex,
} from './schema.ts'

/** How long a reader waits for the writer, and the other way round. */
const BUSY_MS = 5_000
/** Pages that a writer keeps in memory, KB: as a rule, and of a day that a bulk goes into. */
const CACHE_KB = 6_144
const BULK_CACHE_KB = 40_960
/** Legs of one transaction beyond which a fresh day is indexed though more are coming. */
const UNINDEXED_LEGS_MAX = 200_000
/** Fewer than these in two transactions in a row are no bulk: a bulk may begin with few. */
const BULK_LEGS_MIN = 2_000

/** The tables of a file: all of them, and what each version added to the one before. */
export interface Tables {
  readonly schema: string
  readonly upgrades: Readonly<Record<number, string>>
}

/**
 * Opens one of our SQLite files, with its tables; creates it, or brings it up to date, for a
 * writer. @throws Failure `conflict` for one that a newer Earshot wrote, `not-found` for a reader
 * of one that its writer has not filled with tables yet, and those of `connect`
 */
export function openDatabase(path: string, tables: Tables, isReadOnly: boolean): DatabaseSync {
  if (!isReadOnly) mkdirSync(dirname(path), { recursive: true })
  const database = connect(path, { readOnly: isReadOnly, timeout: BUSY_MS })
  try {
    if (!isReadOnly) tune(database)
    bringTables(database, path, tables, isReadOnly)
    return database
  } catch (error) {
    database.close()
    throw failureOf(error, path)
  }
}

function tune(database: DatabaseSync): void {
  database.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  // Copying the log back every 1,000 pages would write everything twice while an import runs.
  database.exec('PRAGMA wal_autocheckpoint = 8000')
  database.exec(`PRAGMA cache_size = -${CACHE_KB}`)
}

function bringTables(
  database: DatabaseSync,
  path: string,
  tables: Tables,
  isReadOnly: boolean,
): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (version > SCHEMA_VERSION) {
    throw new Failure(
      'conflict',
      `${path}: index version ${version}, this Earshot knows ${SCHEMA_VERSION}; ` +
        'earshot reindex makes it anew',
    )
  }
  if (version === 0 && isReadOnly) throw new Failure('not-found', `${path}: no tables yet`)
  if (version < SCHEMA_VERSION && !isReadOnly) {
    const missing = version === 0 ? tables.schema : upgradesAfter(version, tables)
    database.exec(`BEGIN; ${missing}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
  }
}

function upgradesAfter(version: number, { upgrades }: Tables): string {
  const later = Object.entries(upgrades).filter(([added]) => Number(added) > version)
  return later.map(([, schema]) => schema).join(';')
}

/** One day's database with its transaction. */
export class DayIndex {
  readonly day: Day
  readonly database: DatabaseSync
  readonly #path: string
  readonly #file: string | undefined
  readonly #isReadOnly: boolean
  #isInTransaction = false
  #isIndexed = false
  /** The transaction before brought so few legs that another such one says: this is no bulk. */
  #wasSmall = false
  readonly #counted = new Map<string, number>()
  #cacheKb = CACHE_KB
  #legsCounted = 0
  #messagesCounted = 0
  #addresses: Dictionary | undefined
  #addBlock: StatementSync | undefined
  #findBlock: StatementSync | undefined
  #findByDigest: StatementSync | undefined

  constructor(path: string, day: Day, isReadOnly: boolean) {
    this.#path = path
    this.day = day
    this.#isReadOnly = isReadOnly
    // Before it is opened: of a file that comes in between a reader learns when it asks again.
    this.#file = fileAt(path)
    // A day that was begun before may have lost its process before it was indexed.
    const wasThere = this.#file !== undefined
    this.database = openDatabase(path, { schema: daySchema, upgrades: dayUpgrades }, isReadOnly)
    if (wasThere && !isReadOnly) this.makeIndexes()
  }

  /** Legs and streams number their ends by the same dictionary, which must know all it gave. */
  get addresses(): Dictionary {
    this.#addresses ??= new Dictionary(this.database, 'addresses')
    return this.#addresses
  }

  /** Whether something was put since the last commit. */
  get isInTransaction(): boolean {
    return this.#isInTransaction
  }

  /** Begins the transaction that the next commit ends. */
  begin(): void {
    if (this.#isInTransaction) return
    this.database.exec('BEGIN IMMEDIATE')
    this.#isInTransaction = true
  }

  /**
   * Ends the transaction. In a fresh day the indexes are made with the first commit after which
   * nothing more is waiting, or once two in a row brought so few legs that this is no bulk, or one
   * so many that the day is large; until then searches go through its rows. True where little came
   * and nothing more is waiting: the day takes in only what happens.
   */
  commit(isLast: boolean): boolean {
    if (!this.#isInTransaction) {
      this.#keepPages(CACHE_KB)
      return false
    }
    const legs = this.#legsCounted
    const isSmall = legs < BULK_LEGS_MIN
    if (isLast || (isSmall && this.#wasSmall) || legs > UNINDEXED_LEGS_MAX) this.makeIndexes()
    this.#wasSmall = isSmall
    this.#writeCounters()
    this.database.exec('COMMIT')
    this.#isInTransaction = false
    const isCalm = isLast && isSmall
    if (isCalm) this.#keepPages(CACHE_KB)
    return isCalm
  }

  #keepPages(kilobytes: number): void {
    if (this.#cacheKb === kilobytes) return
    this.database.exec(`PRAGMA cache_size = -${kilobytes}`)
    this.#cacheKb = kilobytes
  }

  /**
   * What was put since the last commit is forgotten: a put that failed may have left half of it,
   * and the blocks tell it again.
   */
  close(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK')
    this.database.close()
  }

  /** Adds to one of the day's counters; written with the next commit. */
  count(name: string, by: number): void {
    this.#counted.set(name, (this.#counted.get(name) ?? 0) + by)
  }

  /** Counts a leg that was added, with its messages. */
  countLeg(messages: number): void {
    this.#legsCounted++
    this.#messagesCounted += messages
    if (this.#legsCounted === BULK_LEGS_MIN) this.#keepPages(BULK_CACHE_KB)
  }

  /** Takes a leg that was counted back. */
  uncountLeg(messages: number): void {
    this.#legsCounted--
    this.#messagesCounted -= messages
  }

  /** False for a reader of a day that an older version wrote, before there was this table. */
  hasTable(name: string): boolean {
    return (
      this.database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name) !== undefined
    )
  }

  counter(name: string): number {
    const row = this.database.prepare('SELECT value FROM counters WHERE name = ?').get(name)
    return Number(row?.['value'] ?? 0)
  }

  /** Makes what finds legs; a day that is indexed stays so. */
  makeIndexes(): void {
    if (this.#isIndexed) return
    this.database.exec(legIndexes)
    this.#isIndexed = true
  }

  /** Makes what finds the calls that go on, where this may write. */
  makeGoingOnIndex(): void {
    if (!this.#isReadOnly) this.database.exec(goingOnIndex)
  }

  /** The same for streams without a call. */
  makeUnboundIndex(): void {
    if (!this.#isReadOnly) this.database.exec(unboundIndex)
  }

  #writeCounters(): void {
    const add = this.database.prepare(
      'INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
    )
    this.count('legs', this.#legsCounted)
    this.count('messages', this.#messagesCounted)
    this.#legsCounted = this.#messagesCounted = 0
    for (const [name, by] of this.#counted) if (by !== 0) add.run(name, by)
    this.#counted.clear()
  }

  putBlock(row: BlockRow): void {
    this.begin()
    const before = this.block(row.block)?.rawLength ?? 0
    this.#addBlock ??= this.database.prepare(
      'INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#addBlock.run(
      row.block,
      row.line,
      row.offset,
      row.length,
      row.rawLength,
      row.frames,
      row.firstUs,
      row.lastUs,
      row.digest,
    )
    this.count('rawBytes', row.rawLength - before)
  }

  block(block: number): BlockRow | undefined {
    this.#findBlock ??= this.database.prepare('SELECT * FROM blocks WHERE block = ?')
    const row = this.#findBlock.get(block)
    return row === undefined ? undefined : readBlockRow(this.day, row)
  }

  blockNumbers(): number[] {
    const rows = this.database.prepare('SELECT block FROM blocks').all()
    return rows.map((row) => Number(row['block']))
  }

  blocks(): BlockRow[] {
    const rows = this.database.prepare('SELECT * FROM blocks ORDER BY block').all()
    return rows.map((row) => readBlockRow(this.day, row))
  }

  blocksByDigest(digest: string): BlockRow[] {
    this.#findByDigest ??= this.database.prepare('SELECT * FROM blocks WHERE digest = ?')
    const rows = this.#findByDigest.all(digest)
    return rows.map((row) => readBlockRow(this.day, row))
  }

  /** Call-ID hashes of the legs that are not the first of their call. */
  namedLegs(): number[] {
    return this.database
      .prepare('SELECT call_hash FROM legs WHERE call_key IS NOT NULL')
      .all()
      .map((row) => Number(row['call_hash']))
  }

  /** What SQLite says, with the path of the file. */
  failureOf(error: unknown): Failure {
    return failureOf(error, this.#path)
  }

  /** For a reader: whether the file that it has open is still the day's. */
  isThere(): boolean {
    return fileAt(this.#path) === this.#file
  }

  /** Bytes on disk, the write-ahead log included. */
  bytesOnDisk(): number {
    return bytesOnDisk(this.#path)
  }
}

function readBlockRow(day: Day, row: Record<string, unknown>): BlockRow {
  return {
    block: Number(row['block']),
    line: Number(row['line']),
    day,
    offset: Number(row['offset']),
    length: Number(row['length']),
    rawLength: Number(row['raw_length']),
    frames: Number(row['frames']),
    firstUs: Number(row['first_us']),
    lastUs: Number(row['last_us']),
    digest: String(row['digest']),
  }
}
