// The streams of all days of a SQLite index: asks each day's table in turn. A stream lies in the
// day in which it began.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Day, dayAfter, dayOf } from '../../base/day.ts'
import { parseKey } from '../../calls/keys.ts'
import type { PackedStream } from '../../calls/stream-record-codec.ts'
import type { FoundStream, LegPage, LegSpan } from '../contract.ts'
import type { StreamFilter } from '../stream-filter.ts'
import { type AskedDays, ObeyingStreams } from './obeying-streams.ts'
import type { PutStream, StreamTable } from './stream-table.ts'

/** Days after the one of its start in which a leg's streams are looked for. */
const DAYS_OF_LEG_MAX = 31

export class SqliteStreams {
  readonly #days: AskedDays
  readonly #openOrMake: (day: Day) => StreamTable

  constructor(days: AskedDays, openOrMake: (day: Day) => StreamTable) {
    this.#days = days
    this.#openOrMake = openOrMake
  }

  put(stream: PackedStream): PutStream {
    return this.#openOrMake(stream.filedUnder ?? dayOf(stream.record.startUs)).put(stream)
  }

  /** `days` in the order of the page. */
  async find(
    filter: StreamFilter,
    days: readonly Day[],
    page: LegPage,
  ): Promise<readonly FoundStream[]> {
    const { order, after } = page
    const { anyOf } = filter
    const obeying = anyOf === undefined ? undefined : new ObeyingStreams(this.#days, anyOf)
    const found: FoundStream[] = []
    for (const day of days) {
      const afterId = after?.day === day ? after.id : undefined
      const rest = { limit: page.limit - found.length, order, afterId }
      await nextTurn()
      if (page.isWanted?.() === false) break
      const inDay = obeying?.find(day, filter, rest) ?? this.#days.table(day)?.find(filter, rest)
      found.push(...((await inDay) ?? []))
      if (found.length >= page.limit) break
    }
    return found
  }

  async byKey(streamKey: string): Promise<FoundStream | undefined> {
    const parts = parseKey(streamKey)
    return parts === undefined ? undefined : this.#days.table(parts.day)?.byHash(parts.hash)
  }

  async ofLeg(leg: LegSpan): Promise<readonly FoundStream[]> {
    return this.#tablesOf(leg)
      .flatMap((table) => table.byCallId(leg.callId))
      .sort((a, b) => a.record.startUs - b.record.startUs)
  }

  /** The days in which a leg's streams may have begun. */
  #tablesOf({ startUs, lastUs }: LegSpan): StreamTable[] {
    const tables: StreamTable[] = []
    const last = dayOf(lastUs)
    let day = dayOf(startUs)
    for (let n = 0; n <= DAYS_OF_LEG_MAX && day <= last; n++, day = dayAfter(day)) {
      const table = this.#days.table(day)
      if (table !== undefined) tables.push(table)
    }
    return tables
  }
}
