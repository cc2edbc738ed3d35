// A dictionary table: texts that repeat, each once under a small number. Keeps the recent ones in
// memory, because almost every leg names texts that an earlier one named.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { RecentMap } from '../../base/recent-map.ts'

/** Texts remembered at once, per table: some 6 MB. The database finds any other in 3 µs. */
const CACHE_TEXTS_MAX = 65_536

/** Slots at first, and at most: many days may be open, each with four dictionaries. */
const SLOTS_MIN = 256
const SLOTS_MAX = 65_536
/** Characters that choose a slot. */
const SLOT_CHARS_MAX = 32

function hashOf(text: string): number {
  let hash = text.length
  for (let i = Math.min(hash, SLOT_CHARS_MAX) - 1; i >= 0; i--) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash ^ (hash >>> 15)
}

/** Nothing but texts, so that comparing one needs no look at what it is. */
function emptyTexts(count: number): string[] {
  return Array.from({ length: count }, () => '')
}

/** Gives texts their numbers, and adds those that are new. A table has one that adds to it. */
export class Dictionary {
  readonly #cache = new RecentMap<string, number>(CACHE_TEXTS_MAX)
  /** The last text of each slot: comparing two texts is quicker than hashing one. */
  #recentTexts = emptyTexts(SLOTS_MIN)
  /** 0 where there is none. */
  #recentIds = new Float64Array(SLOTS_MIN)
  /** The table was empty: while the cache forgets nothing, what is not there is new. */
  readonly #wasEmpty: boolean
  readonly #find: StatementSync
  readonly #add: StatementSync
  readonly #onAdd: ((id: number, text: string) => void) | undefined

  /** `table` must be one of the schema's own names. `onAdd` hears of each new text. */
  constructor(database: DatabaseSync, table: string, onAdd?: (id: number, text: string) => void) {
    this.#wasEmpty = database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined
    this.#find = database.prepare(`SELECT id FROM ${table} WHERE text = ?`)
    this.#add = database.prepare(`INSERT INTO ${table} (text) VALUES (?)`)
    this.#onAdd = onAdd
  }

  /** The number of a text, null for null. */
  id(text: string | null): number | null {
    if (text === null) return null
    const slot = hashOf(text) & (this.#recentIds.length - 1)
    const recent = this.#recentIds[slot] ?? 0
    if (recent > 0 && this.#recentTexts[slot] === text) return recent
    const id = this.#look(text)
    this.#recentTexts[slot] = text
    this.#recentIds[slot] = id
    const slots = this.#recentIds.length
    if (this.#cache.size > slots && slots < SLOTS_MAX) this.#widen(slots * 4)
    return id
  }

  /** Begins with more slots, all of them empty: the texts come back as they are asked for. */
  #widen(slots: number): void {
    this.#recentTexts = emptyTexts(slots)
    this.#recentIds = new Float64Array(slots)
  }

  #look(text: string): number {
    const cached = this.#cache.get(text)
    if (cached !== undefined) return cached
    const isNew = this.#wasEmpty && !this.#cache.hasForgotten
    const row = isNew ? undefined : this.#find.get(text)
    const id = row === undefined ? this.#insert(text) : Number(row['id'])
    this.#cache.set(text, id)
    return id
  }

  #insert(text: string): number {
    const id = Number(this.#add.run(text).lastInsertRowid)
    this.#onAdd?.(id, text)
    return id
  }
}

/** Gives the texts of a day's bodies back: the other way of two of its dictionaries. */
export class NumberedTexts {
  readonly #hosts: TextLookup
  readonly #agents: TextLookup

  constructor(database: DatabaseSync) {
    this.#hosts = new TextLookup(database, 'hosts')
    this.#agents = new TextLookup(database, 'agents')
  }

  host(id: number): string | null {
    return this.#hosts.text(id)
  }

  agent(id: number): string | null {
    return this.#agents.text(id)
  }
}

class TextLookup {
  readonly #cache = new RecentMap<number, string>(CACHE_TEXTS_MAX)
  readonly #find: StatementSync

  constructor(database: DatabaseSync, table: string) {
    this.#find = database.prepare(`SELECT text FROM ${table} WHERE id = ?`)
  }

  text(id: number): string | null {
    if (id === 0) return null
    const cached = this.#cache.get(id)
    if (cached !== undefined) return cached
    const row = this.#find.get(id)
    if (row === undefined) return null
    const text = String(row['text'])
    this.#cache.set(id, text)
    return text
  }
}
