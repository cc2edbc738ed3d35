// The legs of calls in a day that this process began itself: all that joining asks of them, in
// memory, so that a large import does not ask the database for what it has just written there.

/** A leg as the joiner knows it. */
export interface SessionLeg {
  readonly id: number
  readonly callHash: number
  callKey: string | null
}

/** Legs remembered at once, some 15 MB; a larger day asks its database from then on. */
const SESSION_LEGS_MAX = 150_000

export class SessionCalls {
  readonly #byHash = new Map<number, SessionLeg>()
  readonly #byJoinKey = new Map<number, number[]>()
  readonly #byCallKey = new Map<string, Set<SessionLeg>>()
  #isComplete: boolean

  /** `isFresh`: the day held nothing when it was opened. */
  constructor(isFresh: boolean) {
    this.#isComplete = isFresh
  }

  /** False when the database knows more; then nothing here answers. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  add(id: number, callHash: number, joinKeys: readonly number[]): void {
    if (!this.#isComplete) return
    if (this.#byHash.size >= SESSION_LEGS_MAX) {
      this.#forget()
      return
    }
    this.#byHash.set(callHash, { id, callHash, callKey: null })
    for (const key of joinKeys) {
      const named = this.#byJoinKey.get(key)
      if (named === undefined) this.#byJoinKey.set(key, [callHash])
      else if (!named.includes(callHash)) named.push(callHash)
    }
  }

  remove(callHash: number, joinKeys: readonly number[]): void {
    const leg = this.#byHash.get(callHash)
    if (leg === undefined) return
    this.setCallKey(callHash, null)
    this.#byHash.delete(callHash)
    for (const key of joinKeys) {
      const rest = this.#byJoinKey.get(key)?.filter((hash) => hash !== callHash) ?? []
      if (rest.length === 0) this.#byJoinKey.delete(key)
      else this.#byJoinKey.set(key, rest)
    }
  }

  setCallKey(callHash: number, callKey: string | null): void {
    const leg = this.#byHash.get(callHash)
    if (leg === undefined) return
    if (leg.callKey !== null) this.#byCallKey.get(leg.callKey)?.delete(leg)
    leg.callKey = callKey
    if (callKey === null) return
    const legs = this.#byCallKey.get(callKey)
    if (legs === undefined) this.#byCallKey.set(callKey, new Set([leg]))
    else legs.add(leg)
  }

  byHash(callHash: number): SessionLeg | undefined {
    return this.#byHash.get(callHash)
  }

  /** Legs that name this key. */
  naming(key: number): SessionLeg[] {
    const hashes = this.#byJoinKey.get(key) ?? []
    return hashes.map((hash) => this.#byHash.get(hash)).filter((leg) => leg !== undefined)
  }

  /** Legs that carry this name of a call. */
  ofCall(callKey: string): readonly SessionLeg[] {
    return [...(this.#byCallKey.get(callKey) ?? [])]
  }

  #forget(): void {
    this.#isComplete = false
    this.#byHash.clear()
    this.#byJoinKey.clear()
    this.#byCallKey.clear()
  }
}
