// The index in SQLite files, one for each day in `<folder>/2026-11-21.sqlite`, and a small
// catalogue that says how far the index has come. One process writes; any number may read.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'
import { type Day, dayAfter, dayBefore, dayOf } from '../../base/day.ts'
import { isFailure } from '../../base/failure.ts'
import { hashText53 } from '../../base/hash.ts'
import { parseKey } from '../../calls/keys.ts'
import type { CallNote } from '../../calls/call-note.ts'
import type { PackedLeg } from '../../calls/leg-record-codec.ts'
import { FACT_HASH, FACT_PATH, FACT_T_US } from '../../calls/leg-record.ts'
import { decodeTrail } from '../../calls/leg-trail-codec.ts'
import type { PackedStream } from '../../calls/stream-record-codec.ts'
import type { StreamRecord } from '../../calls/stream-record.ts'
import type {
  BlockRow,
  FoundLeg,
  FoundStream,
  IndexCounters,
  JoinEvidence,
  LegIndex,
  LegPage,
  LegSpan,
  PlacedNote,
  Progress,
  PutResult,
  StoredListener,
} from '../contract.ts'
import { REF_SCALE } from '../frame-ref.ts'
import type { LegFilter } from '../leg-filter.ts'
import type { LegTally } from '../leg-tally.ts'
import { addCall, StoredCalls } from '../stored-calls.ts'
import type { StreamFilter } from '../stream-filter.ts'
import { CallJoiner } from './call-joiner.ts'
import { removeDatabase } from './connect.ts'
import { DayCounters } from './day-counters.ts'
import { bytesOnDisk, daysIn, daysInOrder } from './day-files.ts'
import { DayIndex, openDatabase } from './day-index.ts'
import { mergePacked, type StoredLeg } from './leg-writer.ts'
import type { AskedDays } from './obeying-streams.ts'
import { LazyDay, loadSearch, type OpenDay } from './open-day.ts'
import { catalogueSchema } from './schema.ts'
import { SqliteStreams } from './sqlite-streams.ts'

const catalogueTables = { schema: catalogueSchema, upgrades: {} }

/** A day with those beside it, as far as they exist. */
interface DaysAround {
  readonly day: Day
  readonly before: OpenDay | undefined
  readonly after: OpenDay | undefined
  /** The three, the day itself first. */
  readonly existing: readonly OpenDay[]
}

/** What the index held of a leg before more of it was put. */
interface PartsBefore {
  legs: number
  messages: number
  /** The call that it was in, null where it was the first of one. */
  callKey: string | null
}

const HASH_MAX = 2 ** 53
/** Days that a reader holds open. */
const OPEN_DAYS_MAX = 64
/** Days in which nothing is put that a writer holds open, each with pages of up to 6 MB. */
const IDLE_DAYS_MAX = 16
const FIRST_BLOCK = 1

export class SqliteIndex implements LegIndex {
  readonly #folder: string
  readonly #isReadOnly: boolean
  readonly #open = new Map<Day, OpenDay>()
  readonly #absent = new Set<Day>()
  /** The day that was asked for last: nearly always the next one asked for. */
  #recent: OpenDay | undefined
  /** Good until a day is opened, made or closed. */
  #recentAround: DaysAround | undefined
  /** Days of blocks that were looked for far from their legs. */
  readonly #dayOfBlock = new Map<number, Day>()
  readonly #joiner: CallJoiner
  readonly #streams: SqliteStreams
  readonly #counters: DayCounters
  readonly #onStored: StoredListener | undefined
  /** Legs of kind call put since the last commit. */
  #callsPut = new Map<Day, number[]>()
  #catalogue: DatabaseSync | undefined

  /** `folder` is made for a writer; a reader of a folder that is not there finds nothing. */
  constructor(folder: string, mode: 'read' | 'write', onStored?: StoredListener) {
    this.#folder = folder
    this.#onStored = onStored
    this.#isReadOnly = mode === 'read'
    if (!this.#isReadOnly) mkdirSync(folder, { recursive: true })
    this.#joiner = new CallJoiner({
      open: (day) => this.#existing(day),
      around: (day) => this.#around(day).existing,
    })
    this.#counters = new DayCounters({
      path: (day) => this.#path(day),
      open: (day) => this.#existing(day),
      isReadOnly: this.#isReadOnly,
    })
    const days: AskedDays = {
      table: (day) => this.#existing(day)?.streams,
      search: (day) => this.#existing(day)?.search,
    }
    this.#streams = new SqliteStreams(days, (day) => this.#openOrMake(day).streams)
  }

  async commit(progress: Progress, isLast = true): Promise<void> {
    this.#closeIdle()
    for (const day of this.#open.values()) day.commit(isLast)
    const catalogue = this.#openCatalogue()
    if (catalogue === undefined) return
    const put = catalogue.prepare('INSERT OR REPLACE INTO progress VALUES (?, ?)')
    catalogue.exec('BEGIN IMMEDIATE')
    put.run('nextBlock', progress.nextBlock)
    put.run('indexedBefore', progress.indexedBefore)
    catalogue.exec('COMMIT')
    if (this.#callsPut.size === 0) return
    const stored = new StoredCalls(this.#callsPut)
    this.#callsPut = new Map()
    this.#onStored?.(stored)
  }

  async progress(): Promise<Progress> {
    const rows = this.#openCatalogue()?.prepare('SELECT name, value FROM progress').all() ?? []
    const values = new Map(rows.map((row) => [row['name'], Number(row['value'])]))
    return {
      nextBlock: values.get('nextBlock') ?? FIRST_BLOCK,
      indexedBefore: values.get('indexedBefore') ?? FIRST_BLOCK,
    }
  }

  async putBlock(row: BlockRow): Promise<void> {
    this.#openOrMake(row.day).index.putBlock(row)
  }

  async block(block: number, hint: Day): Promise<BlockRow | undefined> {
    // A leg's messages lie in the blocks of its day and of the days after; the rest is for the
    // captures whose times jump.
    for (const day of [hint, dayAfter(hint), dayBefore(hint)]) {
      const row = this.#existing(day)?.index.block(block)
      if (row !== undefined) return row
    }
    const day = this.#dayOfBlock.get(block) ?? this.#searchDays(block)
    return day === undefined ? undefined : this.#existing(day)?.index.block(block)
  }

  async blocks(day: Day): Promise<readonly BlockRow[]> {
    this.#closeIdle()
    return this.#existing(day)?.index.blocks() ?? []
  }

  async blocksByDigest(day: Day, digest: string): Promise<readonly BlockRow[]> {
    return this.#existing(day)?.index.blocksByDigest(digest) ?? []
  }

  async putLegs(legs: Iterable<PackedLeg>, tally?: LegTally): Promise<PutResult> {
    let legsAdded = 0
    let messagesAdded = 0
    for (const leg of legs) {
      const { stored, before } = this.#put(leg)
      this.#joiner.join(stored, before.callKey)
      const messages = stored.leg.summary.messages - before.messages
      legsAdded += 1 - before.legs
      messagesAdded += messages
      const isCall = stored.leg.summary.kind === 'call'
      tally?.add(stored.day, stored.callHash, isCall)
      if (isCall && this.#onStored !== undefined)
        addCall(this.#callsPut, stored.day, stored.callHash)
    }
    return { legsAdded, messagesAdded }
  }

  async findLegs(filter: LegFilter, page: LegPage): Promise<readonly FoundLeg[]> {
    await loadSearch()
    const found: FoundLeg[] = []
    for (const day of daysInOrder(this.#daysThere(), filter, page)) {
      await nextTurn()
      if (page.isWanted?.() === false) break
      const search = this.#existing(day)?.search
      if (search === undefined) continue
      const after = page.after?.day === day ? page.after.id : undefined
      found.push(...search.find(filter, page.limit - found.length, page.order, after))
      if (found.length >= page.limit) break
    }
    return found
  }

  async legByKey(legKey: string): Promise<FoundLeg | undefined> {
    const parts = parseKey(legKey)
    await loadSearch()
    return parts === undefined ? undefined : this.#existing(parts.day)?.search.byHash(parts.hash)
  }

  async legsOfCall(callKey: string): Promise<readonly FoundLeg[]> {
    const parts = parseKey(callKey)
    if (parts === undefined) return []
    await loadSearch()
    const head = this.#existing(parts.day)?.search.byHash(parts.hash)
    const legs = head === undefined ? [] : [head]
    // The first leg names the call, and the others lie in its day and in those right after.
    for (let day = parts.day; ; day = dayAfter(day)) {
      const found = this.#existing(day)?.search.byCallKey(callKey) ?? []
      legs.push(...found)
      if (found.length === 0 && day > parts.day) break
    }
    return legs.sort((a, b) => a.summary.startUs - b.summary.startUs)
  }

  async countCalls(tally: LegTally): Promise<number> {
    // A call is counted by its first leg; the others carry its name.
    let named = 0
    for (const day of tally.days()) {
      const open = this.#existing(day)
      open?.settle()
      for (const hash of open?.index.namedLegs() ?? []) {
        if (tally.isCallLeg(day, hash)) named++
      }
    }
    return tally.callLegs - named
  }

  async putStreams(streams: readonly PackedStream[]): Promise<readonly string[]> {
    const put = streams.map((stream) => this.#streams.put(stream))
    if (this.#onStored !== undefined) {
      for (const { bound } of put) if (bound !== null) await this.#noteCallOf(bound)
    }
    return put.map(({ streamKey }) => streamKey)
  }

  /** There is more to be heard of the call now. */
  async #noteCallOf({ callId, startUs }: StreamRecord): Promise<void> {
    const leg = await this.legAt(callId ?? '', startUs)
    const parts = leg?.summary.kind === 'call' ? parseKey(leg.legKey) : undefined
    if (parts !== undefined) addCall(this.#callsPut, parts.day, parts.hash)
  }

  async findStreams(filter: StreamFilter, page: LegPage): Promise<readonly FoundStream[]> {
    if (filter.anyOf !== undefined) await loadSearch()
    return this.#streams.find(filter, daysInOrder(this.#daysThere(), filter, page), page)
  }

  streamByKey(streamKey: string): Promise<FoundStream | undefined> {
    return this.#streams.byKey(streamKey)
  }

  async putNotes(notes: readonly PlacedNote[]): Promise<void> {
    for (const { note, filedUnder } of notes) {
      this.#openOrMake(filedUnder ?? dayOf(note.tUs)).notes.put(note)
    }
  }

  async notesOf(correlationId: string, days: readonly Day[]): Promise<readonly CallNote[]> {
    const found = days.flatMap((day) => this.#existing(day)?.notes.of(correlationId) ?? [])
    return found.sort((a, b) => a.tUs - b.tUs)
  }

  streamsOfLeg(leg: LegSpan): Promise<readonly FoundStream[]> {
    return this.#streams.ofLeg(leg)
  }

  async legAt(callId: string, tUs: number): Promise<FoundLeg | undefined> {
    await loadSearch()
    const hash = hashText53(callId)
    const day = dayOf(tUs)
    // A leg lies in the day in which it began, and few began longer ago than the day before.
    for (const where of [day, dayBefore(day), dayAfter(day)]) {
      const leg = this.#existing(where)?.search.byHash(hash)
      if (leg?.callId === callId) return leg
    }
    return undefined
  }

  async joinEvidence(legKeys: readonly string[]): Promise<readonly JoinEvidence[]> {
    await loadSearch()
    return legKeys.flatMap((legKey) => {
      const parts = parseKey(legKey)
      if (parts === undefined) return []
      const rows = this.#existing(parts.day)?.search.joinsOf(parts.hash) ?? []
      return rows.map((row) => ({ legKey, ...row }))
    })
  }

  async days(): Promise<readonly Day[]> {
    return this.#daysThere()
  }

  async length(day: Day): Promise<number> {
    return bytesOnDisk(this.#path(day))
  }

  async counters(): Promise<IndexCounters> {
    await loadSearch()
    return this.#counters.of(this.#daysThere())
  }

  async drop(day: Day): Promise<void> {
    this.#close(day)
    removeDatabase(this.#path(day))
  }

  async clear(progress: Progress): Promise<void> {
    await this.close()
    // Damaged, it could not be written. Where there is none, all blocks are to be read as well.
    removeDatabase(this.#path('catalogue'))
    await this.commit(progress)
    for (const day of daysIn(this.#folder)) await this.drop(day)
  }

  async close(): Promise<void> {
    this.#closeDays()
    this.#catalogue?.close()
    this.#catalogue = undefined
  }

  // ── putting ──────────────────────────────────────────────────────────────────────────────────

  /** Adds or merges one leg; tells what was there before, for the counters. */
  #put(leg: PackedLeg): { stored: StoredLeg; before: PartsBefore } {
    let merged = leg
    const before: PartsBefore = { legs: 0, messages: 0, callKey: null }
    let callHash = leg.callId === null ? anonymousHash(leg) : hashText53(leg.callId)
    // Each turn either stores the leg or takes one part of it out of the index and merges that in;
    // there are at most three parts: the day's own and those of the days beside it.
    for (;;) {
      const part = this.#partElsewhere(merged, callHash)
      if (part === undefined) {
        const day = this.#openOrMake(fileDay(merged))
        day.index.begin()
        const stored = day.writer.add(merged, callHash)
        if (stored !== undefined) {
          day.index.countLeg(stored.leg.summary.messages)
          return { stored, before }
        }
      }
      const known = part ?? this.#openOrMake(fileDay(merged)).writer.find(callHash)
      if (known === undefined || known.leg.callId !== leg.callId) {
        callHash = (callHash + 1) % HASH_MAX
        continue
      }
      this.#take(known)
      before.legs++
      before.messages += known.leg.summary.messages
      before.callKey ??= known.callKey
      merged = mergePacked(known.leg, merged)
    }
  }

  /** Takes a stored part of a leg out of its day. */
  #take(known: StoredLeg): void {
    const { index, writer } = this.#openOrMake(known.day)
    index.begin()
    writer.remove(known)
    index.uncountLeg(known.leg.summary.messages)
  }

  /** The part of a call that lies on the other side of midnight, where a day before or after is. */
  #partElsewhere(leg: PackedLeg, callHash: number): StoredLeg | undefined {
    if (leg.callId === null || leg.filedUnder !== null) return undefined
    const { kind, isOpened, startUs } = leg.summary
    // Only what opened a leg tells its kind; of what goes on after midnight the other part may.
    if (kind !== 'call' && isOpened) return undefined
    const day = dayOf(startUs)
    // A leg joined in the middle may have begun the day before; one that began may go on after.
    const { before, after } = this.#around(day)
    const part = (isOpened ? after : before)?.writer.find(callHash)
    if (part === undefined || part.leg.callId !== leg.callId) return undefined
    if (part.leg.summary.isOpened === isOpened) return undefined
    return kind === 'call' || part.leg.summary.kind === 'call' ? part : undefined
  }

  /** Looks through all days for a block, and remembers what it met: others will be asked for. */
  #searchDays(block: number): Day | undefined {
    this.#dayOfBlock.clear()
    for (const day of daysIn(this.#folder)) {
      const numbers = this.#existing(day)?.index.blockNumbers() ?? []
      for (const number of numbers) this.#dayOfBlock.set(number, day)
      this.#closeIdle()
    }
    return this.#dayOfBlock.get(block)
  }

  // ── days ─────────────────────────────────────────────────────────────────────────────────────

  #path(name: string): string {
    return join(this.#folder, `${name}.sqlite`)
  }

  #around(day: Day): DaysAround {
    if (this.#recentAround?.day === day) return this.#recentAround
    const before = this.#existing(dayBefore(day))
    const after = this.#existing(dayAfter(day))
    const existing = [this.#existing(day), before, after].filter((each) => each !== undefined)
    const around = { day, before, after, existing }
    // A reader's days are made by somebody else.
    if (!this.#isReadOnly) this.#recentAround = around
    return around
  }

  #existing(day: Day): OpenDay | undefined {
    if (this.#isReadOnly) this.#letGo(day)
    if (this.#recent?.index.day === day) return this.#recent
    const open = this.#open.get(day)
    if (open !== undefined) return open
    if (this.#absent.has(day)) return undefined
    if (existsSync(this.#path(day))) return unlessBlank(() => this.#openOrMake(day))
    // The only writer knows that nobody else makes the day meanwhile.
    if (!this.#isReadOnly) this.#absent.add(day)
    return undefined
  }

  /**
   * Closes a day that its writer dropped, and perhaps made anew: until then its old file takes
   * room, and tells of calls that are gone.
   */
  #letGo(day: Day): void {
    if (this.#open.get(day)?.index.isThere() === false) this.#close(day)
  }

  /** The days that are there; a reader lets go of those that it has open and that are not. */
  #daysThere(): Day[] {
    if (this.#isReadOnly) for (const day of this.#open.keys()) this.#letGo(day)
    return daysIn(this.#folder)
  }

  #openOrMake(day: Day): OpenDay {
    if (this.#recent?.index.day === day) return this.#recent
    const known = this.#open.get(day)
    if (known !== undefined) {
      this.#recent = known
      return known
    }
    this.#recentAround = undefined
    this.#absent.delete(day)
    // A writer's days may hold what is not committed: see #closeIdle.
    if (this.#isReadOnly && this.#open.size >= OPEN_DAYS_MAX) this.#closeDays()
    const index = new DayIndex(this.#path(day), day, this.#isReadOnly)
    const open = new LazyDay(index)
    this.#open.set(day, open)
    return open
  }

  #close(day: Day): void {
    this.#open.get(day)?.index.close()
    this.#open.delete(day)
    this.#recent = this.#recentAround = undefined
  }

  /**
   * Closes a writer's days in which nothing is put, where it has many of them open: each takes
   * three files. Only where nobody has one at hand: before a commit, between days that are asked.
   */
  #closeIdle(): void {
    if (this.#isReadOnly || this.#open.size <= IDLE_DAYS_MAX) return
    const idle = [...this.#open.values()].filter(({ index }) => !index.isInTransaction)
    if (idle.length > IDLE_DAYS_MAX) for (const { index } of idle) this.#close(index.day)
  }

  #closeDays(): void {
    for (const { index } of this.#open.values()) index.close()
    this.#open.clear()
    this.#recent = this.#recentAround = undefined
  }

  #openCatalogue(): DatabaseSync | undefined {
    if (this.#catalogue !== undefined) return this.#catalogue
    const path = this.#path('catalogue')
    if (this.#isReadOnly && !existsSync(path)) return undefined
    this.#catalogue = unlessBlank(() => openDatabase(path, catalogueTables, this.#isReadOnly))
    return this.#catalogue
  }
}

/** What was opened; undefined for a reader that came before the writer had made the tables. */
function unlessBlank<Opened>(open: () => Opened): Opened | undefined {
  try {
    return open()
  } catch (error) {
    if (isFailure(error, 'not-found')) return undefined
    throw error
  }
}

/** The day whose file holds a leg. */
function fileDay(leg: PackedLeg): Day {
  return leg.filedUnder ?? dayOf(leg.summary.startUs)
}

/** A message without a Call-ID is told apart by its time, bytes and ends alone. */
function anonymousHash(leg: PackedLeg): number {
  const { facts, paths } = decodeTrail(leg.trail, REF_SCALE)
  const path = paths[facts[FACT_PATH] ?? 0]
  return hashText53(`${facts[FACT_T_US]} ${facts[FACT_HASH]} ${JSON.stringify(path)}`)
}
