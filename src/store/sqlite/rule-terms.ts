// Rules of visibility in, one SQL condition on `legs` out. Texts are looked up in the day's
// dictionaries first; what a rule means there stands in a temporary table and is carried on as the
// dictionaries grow, because the same few rules stand in every search of an account.
import type { DatabaseSync } from 'node:sqlite'
import { type Expression, type SqlBool, sql } from 'kysely'
import {
  isAddressMeant,
  isUserMeant,
  type LegRule,
  type LegTerm,
  type UserSide,
} from '../leg-rule.ts'
import { joinKeyHash } from './leg-writer.ts'

type Condition = Expression<SqlBool>
type AddressTerm = Extract<LegTerm, { readonly field: 'address' }>
type UserTerm = Extract<LegTerm, { readonly field: UserSide }>
type Column = 'from_id' | 'to_id' | 'src_id' | 'dst_id'

/** The columns of the texts that a term is about. */
const COLUMNS = {
  from: ['from_id'],
  to: ['to_id'],
  user: ['from_id', 'to_id'],
  address: ['src_id', 'dst_id'],
} as const satisfies Record<string, readonly Column[]>

/** Meanings remembered for one day; the one asked for longest ago goes first. */
const MEANINGS_MAX = 64
/**
 * Legs of one column beyond which a term is checked leg by leg instead of by index: a page of them
 * is found sooner in the order of time than all of them are put into it.
 */
export const FEW_LEGS_MAX = 2_000

/** The texts of one dictionary that a term means, as far as it has been looked through. */
interface Meaning {
  /** Temporary table with their ids. */
  readonly table: string
  lastId: number
}

export class RuleTerms {
  readonly #database: DatabaseSync
  readonly #meanings = new Map<string, Meaning>()
  #tablesMade = 0

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** True of the legs that obey at least one of the rules. */
  condition(rules: readonly LegRule[]): Condition {
    const each = rules.map((rule) =>
      joined(
        rule.map((term) => this.#term(term)),
        'and',
      ),
    )
    return joined(each, 'or')
  }

  /** Whether an index leads to every leg that obeys one of the rules. */
  areByIndex(rules: readonly LegRule[]): boolean {
    return rules.every((rule) => rule.some((term) => this.#isByIndex(term)))
  }

  #isByIndex(term: LegTerm): boolean {
    switch (term.field) {
      case 'from':
      case 'to':
      case 'user':
        return this.#areFew(this.#users(term), COLUMNS[term.field])
      case 'address':
        return this.#areFew(this.#addresses(term), COLUMNS.address)
      case 'conversation':
      case 'header':
        return true
    }
  }

  #term(term: LegTerm): Condition {
    switch (term.field) {
      case 'from':
      case 'to':
      case 'user':
        return this.#isMeant(this.#users(term), COLUMNS[term.field])
      case 'address':
        return this.#touches(this.#addresses(term))
      case 'conversation':
        return sql<SqlBool>`conversation = ${term.value}`
      case 'header':
        return sql<SqlBool>`call_hash IN (SELECT call_hash FROM joins
          WHERE key_hash = ${joinKeyHash(term)} AND value = ${term.value}
          AND lower(header) = ${term.header.toLowerCase()})`
    }
  }

  #isMeant(table: string, columns: readonly Column[]): Condition {
    const isByIndex = this.#areFew(table, columns)
    // The plus keeps the column's index out of it.
    const plus = isByIndex ? '' : '+'
    const each = columns.map((column) =>
      sql.raw<SqlBool>(`${plus}${column} IN (SELECT id FROM ${table})`),
    )
    return joined(each, 'or')
  }

  #touches(table: string): Condition {
    const isByIndex = this.#areFew(table, COLUMNS.address)
    const ends = this.#isMeant(table, COLUMNS.address)
    const from = sql.raw(`hops WHERE address_id IN (SELECT id FROM ${table})`)
    const hops = isByIndex
      ? sql<SqlBool>`id IN (SELECT leg_id FROM ${from})`
      : sql<SqlBool>`EXISTS (SELECT 1 FROM ${from} AND leg_id = legs.id)`
    return joined([ends, hops], 'or')
  }

  #areFew(table: string, columns: readonly Column[]): boolean {
    return columns.every((column) => {
      const legs = `SELECT 1 FROM legs WHERE ${column} IN (SELECT id FROM ${table})`
      const row = this.#database
        .prepare(`SELECT count(*) AS n FROM (${legs} LIMIT ${FEW_LEGS_MAX})`)
        .get()
      return Number(row?.['n']) < FEW_LEGS_MAX
    })
  }

  #users(term: UserTerm): string {
    const { field: _, ...meant } = term
    return this.#meaning('users', JSON.stringify(meant), (text) => isUserMeant(term, text))
  }

  #addresses(term: AddressTerm): string {
    return this.#meaning('addresses', term.networks.join(' '), (text) => isAddressMeant(term, text))
  }

  /** The table of what is meant. Dictionaries only grow, so the new end is looked at alone. */
  #meaning(
    dictionary: 'users' | 'addresses',
    key: string,
    isMeant: (text: string) => boolean,
  ): string {
    const name = `${dictionary} ${key}`
    const meaning = this.#meanings.get(name) ?? this.#newMeaning()
    const added = this.#database
      .prepare(`SELECT id, text FROM ${dictionary} WHERE id > ? ORDER BY id`)
      .all(meaning.lastId)
    const meant = added.filter((row) => isMeant(String(row['text'])))
    if (meant.length > 0) {
      const ids = JSON.stringify(meant.map((row) => Number(row['id'])))
      this.#database.prepare(`INSERT INTO ${meaning.table} SELECT value FROM json_each(?)`).run(ids)
    }
    meaning.lastId = Number(added.at(-1)?.['id'] ?? meaning.lastId)
    this.#meanings.delete(name)
    this.#meanings.set(name, meaning)
    return meaning.table
  }

  #newMeaning(): Meaning {
    const [oldest] = this.#meanings
    if (this.#meanings.size >= MEANINGS_MAX && oldest !== undefined) {
      this.#meanings.delete(oldest[0])
      this.#database.exec(`DROP TABLE ${oldest[1].table}`)
    }
    const table = `temp.meant_${this.#tablesMade++}`
    this.#database.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`)
    return { table, lastId: 0 }
  }
}

/** Conditions as one. None at all: true for `and`, false for `or`. */
function joined(conditions: readonly Condition[], word: 'and' | 'or'): Condition {
  if (conditions.length === 0) return word === 'and' ? sql<SqlBool>`1` : sql<SqlBool>`0`
  const separator = word === 'and' ? sql` AND ` : sql` OR `
  return sql<SqlBool>`(${sql.join([...conditions], separator)})`
}
