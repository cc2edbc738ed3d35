// Questions in, rows of one day out. Every term of a filter is answered by an index: users through
// their dictionary and its three-letter pieces, addresses through theirs, time through the id.
import {
  type CompiledQuery,
  DummyDriver,
  type Expression,
  type ExpressionBuilder,
  Kysely,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import { DAY_US, dayStartUs } from '../../base/day.ts'
import { Failure } from '../../base/failure.ts'
import { hashText53 } from '../../base/hash.ts'
import { callOfConversation, parseKey } from '../../calls/keys.ts'
import type { Side } from '../../calls/leg.ts'
import { numberOfKind, numberOfState } from '../../calls/leg-record-codec.ts'
import type { FoundLeg } from '../contract.ts'
import { type LegFilter, statusRange } from '../leg-filter.ts'
import type { LegRule } from '../leg-rule.ts'
import { matchesUser, parseUserPattern, type UserPattern } from '../user-pattern.ts'
import type { DayIndex } from './day-index.ts'
import { asLegRow, idAt, legColumns, legJoins, readLegRow, startOfId } from './leg-row.ts'
import { NumberedTexts } from './dictionary.ts'
import { FEW_LEGS_MAX, RuleTerms } from './rule-terms.ts'
import { type DayTables, goingOn, numberOfSide } from './schema.ts'

/** Builds queries; node:sqlite runs them. */
const builder = new Kysely<DayTables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

type Builder = ExpressionBuilder<DayTables, 'legs'>
type Term = Expression<SqlBool>

/** A second Call-ID of one hash has the next one: see SqliteIndex. */
const HASH_STEPS_MAX = 3
/** Users that one pattern may mean before it is refused as saying nothing. */
const USERS_PER_PATTERN_MAX = 200_000
/** Of so many users of a day one or more are many: a leg that is walked past costs less. */
const MANY_USERS_SHARE = 16

export class LegSearch {
  readonly #index: DayIndex
  readonly #texts: NumberedTexts
  readonly #rules: RuleTerms

  constructor(index: DayIndex) {
    this.#index = index
    this.#texts = new NumberedTexts(index.database)
    this.#rules = new RuleTerms(index.database)
  }

  /**
   * Legs that match, in order of start, beyond `afterId` where it is given.
   * @throws Failure naming the day's file where a page of it is damaged
   */
  find(
    filter: LegFilter,
    limit: number,
    order: 'newest' | 'oldest',
    afterId: number | undefined,
  ): FoundLeg[] {
    try {
      return this.#find(filter, limit, order, afterId)
    } catch (error) {
      throw this.#index.failureOf(error)
    }
  }

  #find(
    filter: LegFilter,
    limit: number,
    order: 'newest' | 'oldest',
    afterId: number | undefined,
  ): FoundLeg[] {
    const { callId } = filter
    const spare = callId === undefined ? 0 : HASH_STEPS_MAX
    const ids = this.#findIds(filter, limit + spare, order, afterId)
    if (ids.length === 0) return []
    const direction = order === 'newest' ? 'DESC' : 'ASC'
    const rows = this.#index.database
      .prepare(
        `SELECT ${legColumns} FROM legs ${legJoins}
         WHERE legs.id IN (SELECT value FROM json_each(?)) ORDER BY legs.id ${direction}`,
      )
      .all(JSON.stringify(ids))
    const found = rows.map((row) => this.#read(row))
    if (callId === undefined) return found
    // Another Call-ID may have the same hash: the rows tell.
    return found.filter((leg) => leg.callId === callId).slice(0, limit)
  }

  byHash(callHash: number): FoundLeg | undefined {
    const row = this.#index.database
      .prepare(`SELECT ${legColumns} FROM legs ${legJoins} WHERE call_hash = ?`)
      .get(callHash)
    return row === undefined ? undefined : this.#read(row)
  }

  /** The legs that name this call as theirs: all of it but its first. */
  byCallKey(callKey: string): FoundLeg[] {
    return this.#index.database
      .prepare(`SELECT ${legColumns} FROM legs ${legJoins} WHERE call_key = ?`)
      .all(callKey)
      .map((row) => this.#read(row))
  }

  joinsOf(callHash: number): { header: string; value: string }[] {
    return this.#index.database
      .prepare('SELECT header, value FROM joins WHERE call_hash = ? ORDER BY header, value')
      .all(callHash)
      .map((row) => ({ header: String(row['header']), value: String(row['value']) }))
  }

  /** Call-ID hashes of the legs that obey one of the rules; undefined where there are many. */
  fewObeying(rules: readonly LegRule[]): number[] | undefined {
    if (!this.#rules.areByIndex(rules)) return undefined
    const query = builder
      .selectFrom('legs')
      .select('call_hash')
      .where(this.#rules.condition(rules))
      .limit(FEW_LEGS_MAX + 1)
    const hashes = this.#rows(query.compile()).map((row) => Number(row['call_hash']))
    return hashes.length > FEW_LEGS_MAX ? undefined : hashes
  }

  /** Those of these Call-ID hashes that have a leg here, and whether it obeys one of the rules. */
  obeying(callHashes: readonly number[], rules: readonly LegRule[]): Map<number, boolean> {
    const given = sql<number>`(SELECT value FROM json_each(${JSON.stringify(callHashes)}))`
    const query = builder
      .selectFrom('legs')
      .select(['call_hash', sql<number>`${this.#rules.condition(rules)} IS TRUE`.as('obeys')])
      .where('call_hash', 'in', given)
    const rows = this.#rows(query.compile())
    return new Map(rows.map((row) => [Number(row['call_hash']), Number(row['obeys']) === 1]))
  }

  #rows(query: CompiledQuery): Record<string, unknown>[] {
    return this.#index.database
      .prepare(query.sql)
      .all(...query.parameters.map((value) => (typeof value === 'number' ? value : String(value))))
  }

  #read(row: Record<string, unknown>): FoundLeg {
    return readLegRow(this.#index.day, asLegRow(row), this.#texts)
  }

  /** Start of the first and of the last leg, µs since 1970. */
  span(): { firstUs: number; lastUs: number } | undefined {
    const row = this.#index.database
      .prepare('SELECT (SELECT min(id) FROM legs) AS first, (SELECT max(id) FROM legs) AS last')
      .get()
    if (row?.['first'] === null || row === undefined) return undefined
    const { day } = this.#index
    return {
      firstUs: startOfId(day, Number(row['first'])),
      lastUs: startOfId(day, Number(row['last'])),
    }
  }

  blockCount(): number {
    return Number(
      this.#index.database.prepare('SELECT count(*) AS n FROM blocks').get()?.['n'] ?? 0,
    )
  }

  #findIds(
    filter: LegFilter,
    limit: number,
    order: 'newest' | 'oldest',
    afterId: number | undefined,
  ): number[] {
    const resolved = this.#resolve(filter)
    if (resolved === undefined || limit <= 0) return []
    const isNewest = order === 'newest'
    const query = builder
      .selectFrom('legs')
      .select('id')
      .where((legs) => legs.and(resolved.flatMap((term) => term(legs))))
      .$if(afterId !== undefined, (q) => q.where('id', isNewest ? '<' : '>', afterId ?? 0))
      .orderBy('id', isNewest ? 'desc' : 'asc')
      .limit(limit)
    return this.#rows(query.compile()).map((row) => Number(row['id']))
  }

  /** The filter's terms as conditions; undefined when one of them can match nothing in this day. */
  #resolve(filter: LegFilter): ((legs: Builder) => Term[])[] | undefined {
    const terms: ((legs: Builder) => Term[])[] = [...this.#plainTerms(filter)]
    const users: [pattern: string | undefined, sides: Side[]][] = [
      [filter.from, ['caller']],
      [filter.to, ['callee']],
      [filter.user, ['caller', 'callee']],
    ]
    const withIdentities = filter.withIdentities && this.#index.hasTable('identities')
    for (const [pattern, sides] of users) {
      if (pattern === undefined) continue
      const ids = this.#userIds(pattern)
      if (ids.length === 0) return undefined
      const isByIndex = !this.#areMany(ids)
      const given = JSON.stringify(ids)
      const either = sides.map((side) => isIn(side, given, isByIndex))
      if (withIdentities) either.push(hasIdentity(sides, given, isByIndex))
      terms.push((legs) => [legs.or(either)])
    }
    if (filter.address !== undefined) {
      const id = this.#addressId(filter.address)
      if (id === undefined) return undefined
      terms.push((legs) => [
        legs.or([
          legs('src_id', '=', id),
          legs('dst_id', '=', id),
          legs(
            'id',
            'in',
            builder.selectFrom('hops').select('leg_id').where('address_id', '=', id),
          ),
        ]),
      ])
    }
    if (filter.anyOf !== undefined) terms.push(this.#ruleTerm(filter.anyOf))
    return terms
  }

  #ruleTerm(rules: readonly LegRule[]): (legs: Builder) => Term[] {
    const condition = this.#rules.condition(rules)
    return () => [condition]
  }

  *#plainTerms(filter: LegFilter): Generator<(legs: Builder) => Term[]> {
    const { day } = this.#index
    const { startUs, endUs, callId, callKey, conversationId, status, state, kind, goesOn } = filter
    // Bounds before or after the day would be ids of other days.
    if (startUs !== undefined && startUs > dayStartUs(day)) {
      yield (legs) => [legs('id', '>=', idAt(day, startUs))]
    }
    if (endUs !== undefined && endUs < dayStartUs(day) + DAY_US) {
      yield (legs) => [legs('id', '<', idAt(day, endUs))]
    }
    if (callId !== undefined) {
      const hash = hashText53(callId)
      // A second Call-ID of the same hash has the next one; see LegWriter.
      yield (legs) => [legs.between('call_hash', hash, hash + HASH_STEPS_MAX)]
    }
    if (callKey !== undefined) yield (legs) => [ofCall(legs, day, callKey)]
    if (conversationId !== undefined) {
      const derived = callOfConversation(conversationId)
      yield (legs) => [
        derived === undefined
          ? legs('conversation', '=', conversationId)
          : ofCall(legs, day, derived),
      ]
    }
    if (status !== undefined) {
      const { from, to } = statusRange(status)
      // The first term names the partial index of refusals in the words that SQLite knows it by.
      if (from >= 300) yield () => [sql<SqlBool>`status >= 300`]
      yield (legs) => [legs('status', '>=', from), legs('status', '<=', to)]
    }
    if (state !== undefined) yield (legs) => [legs('state', '=', numberOfState(state))]
    if (kind !== undefined) yield (legs) => [legs('kind', '=', numberOfKind(kind))]
    if (goesOn) {
      this.#index.makeGoingOnIndex()
      yield () => [sql<SqlBool>`${sql.raw(goingOn)}`]
    }
  }

  #addressId(address: string): number | undefined {
    const row = this.#index.database
      .prepare('SELECT id FROM addresses WHERE text = ?')
      .get(address.toLowerCase())
    return row === undefined ? undefined : Number(row['id'])
  }

  /** Ids of the users that a pattern means. */
  #userIds(text: string): number[] {
    const pattern = parseUserPattern(text)
    if (!pattern.isOpenStart && !pattern.isOpenEnd) return this.#exactIds(pattern)
    const ids = this.#candidates(pattern)
      .filter((row) => matchesUser(pattern, String(row['text'])))
      .map((row) => Number(row['id']))
    if (ids.length > USERS_PER_PATTERN_MAX) {
      // How many there are is for those to know who see all traffic.
      throw new Failure('bad-input', `user pattern ${text} means too many users: say more of it`)
    }
    return ids
  }

  /**
   * Whether legs of these users are found sooner by a walk along the time, which ends with the
   * page: by index, all of them would have to be found and put in order for it.
   */
  #areMany(userIds: readonly number[]): boolean {
    const row = this.#index.database.prepare('SELECT max(id) AS users FROM users').get()
    return userIds.length * MANY_USERS_SHARE > Number(row?.['users'] ?? 0)
  }

  /** The user that is written so, and those that are but for their escapes. */
  #exactIds({ exact }: UserPattern): number[] {
    const { database } = this.#index
    const rows = database.prepare('SELECT id FROM users WHERE text = ?').all(exact)
    if (this.#index.hasTable('escaped_users')) {
      const escaped = 'SELECT user_id AS id FROM escaped_users WHERE plain = ?'
      rows.push(...database.prepare(escaped).all(exact))
    }
    return rows.map((row) => Number(row['id']))
  }

  /** Users that have the three-letter pieces of a pattern; the pattern itself has the last word. */
  #candidates({ text, plain, isOpenStart, isOpenEnd }: UserPattern): Record<string, unknown>[] {
    const { database } = this.#index
    const pieces = [...new Set([text, plain])].map((each) => {
      return piecesOf((isOpenStart ? '' : '^') + each + (isOpenEnd ? '' : '$'))
    })
    if (pieces.includes('')) return database.prepare('SELECT id, text FROM users').all()
    return database
      .prepare(
        `SELECT users.id, users.text FROM users_search
         JOIN users ON users.id = users_search.rowid WHERE users_search MATCH ?`,
      )
      .all(pieces.map((each) => `(${each})`).join(' OR '))
  }
}

/** FTS5 refuses expressions that nest deeper than 256; so many pieces leave few users anyway. */
const PIECES_MAX = 32

/**
 * The three-letter pieces of a text, all of which must be there, as FTS5 asks for them; empty for
 * a text too short to have any.
 */
function piecesOf(text: string): string {
  const letters = Array.from(text)
  const pieces = new Set<string>()
  for (let i = 0; i + 3 <= letters.length && pieces.size < PIECES_MAX; i++) {
    const piece = letters.slice(i, i + 3).join('')
    // An expression ends at a NUL.
    if (!piece.includes('\0')) pieces.add(piece)
  }
  return Array.from(pieces, (piece) => `"${piece.replaceAll('"', '""')}"`).join(' AND ')
}

/** The sign before a column keeps SQLite from its index (https://sqlite.org/optoverview.html). */
function isIn(side: Side, jsonIds: string, isByIndex: boolean): Term {
  const sign = sql.raw(isByIndex ? '' : '+')
  const column = side === 'caller' ? 'from_id' : 'to_id'
  return sql<SqlBool>`${sign}${sql.ref(column)} IN (SELECT value FROM json_each(${jsonIds}))`
}

/** Whether an identity of one of these sides is one of these users. */
function hasIdentity(sides: readonly Side[], jsonIds: string, isByIndex: boolean): Term {
  const ofSide = sql`side IN (${sql.join(sides.map(numberOfSide))})`
  const meant = sql`(SELECT value FROM json_each(${jsonIds}))`
  return isByIndex
    ? sql<SqlBool>`id IN (SELECT leg_id FROM identities WHERE user_id IN ${meant} AND ${ofSide})`
    : sql<SqlBool>`EXISTS (SELECT 1 FROM identities
        WHERE leg_id = legs.id AND ${ofSide} AND +user_id IN ${meant})`
}

/** The first leg of a call by its own hash, the others by the name they carry. */
function ofCall(legs: Builder, day: string, callKey: string): Term {
  const parts = parseKey(callKey)
  const named = legs('call_key', '=', callKey)
  if (parts === undefined || parts.day !== day) return named
  return legs.or([named, legs('call_hash', '=', parts.hash)])
}
