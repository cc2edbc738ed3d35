// The INVITE that begins a leg in, the leg that it carries on out, where no header names it: a
// back-to-back user agent (RFC 7092) that passes nothing on gives itself away by the numbers, by
// the SDP that it lets through, and by sending from where the other leg had gone. What could carry
// on more legs than one is tied to none.
//
// The last INVITEs lie in a ring. For each rule a hash leads to the newest that it may mean, and
// from there to the one before, as a compressor finds what it has seen. Nothing is taken out: what
// the ring has passed is not found any more.
import type { SipMessage } from '../sip/message.ts'
import { evidenceText } from './join-evidence.ts'
import type { JoinKey } from './leg-record.ts'
import type { PathEnds } from './leg-tables.ts'
import { asksPlace, AT_ONCE_US_MAX, OnwardTraits, onwardRules, type Rule } from './onward-rules.ts'
import * as open from './open-legs.ts'
import { Referrals } from './referrals.ts'

/** An INVITE on its way, outside a dialog; or a REFER within one. */
export interface PassingRequest {
  readonly leg: number
  readonly message: SipMessage
  readonly carriage: PathEnds & { readonly tUs: number }
}

/** A leg that another may carry on, and how long after it that one began, µs. */
interface Candidate {
  readonly leg: number
  readonly afterUs: number
}

/** INVITEs in the ring, some 5 MB. */
const RING = 65_536
/** Addresses that are told apart as places. */
const PLACES = 65_536
/** Entries that are looked at for one rule: what so many share says nothing. */
const LOOKED_AT_MAX = 32
/** Clocks of two observers differ. */
const BEFORE_US_MAX = 1_000_000

/** Words of an entry: its leg, the port it went to, and for each rule the hash and a link. */
const LEG = 0
const BIRTH = 1
const DST_PORT = 2
const HASHES = 3
const LINKS = HASHES + onwardRules.length
const ENTRY_WORDS = LINKS + onwardRules.length

export class OnwardLegs {
  readonly #legs: open.OpenLegs
  readonly #named: (callId: string) => number
  readonly #traits = new OnwardTraits()
  readonly #referrals = new Referrals()
  readonly #entries = new Uint32Array(RING * ENTRY_WORDS)
  /** When each INVITE was sent, µs. */
  readonly #times = new Float64Array(RING)
  /** For one rule after the other, by hash, the number of the newest entry; numbers begin at 1. */
  readonly #heads = new Uint32Array(RING * onwardRules.length)
  /** 1 for the numbers of addresses that an INVITE went to: most callers are at no such place. */
  readonly #places = new Uint8Array(PLACES)
  #last = 0

  /** `named`: the open leg of a Call-ID, -1 for none. */
  constructor(legs: open.OpenLegs, named: (callId: string) => number) {
    this.#legs = legs
    this.#named = named
  }

  /**
   * Remembers an INVITE for the legs that carry it on. Where it `isNew` gives what ties its leg to
   * the one that this carries on; undefined where that is none, or may be several, or where a
   * header of the leg names an open one.
   */
  follow(invite: PassingRequest, isNew: boolean): JoinKey | undefined {
    this.#traits.read(this.#legs.texts(invite.leg).head, invite.message)
    // Told or not: it is what a REFER asked for, and nothing else is.
    const referral = isNew ? this.#findReferral(invite) : undefined
    const isOpen = isNew && !this.#isTold(invite.leg)
    const found = isOpen ? (referral ?? this.#find(invite)) : undefined
    this.#add(invite)
    return found
  }

  /** Whether headers say which leg this one carries on. */
  #isTold(leg: number): boolean {
    let isTold = false
    for (const { value } of this.#legs.texts(leg).joinKeys) {
      const other = this.#named(value)
      if (other < 0 || other === leg) continue
      this.#legs.setFlag(other, open.FLAG_IS_CARRIED_ON)
      isTold = true
    }
    return isTold
  }

  /** Remembers a REFER for the leg that whoever is referred begins. */
  refer({ leg, message, carriage }: PassingRequest): void {
    const { callId } = this.#legs.texts(leg)
    if (callId !== null) this.#referrals.add(callId, message, carriage)
  }

  #findReferral({ leg, carriage }: PassingRequest): JoinKey | undefined {
    const callId = this.#referrals.take(this.#legs.texts(leg).head.to, carriage)
    return callId === undefined ? undefined : { header: evidenceText(['referral']), value: callId }
  }

  #find(invite: PassingRequest): JoinKey | undefined {
    const isPlaceKnown = this.#places[invite.carriage.src % PLACES] === 1
    for (let number = 0; number < onwardRules.length; number++) {
      if (!isPlaceKnown && asksPlace(number)) continue
      const hash = this.#traits.hash(number, invite.carriage.src)
      if (hash === 0) continue
      const newest = this.#heads[number * RING + (hash % RING)] ?? 0
      const rule = onwardRules[number]
      if (rule === undefined || !this.#isKept(newest)) continue
      const found = this.#candidates(invite, { number, rule, hash, newest })
      if (found.length === 0) continue
      const leg = this.#theOne(found, rule)
      const callId = leg === undefined ? null : this.#legs.texts(leg).callId
      if (leg === undefined || callId === null) return undefined
      this.#legs.setFlag(leg, open.FLAG_IS_CARRIED_ON)
      return { header: evidenceText(rule.evidence), value: callId }
    }
    return undefined
  }

  /** The only one, or the only one that nothing carries on yet: of all, or of the latest. */
  #theOne(found: readonly Candidate[], { isSure }: Rule): number | undefined {
    const free = found.filter(({ leg }) => !this.#legs.hasFlag(leg, open.FLAG_IS_CARRIED_ON))
    const latest = free.filter(({ afterUs }) => afterUs <= AT_ONCE_US_MAX)
    return onlyOf(found) ?? onlyOf(isSure ? free : []) ?? onlyOf(latest)
  }

  #add({ leg, carriage }: PassingRequest): void {
    const entry = ++this.#last
    const slot = entry % RING
    const at = slot * ENTRY_WORDS
    const entries = this.#entries
    const heads = this.#heads
    this.#times[slot] = carriage.tUs
    this.#places[carriage.dst % PLACES] = 1
    entries[at + LEG] = leg
    entries[at + BIRTH] = this.#legs.birth(leg)
    entries[at + DST_PORT] = carriage.dstPort
    for (let number = 0; number < onwardRules.length; number++) {
      const hash = this.#traits.hash(number, carriage.dst)
      entries[at + HASHES + number] = hash
      if (hash === 0) continue
      const head = number * RING + (hash % RING)
      entries[at + LINKS + number] = heads[head] ?? 0
      heads[head] = entry
    }
  }

  /** Open legs that share with this one what a rule asks, each once. */
  #candidates(
    invite: PassingRequest,
    by: { number: number; rule: Rule; hash: number; newest: number },
  ): Candidate[] {
    const found: Candidate[] = []
    let entry = by.newest
    for (let looked = 0; looked < LOOKED_AT_MAX && this.#isKept(entry); looked++) {
      const slot = entry % RING
      const at = slot * ENTRY_WORDS
      const leg = this.#entries[at + LEG] ?? 0
      // Something else may have the same hash.
      const isMeant =
        this.#entries[at + HASHES + by.number] === by.hash &&
        this.#mayCarryOn(slot, invite, by.rule) &&
        this.#traits.areShared(by.rule, this.#legs.texts(leg).head)
      if (isMeant && !found.some((other) => other.leg === leg)) {
        found.push({ leg, afterUs: invite.carriage.tUs - (this.#times[slot] ?? 0) })
      }
      entry = this.#entries[at + LINKS + by.number] ?? 0
    }
    return found
  }

  /** An entry whose room in the ring was not given to another since. */
  #isKept(entry: number): boolean {
    return entry > 0 && entry > this.#last - RING
  }

  /**
   * Whether the leg of an entry is open, and this INVITE can be how it went on. Whoever sent a leg
   * does not carry it on: it tries again, or calls twice. On one host ports tell programs apart.
   */
  #mayCarryOn(slot: number, { leg, carriage }: PassingRequest, rule: Rule): boolean {
    const at = slot * ENTRY_WORDS
    const other = this.#entries[at + LEG] ?? 0
    if (other === leg || this.#legs.birth(other) !== this.#entries[at + BIRTH]) return false
    if (this.#legs.hasFlag(other, open.FLAG_IS_ENDED)) return false
    const afterUs = carriage.tUs - (this.#times[slot] ?? 0)
    if (afterUs < -BEFORE_US_MAX || afterUs > rule.withinUs) return false
    const isPlaced = rule.evidence.includes('place')
    const cameFrom = this.#legs.doubles[this.#legs.doublesOf(other) + open.LEG_SRC]
    // Without a place, one that goes to where the other came from is rather the leg before it.
    if (cameFrom !== carriage.src) return isPlaced || cameFrom !== carriage.dst
    const srcPort = (this.#legs.words[this.#legs.wordsOf(other) + open.LEG_PORTS] ?? 0) >>> 16
    const isSentFromThere = this.#entries[at + DST_PORT] === carriage.srcPort
    return isPlaced && isSentFromThere && srcPort !== carriage.srcPort
  }
}

function onlyOf(candidates: readonly Candidate[]): number | undefined {
  const [only, ...others] = candidates
  return others.length > 0 ? undefined : only?.leg
}
