// Rules of visibility in, the streams out that belong to legs which obey one of them. Where few
// legs do, their streams are found by index; else streams are looked at in their order, many at
// once, without reading more of them than whose they are. A leg lies in the day in which it began:
// that of its stream, or one beside it.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Day, dayAfter, dayBefore } from '../../base/day.ts'
import type { FoundStream } from '../contract.ts'
import type { LegRule } from '../leg-rule.ts'
import type { StreamFilter } from '../stream-filter.ts'
import type { LegSearch } from './leg-search.ts'
import type { StreamTable, TablePage } from './stream-table.ts'

/** Streams looked at between two turns of the event loop: a few milliseconds. */
const LOOKED_AT_ONCE = 1_000

/** The days of an index, as far as they exist. A reader's may be closed between two questions. */
export interface AskedDays {
  table(day: Day): StreamTable | undefined
  search(day: Day): LegSearch | undefined
}

/** Finds streams by one list of rules, for one question: it remembers what it was told. */
export class ObeyingStreams {
  readonly #days: AskedDays
  readonly #rules: readonly LegRule[]
  /** Call-ID hashes of a day's legs that obey, where they are few. */
  readonly #few = new Map<Day, readonly number[] | undefined>()

  constructor(days: AskedDays, rules: readonly LegRule[]) {
    this.#days = days
    this.#rules = rules
  }

  /** Streams of one day. Others have their turn meanwhile. */
  async find(day: Day, filter: StreamFilter, page: TablePage): Promise<FoundStream[]> {
    const few = this.#fewAround(day)
    const ids: number[] = []
    let { afterId } = page
    for (;;) {
      await nextTurn()
      const look = { order: page.order, limit: LOOKED_AT_ONCE, afterId }
      const looked = this.#days.table(day)?.calls(filter, look, few) ?? []
      const obeying = this.#obeying(day, new Set(looked.map(({ callHash }) => callHash)))
      ids.push(...looked.filter(({ callHash }) => obeying.has(callHash)).map(({ id }) => id))
      afterId = looked.at(-1)?.id
      if (ids.length >= page.limit || looked.length < LOOKED_AT_ONCE) break
    }
    const table = this.#days.table(day)
    return ids.slice(0, page.limit).flatMap((id) => table?.byId(id) ?? [])
  }

  /** The legs that a stream of this day may belong to; undefined where they are many. */
  #fewAround(day: Day): number[] | undefined {
    const hashes: number[] = []
    for (const each of around(day)) {
      if (!this.#few.has(each)) {
        const search = this.#days.search(each)
        this.#few.set(each, search === undefined ? [] : search.fewObeying(this.#rules))
      }
      const few = this.#few.get(each)
      if (few === undefined) return undefined
      hashes.push(...few)
    }
    return hashes
  }

  /** Of these Call-ID hashes those whose leg obeys: the first that is found, as a stream has it. */
  #obeying(day: Day, callHashes: ReadonlySet<number>): Set<number> {
    const obeying = new Set<number>()
    let unknown = [...callHashes]
    for (const each of around(day)) {
      if (unknown.length === 0) break
      const known = this.#days.search(each)?.obeying(unknown, this.#rules) ?? new Map()
      for (const [hash, obeys] of known) if (obeys) obeying.add(hash)
      unknown = unknown.filter((hash) => !known.has(hash))
    }
    return obeying
  }
}

/** Where the leg of a stream is looked for: in this order, as `LegIndex.legAt` does. */
function around(day: Day): Day[] {
  return [day, dayBefore(day), dayAfter(day)]
}
