// The streams of one day: records in, rows out, and back by key, by Call-ID, or by what a filter
// says. A row has a column for what is searched; everything else is in its body.
import type { StatementSync } from 'node:sqlite'
import { ByteReader } from '../../base/byte-reader.ts'
import { ByteWriter } from '../../base/byte-writer.ts'
import { DAY_US, type Day, dayStartUs } from '../../base/day.ts'
import { hashText53 } from '../../base/hash.ts'
import { formatKey } from '../../calls/keys.ts'
import { codecOf, mosOf } from '../../calls/stream-figures.ts'
import { type PackedStream, packStream, unpackStream } from '../../calls/stream-record-codec.ts'
import type { StreamRecord } from '../../calls/stream-record.ts'
import type { FoundStream } from '../contract.ts'
import type { StreamFilter } from '../stream-filter.ts'
import type { DayIndex } from './day-index.ts'
import type { Dictionary } from './dictionary.ts'
import { LEG_ID_SCALE } from './schema.ts'

const MOS_SCALE = 100

/** A page of one day: beyond `afterId` where it is given. */
export interface TablePage {
  readonly limit: number
  readonly order: 'newest' | 'oldest'
  readonly afterId: number | undefined
}

/** What became of a stream that was put. */
export interface PutStream {
  readonly streamKey: string
  /** The stream, where it was known and its call was not. */
  readonly bound: StreamRecord | null
}

/** A stream's row, and the hash of its Call-ID. */
export interface StreamCall {
  readonly id: number
  readonly callHash: number
}

export class StreamTable {
  readonly #index: DayIndex
  readonly #day: Day
  readonly #startUs: number
  /** False for a reader of a day that an older version wrote. */
  readonly #isThere: boolean
  #writing: Writing | undefined

  constructor(index: DayIndex) {
    this.#index = index
    this.#day = index.day
    this.#startUs = dayStartUs(index.day)
    this.#isThere = index.hasTable('streams')
  }

  /** Adds a stream, or puts it in the place of what was known of it where it tells more. */
  put(stream: PackedStream): PutStream {
    const { record } = stream
    this.#index.begin()
    this.#writing ??= new Writing(this.#index)
    const hash = streamHash(record)
    let bound: StreamRecord | null = null
    for (const row of this.#writing.find.all(endsHash(record))) {
      const known = readBody(row['body'])
      if (!isSameStream(record, known)) continue
      if (!tellsMore(record, known)) {
        return { streamKey: this.#keyOf(Number(row['stream_hash'])), bound }
      }
      if (known.callId !== record.callId) bound = record
      this.#writing.drop.run(Number(row['id']))
      this.#index.count('streams', -1)
    }
    // Two streams of one hash cannot both be named: the first one is.
    if (this.#writing.has.get(hash) !== undefined) return { streamKey: this.#keyOf(hash), bound }
    this.#insert(this.#writing, stream, hash)
    this.#index.count('streams', 1)
    return { streamKey: this.#keyOf(hash), bound }
  }

  byHash(hash: number): FoundStream | undefined {
    if (!this.#isThere) return undefined
    const row = this.#index.database
      .prepare('SELECT id, stream_hash, body FROM streams WHERE stream_hash = ?')
      .get(hash)
    return row === undefined ? undefined : this.#read(row)
  }

  /** Streams of a Call-ID, oldest first. */
  byCallId(callId: string): FoundStream[] {
    if (!this.#isThere) return []
    return this.#index.database
      .prepare('SELECT id, stream_hash, body FROM streams WHERE call_hash = ? ORDER BY id')
      .all(hashText53(callId))
      .map((row) => this.#read(row))
      .filter(({ record }) => record.callId === callId)
  }

  /** Streams that match, in the order of the page. The rules are somebody else's to apply. */
  find(filter: StreamFilter, page: TablePage): FoundStream[] {
    const terms = this.#termsOf(filter)
    return this.#select('stream_hash, body', terms, page).map((row) => this.#read(row))
  }

  /**
   * The same, of those that are bound, with no more than what tells their legs; only of some
   * Call-IDs where `callHashes` are given.
   */
  calls(filter: StreamFilter, page: TablePage, callHashes?: readonly number[]): StreamCall[] {
    const terms = this.#termsOf(filter)
    terms.add('call_hash IS NOT NULL')
    if (callHashes !== undefined) {
      terms.add('call_hash IN (SELECT value FROM json_each(?))', JSON.stringify(callHashes))
    }
    return this.#select('call_hash', terms, page).map((row) => ({
      id: Number(row['id']),
      callHash: Number(row['call_hash']),
    }))
  }

  byId(id: number): FoundStream | undefined {
    const row = this.#index.database
      .prepare('SELECT id, stream_hash, body FROM streams WHERE id = ?')
      .get(id)
    return row === undefined ? undefined : this.#read(row)
  }

  #select(
    columns: string,
    terms: Terms,
    { limit, order, afterId }: TablePage,
  ): Record<string, unknown>[] {
    if (!this.#isThere) return []
    if (afterId !== undefined) terms.add(order === 'newest' ? 'id < ?' : 'id > ?', afterId)
    const direction = order === 'newest' ? 'DESC' : 'ASC'
    return this.#index.database
      .prepare(`SELECT id, ${columns} FROM streams ${terms.where} ORDER BY id ${direction} LIMIT ?`)
      .all(...terms.values, limit)
  }

  #termsOf(filter: StreamFilter): Terms {
    const terms = new Terms()
    const { startUs, endUs, callId, ssrc, codec, mosBelow, isBound, address } = filter
    if (startUs !== undefined) terms.add('id >= ?', this.#idAt(startUs))
    if (endUs !== undefined) terms.add('id < ?', this.#idAt(endUs))
    if (callId !== undefined) terms.add('call_hash = ?', hashText53(callId))
    if (ssrc !== undefined) terms.add('ssrc = ?', ssrc)
    if (codec !== undefined) terms.add('codec = ?', codec.toLowerCase())
    if (mosBelow !== undefined) terms.add('mos < ?', Math.round(mosBelow * MOS_SCALE))
    if (isBound === false) this.#index.makeUnboundIndex()
    if (isBound !== undefined) terms.add(`call_hash IS ${isBound ? 'NOT ' : ''}NULL`)
    if (address !== undefined) {
      const id = '(SELECT id FROM addresses WHERE text = ?)'
      terms.add(`(src_id = ${id} OR dst_id = ${id})`, address, address)
    }
    return terms
  }

  #insert(writing: Writing, { record, body }: PackedStream, hash: number): void {
    const sinceUs = Math.min(Math.max(0, record.startUs - this.#startUs), DAY_US - 1)
    const mos = mosOf(record)
    const columns = [
      hash,
      endsHash(record),
      record.callId === null ? null : hashText53(record.callId),
      writing.addresses.id(record.src),
      writing.addresses.id(record.dst),
      record.ssrc,
      codecOf(record)?.toLowerCase() ?? null,
      mos === null ? null : Math.round(mos * MOS_SCALE),
      record.packets,
      body ?? writeBody(record),
    ]
    // Others may have begun in this very microsecond: the next place that is free is near enough.
    for (let id = sinceUs * LEG_ID_SCALE + (hash % LEG_ID_SCALE); ; id++) {
      if (writing.add.run(id, ...columns).changes > 0) return
    }
  }

  #read(row: Record<string, unknown>): FoundStream {
    return {
      streamKey: this.#keyOf(Number(row['stream_hash'])),
      position: { day: this.#day, id: Number(row['id']) },
      record: readBody(row['body']),
    }
  }

  #keyOf(hash: number): string {
    return formatKey({ day: this.#day, hash })
  }

  #idAt(tUs: number): number {
    return Math.min(Math.max(0, tUs - this.#startUs), DAY_US) * LEG_ID_SCALE
  }
}

/** The terms of one question, all of which must hold, and the values in them. */
class Terms {
  readonly #terms: string[] = []
  readonly values: (number | string)[] = []

  add(term: string, ...values: (number | string)[]): void {
    this.#terms.push(term)
    this.values.push(...values)
  }

  get where(): string {
    return this.#terms.length === 0 ? '' : `WHERE ${this.#terms.join(' AND ')}`
  }
}

/** What only a writer needs. */
class Writing {
  readonly addresses: Dictionary
  readonly find: StatementSync
  readonly has: StatementSync
  readonly add: StatementSync
  readonly drop: StatementSync

  constructor({ database, addresses }: DayIndex) {
    this.addresses = addresses
    this.find = database.prepare('SELECT id, stream_hash, body FROM streams WHERE ends_hash = ?')
    this.has = database.prepare('SELECT 1 FROM streams WHERE stream_hash = ?')
    this.add = database.prepare(
      'INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    )
    this.drop = database.prepare('DELETE FROM streams WHERE id = ?')
  }
}

/** The key of a stream: its ends and SSRC, and where it was first seen. */
function streamHash(record: StreamRecord): number {
  return hashText53(`${endsText(record)} ${record.firstRef}`)
}

function endsHash(record: StreamRecord): number {
  return hashText53(endsText(record))
}

function endsText({ src, srcPort, dst, dstPort, ssrc }: StreamRecord): string {
  return `${src} ${srcPort} ${dst} ${dstPort} ${ssrc}`
}

/**
 * Two records are of one stream when the same packets are in them: their places in the store
 * overlap, and in a block that both name; or they begin or end in the same microsecond, for a
 * capture that shares packets with another one has them in blocks of its own. The same SSRC seen
 * elsewhere, or an hour later, is another. Of one that others tell of, no packet is in the store.
 */
function isSameStream(a: StreamRecord, b: StreamRecord): boolean {
  const isBetweenSame =
    a.src === b.src && a.srcPort === b.srcPort && a.dst === b.dst && a.dstPort === b.dstPort
  if (!isBetweenSame || a.ssrc !== b.ssrc) return false
  if (a.firstRef === 0 || b.firstRef === 0) return a.firstRef === b.firstRef
  if (a.startUs === b.startUs || a.endUs === b.endUs) return true
  if (a.lastRef < b.firstRef || b.lastRef < a.firstRef) return false
  const blocks = new Set(a.blocks)
  return b.blocks.some((block) => blocks.has(block))
}

/**
 * Of two records of one stream one is a part of the other: the longer one is kept, but for one that
 * knows of no call. What was said of its media makes parts of a stream, where it changes a codec.
 */
function tellsMore(record: StreamRecord, known: StreamRecord): boolean {
  if ((record.callId === null) !== (known.callId === null)) return known.callId === null
  if (record.packets !== known.packets) return record.packets > known.packets
  const reportsOf = ({ reports }: StreamRecord): number =>
    reports.reduce((sum, report) => sum + report.reports, 0)
  if (reportsOf(record) !== reportsOf(known)) return reportsOf(record) > reportsOf(known)
  // Ended is more than open: the last judgement was passed.
  if (record.judged !== known.judged) return record.judged > known.judged
  // What was said since the last packet may make its absence a fault.
  return (record.talk?.untilUs ?? 0) > (known.talk?.untilUs ?? 0)
}

function writeBody(record: StreamRecord): Buffer {
  const writer = new ByteWriter(1024)
  packStream(writer, record)
  return writer.take()
}

function readBody(body: unknown): StreamRecord {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(0)
  return unpackStream(new ByteReader(bytes)).record
}
