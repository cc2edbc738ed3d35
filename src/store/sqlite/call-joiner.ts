// A stored leg in, the call it belongs to out: legs that share a key, by whatever chain, are one
// call, named after the leg that began first. Whichever leg comes last finds the others, so the
// order in which they are stored does not matter. The legs of a call lie in days side by side.
import type { StatementSync } from 'node:sqlite'
import { dayAfter, type Day } from '../../base/day.ts'
import { limits } from '../../base/limits.ts'
import { formatKey, parseKey } from '../../calls/keys.ts'
import { numberOfKind } from '../../calls/leg-record-codec.ts'
import type { DayIndex } from './day-index.ts'
import { startOfId } from './leg-row.ts'
import { joinKeyHash, type LegWriter, type StoredLeg } from './leg-writer.ts'
import type { SessionLeg } from './session-calls.ts'

/** What the joiner asks of the index: the days that exist around a leg. */
export interface JoinerDays {
  open(day: Day): OpenDay | undefined
  /** The day itself and those beside it, as far as they exist. */
  around(day: Day): Days
}

interface OpenDay {
  readonly index: DayIndex
  readonly writer: LegWriter
}

interface Member {
  readonly day: Day
  readonly id: number
  readonly callHash: number
  readonly callKey: string | null
}

const KIND_CALL = numberOfKind('call')
const MEMBER_COLUMNS = 'id, call_hash, call_key'

export class CallJoiner {
  readonly #days: JoinerDays
  readonly #prepared = new WeakMap<DayIndex, Statements>()
  #joinsRefused = 0

  constructor(days: JoinerDays) {
    this.#days = days
  }

  /** Calls that would have grown beyond `limits.legsPerCallMax`. */
  get joinsRefused(): number {
    return this.#joinsRefused
  }

  /**
   * Puts a leg into its call, and brings calls together that it turns out to connect. A leg that
   * was merged tells the call that it was in, and stays there where the call is full.
   */
  join(stored: StoredLeg, callKeyBefore: string | null): void {
    if (stored.leg.summary.kind !== 'call') return
    const days = this.#days.around(stored.day)
    if (stored.leg.joinKeys.length === 0 && !mayBeNamed(stored.callHash, days)) return
    const members = this.#membersWith(stored, days)
    if (members === undefined) {
      this.#joinsRefused++
      this.#name(stored, callKeyBefore)
    } else if (members.length > 1) this.#nameCall(members)
  }

  /** All legs of the call that this one makes or joins; undefined where they would be too many. */
  #membersWith(stored: StoredLeg, days: Days): Member[] | undefined {
    const members: Member[] = [stored]
    const neighbours = this.#neighbours(stored, days)
    if (neighbours.length >= limits.legsPerCallMax) return undefined
    for (const neighbour of neighbours) {
      // The call of a neighbour comes as a whole, other neighbours with it.
      if (includesLeg(members, neighbour)) continue
      for (const member of this.#groupOf(neighbour)) addMember(members, member)
      if (members.length > limits.legsPerCallMax) return undefined
    }
    return members
  }

  /** Legs that share a key with this one: that it names, that name it, or that name the same. */
  #neighbours(stored: StoredLeg, days: Days): Member[] {
    const found: Member[] = []
    this.#addNaming(stored.callHash, days, found)
    for (const joinKey of stored.leg.joinKeys) {
      const key = joinKeyHash(joinKey)
      if (key === stored.callHash) continue
      this.#addNaming(key, days, found)
      for (const open of days) {
        const own = this.#byHash(open, key)
        if (own !== undefined) addMember(found, own)
      }
    }
    return found.filter((member) => !isSameLeg(member, stored))
  }

  #addNaming(key: number, days: Days, found: Member[]): void {
    for (const open of days) {
      if (!open.writer.mayBeJoinKey(key)) continue
      for (const member of this.#naming(open, key)) addMember(found, member)
    }
  }

  /** All legs of the call that a leg belongs to, from the day of the first on. */
  #groupOf(member: Member): Member[] {
    const callKey = member.callKey ?? keyOf(member)
    const head = parseKey(callKey)
    const group = [member]
    if (head === undefined) return group
    for (let day = head.day; ; day = dayAfter(day)) {
      const found = this.#ofCall(day, callKey)
      const first = day === head.day ? this.#first(day, head.hash) : undefined
      group.push(...found)
      if (first !== undefined) group.push(first)
      else if (found.length === 0 && day >= member.day) return group
    }
  }

  #ofCall(day: Day, callKey: string): Member[] {
    const open = this.#days.open(day)
    if (open === undefined) return []
    const { session } = open.writer
    if (session.isComplete) return session.ofCall(callKey).map((leg) => memberOf(day, leg))
    const rows = this.#statements(open.index).inCall.all(callKey, limits.legsPerCallMax + 1)
    return rows.map((row) => readMember(day, row))
  }

  #first(day: Day, hash: number): Member | undefined {
    const open = this.#days.open(day)
    return open === undefined ? undefined : this.#byHash(open, hash)
  }

  #naming({ index, writer }: OpenDay, key: number): Member[] {
    const { day } = index
    const { session } = writer
    if (session.isComplete) return session.naming(key).map((leg) => memberOf(day, leg))
    const rows = this.#statements(index).naming.all(key, limits.legsPerCallMax + 1)
    return rows.map((row) => readMember(index.day, row))
  }

  #byHash({ index, writer }: OpenDay, hash: number): Member | undefined {
    const { session } = writer
    if (session.isComplete) {
      const leg = session.byHash(hash)
      return leg === undefined ? undefined : memberOf(index.day, leg)
    }
    const row = this.#statements(index).byHash.get(hash)
    return row === undefined ? undefined : readMember(index.day, row)
  }

  #statements(index: DayIndex): Statements {
    let statements = this.#prepared.get(index)
    if (statements === undefined) {
      const { database } = index
      statements = {
        naming: database.prepare(
          `SELECT ${MEMBER_COLUMNS} FROM joins JOIN legs USING (call_hash)
           WHERE key_hash = ? AND kind = ${KIND_CALL} LIMIT ?`,
        ),
        byHash: database.prepare(
          `SELECT ${MEMBER_COLUMNS} FROM legs WHERE call_hash = ? AND kind = ${KIND_CALL}`,
        ),
        inCall: database.prepare(`SELECT ${MEMBER_COLUMNS} FROM legs WHERE call_key = ? LIMIT ?`),
      }
      this.#prepared.set(index, statements)
    }
    return statements
  }

  /** Names all members after the one that began first. */
  #nameCall(members: readonly Member[]): void {
    let [head] = members
    for (const member of members) if (head === undefined || isBefore(member, head)) head = member
    if (head === undefined) return
    const callKey = keyOf(head)
    for (const member of members) {
      this.#name(member, member === head ? null : callKey)
    }
  }

  #name(member: Member, callKey: string | null): void {
    if (member.callKey === callKey) return
    const day = this.#days.open(member.day)
    day?.index.begin()
    day?.writer.setCallKey(member.id, member.callHash, callKey)
  }
}

interface Statements {
  readonly naming: StatementSync
  readonly byHash: StatementSync
  readonly inCall: StatementSync
}

type Days = readonly OpenDay[]

/** False where no leg names this one. */
function mayBeNamed(callHash: number, days: Days): boolean {
  for (const { writer } of days) if (writer.mayBeJoinKey(callHash)) return true
  return false
}

function memberOf(day: Day, { id, callHash, callKey }: SessionLeg): Member {
  return { day, id, callHash, callKey }
}

function isSameLeg(a: Member, b: Member): boolean {
  return a.callHash === b.callHash && a.day === b.day
}

function includesLeg(members: readonly Member[], leg: Member): boolean {
  for (const member of members) if (isSameLeg(member, leg)) return true
  return false
}

function addMember(members: Member[], leg: Member): void {
  if (!includesLeg(members, leg)) members.push(leg)
}

/** By start, and by key where two began in one microsecond. */
function isBefore(a: Member, b: Member): boolean {
  const apartUs = startOfId(a.day, a.id) - startOfId(b.day, b.id)
  return apartUs === 0 ? keyOf(a) < keyOf(b) : apartUs < 0
}

function keyOf(member: Member): string {
  return formatKey({ day: member.day, hash: member.callHash })
}

function readMember(day: Day, row: Record<string, unknown>): Member {
  const callKey = row['call_key']
  return {
    day,
    id: Number(row['id']),
    callHash: Number(row['call_hash']),
    callKey: typeof callKey === 'string' ? callKey : null,
  }
}
