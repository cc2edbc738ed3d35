// Rules of visibility in, one SQL condition on `legs` out. Texts are looked up in the day's
// dictionaries first; what a rule means there is remembered and carried on as they grow, because
// the same few rules stand in every search of an account.
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

/** Meanings remembered for one day; the one asked for longest ago goes first. */
const MEANINGS_MAX = 64

/** The texts of one dictionary that a term means, as far as it has been looked through. */
interface Meaning {
  readonly ids: number[]
  lastId: number
  /** `ids` as SQL takes them. */
  json: string
}

export class RuleTerms {
  readonly #database: DatabaseSync
  readonly #meanings = new Map<string, Meaning>()

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

  #term(term: LegTerm): Condition {
    switch (term.field) {
      case 'from':
      case 'to':
      case 'user':
        return this.#usersTerm(term)
      case 'address': {
        const ids = this.#addressIds(term)
        return sql<SqlBool>`(src_id IN (SELECT value FROM json_each(${ids}))
          OR dst_id IN (SELECT value FROM json_each(${ids}))
          OR EXISTS (SELECT 1 FROM hops WHERE leg_id = legs.id
            AND address_id IN (SELECT value FROM json_each(${ids}))))`
      }
      case 'conversation':
        return sql<SqlBool>`conversation = ${term.value}`
      case 'header':
        return sql<SqlBool>`call_hash IN (SELECT call_hash FROM joins
          WHERE key_hash = ${joinKeyHash(term)} AND value = ${term.value}
          AND lower(header) = ${term.header.toLowerCase()})`
    }
  }

  #usersTerm(term: UserTerm): Condition {
    const ids = this.#userIds(term)
    const of = (column: 'from_id' | 'to_id') =>
      sql<SqlBool>`${sql.ref(column)} IN (SELECT value FROM json_each(${ids}))`
    if (term.field === 'user') return joined([of('from_id'), of('to_id')], 'or')
    return of(term.field === 'from' ? 'from_id' : 'to_id')
  }

  #userIds(term: UserTerm): string {
    const { field: _, ...meant } = term
    return this.#idsOf('users', JSON.stringify(meant), (text) => isUserMeant(term, text))
  }

  #addressIds(term: AddressTerm): string {
    return this.#idsOf('addresses', term.networks.join(' '), (text) => isAddressMeant(term, text))
  }

  /** Ids of the texts that are meant. Dictionaries only grow, so the new end is looked at alone. */
  #idsOf(table: 'users' | 'addresses', key: string, isMeant: (text: string) => boolean): string {
    const name = `${table} ${key}`
    const meaning = this.#meanings.get(name) ?? { ids: [], lastId: 0, json: '[]' }
    const added = this.#database
      .prepare(`SELECT id, text FROM ${table} WHERE id > ? ORDER BY id`)
      .all(meaning.lastId)
    const meant = added.filter((row) => isMeant(String(row['text'])))
    for (const row of meant) meaning.ids.push(Number(row['id']))
    meaning.lastId = Number(added.at(-1)?.['id'] ?? meaning.lastId)
    if (meant.length > 0) meaning.json = JSON.stringify(meaning.ids)
    this.#meanings.delete(name)
    const [oldest] = this.#meanings.keys()
    if (this.#meanings.size >= MEANINGS_MAX && oldest !== undefined) this.#meanings.delete(oldest)
    this.#meanings.set(name, meaning)
    return meaning.json
  }
}

/** Conditions as one. None at all: true for `and`, false for `or`. */
function joined(conditions: readonly Condition[], word: 'and' | 'or'): Condition {
  if (conditions.length === 0) return word === 'and' ? sql<SqlBool>`1` : sql<SqlBool>`0`
  const separator = word === 'and' ? sql` AND ` : sql` OR `
  return sql<SqlBool>`(${sql.join([...conditions], separator)})`
}
