// The legs in memory: found by Call-ID straight from a message's bytes, without making a text of
// it for every message.
import type { SipMessage } from '../sip/message.ts'
import type { FactList } from './fact-arena.ts'
import type { JoinKey, LegHead } from './leg-record.ts'

const NO_HEAD: LegHead = { from: null, to: null, fromHost: null, toHost: null, userAgent: null }
const NOTHING: readonly never[] = []

/** One leg in memory. */
export class OpenLeg {
  readonly callId: string | null
  /** The next leg whose Call-ID has the same hash. */
  next: OpenLeg | undefined
  head: LegHead = NO_HEAD
  /** Of the message that the head was read from: see `rankOf` of leg-merge.ts. */
  headIsResponse = true
  headTUs = Number.POSITIVE_INFINITY
  headHash = 0
  joinKeys: readonly JoinKey[] = NOTHING
  conversation: string | null = null
  problems: readonly string[] = NOTHING
  /** Flat: src, srcPort, dst, dstPort, transport, src, … */
  readonly paths: number[] = []
  readonly tags: number[] = []
  /** Made when the first odd method or piece comes. */
  methods: string[] | undefined
  extras: number[][] | undefined
  readonly facts: FactList = { chunks: [], count: 0 }
  /** It has messages that no stored record covers. */
  isDirty = false
  /** Ref of the earliest such message. */
  dirtyRef = 0
  lastUs = 0
  /** A message came that is older than the one before it. */
  isOutOfOrder = false
  isCall = false
  isEnded = false
  isQueued = false
  isGone = false

  constructor(callId: string | null) {
    this.callId = callId
  }
}

/** Legs by Call-ID, oldest first. */
export class OpenLegs {
  /** By a 30-bit hash: small integers are the cheapest keys there are. */
  readonly #byHash = new Map<number, OpenLeg>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The leg of a message's Call-ID, whose bytes hash to `hash`. */
  find(message: SipMessage, hash: number): OpenLeg | undefined {
    let leg = this.#byHash.get(hash)
    while (leg !== undefined && !isCallIdOf(leg, message)) leg = leg.next
    return leg
  }

  add(leg: OpenLeg, hash: number): void {
    leg.next = this.#byHash.get(hash)
    this.#byHash.set(hash, leg)
    this.#size++
  }

  /** Takes out every leg for which `isDone` holds. */
  removeWhere(isDone: (leg: OpenLeg) => boolean): void {
    for (const [hash, first] of this.#byHash) {
      let kept: OpenLeg | undefined
      for (let leg: OpenLeg | undefined = first; leg !== undefined; ) {
        const { next }: OpenLeg = leg
        if (isDone(leg)) this.#size--
        else {
          leg.next = kept
          kept = leg
        }
        leg = next
      }
      if (kept === undefined) this.#byHash.delete(hash)
      else if (kept !== first) this.#byHash.set(hash, kept)
    }
  }

  remove(leg: OpenLeg, hash: number): void {
    const first = this.#byHash.get(hash)
    if (first === leg) {
      if (leg.next === undefined) this.#byHash.delete(hash)
      else this.#byHash.set(hash, leg.next)
      this.#size--
      return
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next !== leg) continue
      before.next = leg.next
      this.#size--
      return
    }
  }

  *[Symbol.iterator](): Generator<OpenLeg> {
    for (const first of this.#byHash.values()) {
      for (let leg: OpenLeg | undefined = first; leg !== undefined; leg = leg.next) yield leg
    }
  }

  clear(): void {
    this.#byHash.clear()
    this.#size = 0
  }
}

function isCallIdOf(leg: OpenLeg, message: SipMessage): boolean {
  const { callId } = leg
  const { bytes, callIdStart, callIdEnd } = message
  if (callId === null || callId.length !== callIdEnd - callIdStart) return false
  for (let i = 0; i < callId.length; i++) {
    if (callId.charCodeAt(i) !== bytes[callIdStart + i]) return false
  }
  return true
}
