// Days in, what they hold together out. A day is opened for it once, and again when it was written:
// whoever watches the metrics asks every few seconds, of years perhaps.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Day } from '../../base/day.ts'
import type { IndexCounters } from '../contract.ts'
import { restAt } from './day-files.ts'
import type { OpenDay } from './open-day.ts'

const nothingCounted: IndexCounters = {
  days: 0,
  legs: 0,
  messages: 0,
  streams: 0,
  blocks: 0,
  rawBytes: 0,
  indexBytes: 0,
  firstUs: null,
  lastUs: null,
}

/** What a day held, and how its file was then. */
interface CountedDay {
  readonly rest: string | undefined
  readonly counters: Omit<IndexCounters, 'days'>
}

interface Days {
  readonly path: (day: Day) => string
  readonly open: (day: Day) => OpenDay | undefined
  /** False where days hold what is not in their files yet. */
  readonly isReadOnly: boolean
}

export class DayCounters {
  readonly #days: Days
  #counted: ReadonlyMap<Day, CountedDay> = new Map()

  constructor(days: Days) {
    this.#days = days
  }

  /** Days come in their order. */
  async of(days: readonly Day[]): Promise<IndexCounters> {
    const counted = new Map<Day, CountedDay>()
    let totals = nothingCounted
    for (const day of days) {
      await nextTurn()
      const known = this.#count(day)
      if (known === undefined) continue
      counted.set(day, known)
      totals = withDay(totals, known)
    }
    this.#counted = counted
    return totals
  }

  #count(day: Day): CountedDay | undefined {
    // Asked before the day is read: what is written in between is read the next time.
    const rest = this.#days.isReadOnly ? restAt(this.#days.path(day)) : undefined
    const known = this.#counted.get(day)
    if (rest !== undefined && known?.rest === rest) return known
    const open = this.#days.open(day)
    return open === undefined ? undefined : { rest, counters: countersOf(open) }
  }
}

function countersOf({ index, search }: OpenDay): CountedDay['counters'] {
  const span = search.span()
  return {
    legs: index.counter('legs'),
    messages: index.counter('messages'),
    streams: index.counter('streams'),
    blocks: search.blockCount(),
    rawBytes: index.counter('rawBytes'),
    indexBytes: index.bytesOnDisk(),
    firstUs: span?.firstUs ?? null,
    lastUs: span?.lastUs ?? null,
  }
}

function withDay(totals: IndexCounters, { counters }: CountedDay): IndexCounters {
  return {
    days: totals.days + 1,
    legs: totals.legs + counters.legs,
    messages: totals.messages + counters.messages,
    streams: totals.streams + counters.streams,
    blocks: totals.blocks + counters.blocks,
    rawBytes: totals.rawBytes + counters.rawBytes,
    indexBytes: totals.indexBytes + counters.indexBytes,
    firstUs: totals.firstUs ?? counters.firstUs,
    lastUs: counters.lastUs ?? totals.lastUs,
  }
}
