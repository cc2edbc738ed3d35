// The legs of a day that this process began itself: which there are and all that joining asks of
// them, in memory, so that a large import does not ask the database for what it has just written
// there, nor keep indexes for such questions while it writes. A day that fills slowly is indexed
// all the while, and asks its database as soon as this would grow large.
import { NumberMap } from '../../base/number-map.ts'

/** A leg of a call as the joiner knows it. */
export interface SessionLeg {
  readonly id: number
  readonly callHash: number
  readonly callKey: string | null
}

/** Legs remembered at once, some 20 MB; a larger day asks its database from then on. */
const SESSION_LEGS_MAX = 150_000
/** Some 2 MB: more is not kept for a day that takes in only what happens. */
const CALM_LEGS_MAX = 8_192

export class SessionCalls {
  /** Row ids by Call-ID hash: of calls, which alone are joined, and of all other kinds. */
  readonly #calls = new NumberMap()
  readonly #others = new NumberMap()
  readonly #ids = new NumberMap()
  readonly #byJoinKey = new Map<number, number[]>()
  /** The call's name by the leg's hash, and the other way round; few legs have one. */
  readonly #callKeys = new Map<number, string>()
  readonly #byCallKey = new Map<string, number[]>()
  #isComplete: boolean

  /** `isFresh`: the day held nothing when it was opened. */
  constructor(isFresh: boolean) {
    this.#isComplete = isFresh
  }

  /** False when the database knows more; then nothing here answers. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  get isFull(): boolean {
    return this.#legCount >= SESSION_LEGS_MAX
  }

  /** Not worth its memory but for a large import. */
  get isLarge(): boolean {
    return this.#legCount >= CALM_LEGS_MAX
  }

  get #legCount(): number {
    return this.#calls.size + this.#others.size
  }

  /** The row of a leg of any kind. */
  idOf(callHash: number): number | undefined {
    return this.#calls.get(callHash) ?? this.#others.get(callHash)
  }

  /** Whether a row has this id. */
  hasId(id: number): boolean {
    return this.#ids.has(id)
  }

  add(id: number, callHash: number, isCall: boolean): void {
    if (!this.#isComplete) return
    this.#ids.set(id, 1)
    if (isCall) this.#calls.set(callHash, id)
    else this.#others.set(callHash, id)
  }

  /** Says that a leg of a call names this key. */
  addJoinKey(key: number, callHash: number): void {
    if (!this.#isComplete) return
    const named = this.#byJoinKey.get(key)
    if (named === undefined) this.#byJoinKey.set(key, [callHash])
    else if (!named.includes(callHash)) named.push(callHash)
  }

  remove(callHash: number, joinKeys: readonly number[]): void {
    this.setCallKey(callHash, null)
    const id = this.idOf(callHash)
    if (id !== undefined) this.#ids.delete(id)
    this.#calls.delete(callHash)
    this.#others.delete(callHash)
    for (const key of joinKeys) {
      const rest = this.#byJoinKey.get(key)?.filter((hash) => hash !== callHash) ?? []
      if (rest.length === 0) this.#byJoinKey.delete(key)
      else this.#byJoinKey.set(key, rest)
    }
  }

  setCallKey(callHash: number, callKey: string | null): void {
    if (!this.#calls.has(callHash)) return
    const before = this.#callKeys.get(callHash)
    if (before !== undefined) {
      const rest = this.#byCallKey.get(before)?.filter((hash) => hash !== callHash) ?? []
      if (rest.length === 0) this.#byCallKey.delete(before)
      else this.#byCallKey.set(before, rest)
      this.#callKeys.delete(callHash)
    }
    if (callKey === null) return
    this.#callKeys.set(callHash, callKey)
    const legs = this.#byCallKey.get(callKey)
    if (legs === undefined) this.#byCallKey.set(callKey, [callHash])
    else legs.push(callHash)
  }

  /** A leg of a call. */
  byHash(callHash: number): SessionLeg | undefined {
    const id = this.#calls.get(callHash)
    if (id === undefined) return undefined
    return { id, callHash, callKey: this.#callKeys.get(callHash) ?? null }
  }

  /** Legs that name this key. */
  naming(key: number): SessionLeg[] {
    return this.#legs(this.#byJoinKey.get(key))
  }

  /** Legs that carry this name of a call. */
  ofCall(callKey: string): readonly SessionLeg[] {
    return this.#legs(this.#byCallKey.get(callKey))
  }

  /** Leaves all further questions to the database. */
  forget(): void {
    this.#isComplete = false
    this.#calls.clear()
    this.#others.clear()
    this.#ids.clear()
    this.#byJoinKey.clear()
    this.#callKeys.clear()
    this.#byCallKey.clear()
  }

  #legs(hashes: readonly number[] = []): SessionLeg[] {
    const legs: SessionLeg[] = []
    for (const hash of hashes) {
      const leg = this.byHash(hash)
      if (leg !== undefined) legs.push(leg)
    }
    return legs
  }
}
