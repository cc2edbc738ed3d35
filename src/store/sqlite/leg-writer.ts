// Legs in, rows out: adds a leg to a day or merges it into the row of the same Call-ID, and keeps
// what finds it. Joining legs to calls stands in call-joiner.ts.
import type { StatementSync } from 'node:sqlite'
import { ByteWriter } from '../../base/byte-writer.ts'
import { DAY_US, type Day, dayStartUs } from '../../base/day.ts'
import { hashText53 } from '../../base/hash.ts'
import { HashFilter } from '../../base/hash-filter.ts'
import { mergeLegs } from '../../calls/leg-merge.ts'
import {
  hopsOf,
  numberOfKind,
  numberOfState,
  type PackedLeg,
} from '../../calls/leg-record-codec.ts'
import type { JoinKey } from '../../calls/leg-record.ts'
import { summarizeLeg } from '../../calls/leg-summary.ts'
import { decodeTrail, encodeTrail, identitiesOf } from '../../calls/leg-trail-codec.ts'
import { unescapeUri } from '../../sip/uri.ts'
import { REF_SCALE } from '../frame-ref.ts'
import { comparableUser } from '../user-pattern.ts'
import type { DayIndex } from './day-index.ts'
import { Dictionary, NumberedTexts } from './dictionary.ts'
import { asLegRow, type BodyTexts, legColumns, legJoins, readLegRow } from './leg-row.ts'
import { writeRowBody } from './leg-row.ts'
import { PendingRows } from './pending-rows.ts'
import { LEG_ID_SCALE, type LegColumns, type LegTable, numberOfSide } from './schema.ts'
import { SessionCalls } from './session-calls.ts'

const LEG_COLUMN_COUNT = 12
/** No row has it. */
const NO_ID = -1
/** Ids of one microsecond that are tried before the next microsecond is. */
const TIES_TRIED = 16

/** A stored leg, with what identifies its row. */
export interface StoredLeg {
  readonly day: Day
  readonly id: number
  readonly callHash: number
  readonly callKey: string | null
  readonly leg: PackedLeg
}

/** Writes the legs of one day. */
export class LegWriter {
  readonly day: Day
  readonly #index: DayIndex
  /** What the joiner needs of the legs that this process wrote. */
  readonly session: SessionCalls
  readonly #startUs: number
  readonly #users: Dictionary
  readonly #hosts: Dictionary
  readonly #agents: Dictionary
  readonly #addresses: Dictionary
  /** Rows that are still to be inserted; none but while the session is complete. */
  readonly #pending = new PendingRows()
  /** Of a row that is inserted at once. */
  readonly #body = new ByteWriter()
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #has: StatementSync
  readonly #find: StatementSync
  readonly #findById: StatementSync
  readonly #addHop: StatementSync
  readonly #dropHop: StatementSync
  readonly #addIdentity: StatementSync
  readonly #dropIdentities: StatementSync
  readonly #insertJoin: StatementSync
  readonly #dropJoins: StatementSync
  readonly #joinsOf: StatementSync
  readonly #setCallKey: StatementSync
  readonly #texts: BodyTexts
  /** Key hashes of all joins of the day: most legs are in none, which must cost nothing. */
  readonly #joinKeys = new HashFilter()

  constructor(index: DayIndex) {
    this.day = index.day
    this.#index = index
    this.#startUs = dayStartUs(index.day)
    const { database } = index
    const addSearch = database.prepare('INSERT INTO users_search (rowid, text) VALUES (?, ?)')
    const addEscaped = database.prepare('INSERT INTO escaped_users VALUES (?, ?)')
    this.#users = new Dictionary(database, 'users', (id, text) => {
      addSearch.run(id, `^${comparableUser(text)}$`)
      const plain = unescapeUri(text)
      if (plain !== text) addEscaped.run(plain, id)
    })
    this.#hosts = new Dictionary(database, 'hosts')
    this.#agents = new Dictionary(database, 'agents')
    this.#addresses = index.addresses
    this.#texts = new NumberedTexts(database)
    const marks = Array.from({ length: LEG_COLUMN_COUNT }, () => '?').join(', ')
    this.#insert = database.prepare(`INSERT OR IGNORE INTO legs VALUES (${marks})`)
    this.#delete = database.prepare('DELETE FROM legs WHERE id = ?')
    this.#has = database.prepare('SELECT 1 FROM legs WHERE call_hash = ?')
    const select = `SELECT ${legColumns} FROM legs ${legJoins}`
    this.#find = database.prepare(`${select} WHERE call_hash = ?`)
    this.#findById = database.prepare(`${select} WHERE legs.id = ?`)
    this.#addHop = database.prepare('INSERT OR IGNORE INTO hops VALUES (?, ?)')
    this.#dropHop = database.prepare('DELETE FROM hops WHERE address_id = ? AND leg_id = ?')
    this.#addIdentity = database.prepare('INSERT OR IGNORE INTO identities VALUES (?, ?, ?)')
    this.#dropIdentities = database.prepare('DELETE FROM identities WHERE leg_id = ?')
    this.#insertJoin = database.prepare('INSERT OR IGNORE INTO joins VALUES (?, ?, ?, ?)')
    this.#dropJoins = database.prepare('DELETE FROM joins WHERE call_hash = ?')
    this.#joinsOf = database.prepare('SELECT header, value FROM joins WHERE call_hash = ?')
    this.#setCallKey = database.prepare('UPDATE legs SET call_key = ? WHERE id = ?')
    const keys = database.prepare('SELECT DISTINCT key_hash FROM joins').iterate()
    for (const row of keys) this.#joinKeys.add(Number(row['key_hash']))
    this.session = new SessionCalls(database.prepare('SELECT 1 FROM legs').get() === undefined)
  }

  /**
   * Adds a leg that the day does not hold yet; undefined, and nothing done, where it holds a leg
   * of this hash already.
   */
  add(leg: PackedLeg, callHash: number): StoredLeg | undefined {
    const id = this.#insertWhereFree(leg, callHash)
    if (id === undefined) return undefined
    const isCall = leg.summary.kind === 'call'
    this.session.add(id, callHash, isCall)
    for (const hop of leg.hops) this.#addHop.run(this.#addresses.id(hop), id)
    for (const { side, user } of identitiesOf(leg.trail)) {
      this.#addIdentity.run(id, numberOfSide(side), this.#users.id(user))
    }
    for (const key of leg.joinKeys) this.#addJoin(key, callHash, isCall)
    return { day: this.day, id, callHash, callKey: null, leg }
  }

  /** Inserts the row and gives its id; undefined where the day holds this hash. */
  #insertWhereFree(leg: PackedLeg, callHash: number): number | undefined {
    if (this.session.isComplete) {
      if (this.session.idOf(callHash) !== undefined) return undefined
      if (this.session.isFull) this.#turnToDatabase()
    }
    // A leg of another day that is filed here stands at the edge that is nearer to it.
    const sinceUs = Math.min(Math.max(0, leg.summary.startUs - this.#startUs), DAY_US - 1)
    for (let us = sinceUs; ; us++) {
      for (let tie = 0; tie < TIES_TRIED; tie++) {
        const id = us * LEG_ID_SCALE + ((callHash + tie) % LEG_ID_SCALE)
        if (this.session.isComplete) {
          if (this.session.hasId(id)) continue
          this.#pend(id, leg, callHash, this.#startUs + us)
          return id
        }
        if (this.#insertNow(id, leg, callHash, this.#startUs + us)) return id
        // Either another leg began in this very microsecond and has the id, or this one is here.
        if (tie === 0 && this.#has.get(callHash) !== undefined) return undefined
      }
      // Tens of thousands began in this microsecond: the next one has room, and the body the time.
    }
  }

  /**
   * Says that a commit is done and little came with it: the day is indexed, and asking it costs
   * less than keeping in memory what it knows.
   */
  rest(): void {
    if (this.session.isComplete && this.session.isLarge) this.#turnToDatabase()
  }

  /** From here on the database tells which legs there are, for which it needs its indexes. */
  #turnToDatabase(): void {
    this.settle()
    this.#pending.shrink()
    this.session.forget()
    this.#index.makeIndexes()
  }

  /** The stored leg of a Call-ID's hash, with all that merging needs. */
  find(callHash: number): StoredLeg | undefined {
    this.settle()
    const row = this.session.isComplete
      ? this.#findById.get(this.session.idOf(callHash) ?? NO_ID)
      : this.#find.get(callHash)
    if (row === undefined) return undefined
    const legRow = asLegRow(row)
    const found = readLegRow(this.day, legRow, this.#texts)
    const joinKeys = this.#joinsOf.all(callHash).map((join) => ({
      header: String(join['header']),
      value: String(join['value']),
    }))
    const hops = hopsOf(decodeTrail(found.trail, REF_SCALE), found.summary.path)
    const leg = { ...found, joinKeys, hops, body: null }
    return { day: this.day, id: legRow.id, callHash, callKey: legRow.call_key, leg }
  }

  /** Takes a leg out again, with everything that found it. */
  remove(stored: StoredLeg): void {
    this.settle()
    for (const hop of stored.leg.hops) this.#dropHop.run(this.#addresses.id(hop), stored.id)
    if (identitiesOf(stored.leg.trail).length > 0) this.#dropIdentities.run(stored.id)
    this.#dropJoins.run(stored.callHash)
    this.#delete.run(stored.id)
    this.session.remove(stored.callHash, stored.leg.joinKeys.map(joinKeyHash))
  }

  /** False where no leg of the day names this hash as a key of its call. */
  mayBeJoinKey(hash: number): boolean {
    return this.#joinKeys.mayHave(hash)
  }

  setCallKey(id: number, callHash: number, callKey: string | null): void {
    if (!this.#pending.setCallKey(id, callKey)) this.#setCallKey.run(callKey, id)
    this.session.setCallKey(callHash, callKey)
  }

  #addJoin(key: JoinKey, callHash: number, isCall: boolean): void {
    const hash = joinKeyHash(key)
    this.#insertJoin.run(hash, callHash, key.header, key.value)
    this.#joinKeys.add(hash)
    if (isCall) this.session.addJoinKey(hash, callHash)
  }

  /** Puts into the table what is still pending: before anybody asks, and before a commit. */
  settle(): void {
    if (this.#pending.isEmpty) return
    this.#pending.drain((row) => this.#insertRow(row))
  }

  #pend(id: number, leg: PackedLeg, callHash: number, idStartUs: number): void {
    if (this.#pending.isFull) this.settle()
    const columns = this.#columnsOf(id, leg, callHash)
    this.#writeBody(this.#pending.body, leg, idStartUs)
    this.#pending.add(columns)
  }

  /** False where the day holds a row of this id or hash. */
  #insertNow(id: number, leg: PackedLeg, callHash: number, idStartUs: number): boolean {
    const columns = this.#columnsOf(id, leg, callHash)
    this.#body.clear()
    this.#writeBody(this.#body, leg, idStartUs)
    return this.#insertRow({ ...columns, body: this.#body.written() })
  }

  #writeBody(writer: ByteWriter, leg: PackedLeg, idStartUs: number): void {
    const { fromHost, toHost, userAgent } = leg.head
    const numbers = {
      fromHost: this.#hosts.id(fromHost) ?? 0,
      toHost: this.#hosts.id(toHost) ?? 0,
      agent: this.#agents.id(userAgent) ?? 0,
    }
    writeRowBody(writer, leg, numbers, idStartUs)
  }

  #columnsOf(id: number, leg: PackedLeg, callHash: number): LegColumns {
    const { head, summary } = leg
    const { path } = summary
    return {
      id,
      call_hash: callHash,
      call_key: null,
      kind: numberOfKind(summary.kind),
      state: numberOfState(summary.state),
      from_id: this.#users.id(head.from),
      to_id: this.#users.id(head.to),
      src_id: this.#addresses.id(path?.src ?? null),
      dst_id: this.#addresses.id(path?.dst ?? null),
      status: summary.status,
      conversation: leg.conversation,
    }
  }

  /** False where the day holds a row of this id or hash. */
  #insertRow(row: LegTable): boolean {
    const { changes } = this.#insert.run(
      row.id,
      row.call_hash,
      row.call_key,
      row.kind,
      row.state,
      row.from_id,
      row.to_id,
      row.src_id,
      row.dst_id,
      row.status,
      row.conversation,
      row.body,
    )
    return changes > 0
  }
}

/** The hash under which a key joins legs. A Session-ID is apart; all else may be a Call-ID. */
export function joinKeyHash(key: JoinKey): number {
  const isSessionId = key.header.toLowerCase() === 'session-id'
  return hashText53(isSessionId ? `session-id:${key.value}` : key.value)
}

/** Merges two packed legs of one Call-ID. */
export function mergePacked(a: PackedLeg, b: PackedLeg): PackedLeg {
  const unpack = (leg: PackedLeg) => ({ ...leg, trail: decodeTrail(leg.trail, REF_SCALE) })
  const merged = mergeLegs(unpack(a), unpack(b))
  const summary = summarizeLeg(merged.trail)
  return {
    ...merged,
    filedUnder: a.filedUnder ?? b.filedUnder,
    summary,
    hops: hopsOf(merged.trail, summary.path),
    trail: encodeTrail(merged.trail, REF_SCALE),
    body: null,
  }
}
