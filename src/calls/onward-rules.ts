// What an INVITE shares with that of the leg that it carries on, as rules, the surest first; and
// for each rule a hash of what it asks for, by which the other one is found.
import { hashText53 } from '../base/hash.ts'
import type { SipMessage } from '../sip/message.ts'
import type { Evidence } from './join-evidence.ts'
import type { LegHead } from './leg-record.ts'
import { commonPart, isSameParty, type Party, type PartyKind, partyOf } from './same-number.ts'

/** As long as a call is followed that says nothing. */
const PLACED_US_MAX = 900_000_000
/** A queue may hold a caller for minutes before an agent is free. */
const QUEUED_US_MAX = 300_000_000
/** A call is carried on at once, but for queues; without a place, nothing else is believed. */
export const AT_ONCE_US_MAX = 4_000_000
/** Callers who are not told are many: the two INVITEs must be as good as one. */
const IN_ONE_US_MAX = 500_000

/** What two legs must share. */
export interface Rule {
  readonly evidence: readonly Evidence[]
  /** Who the parties must be: extensions are too common to say much alone. */
  readonly callers: readonly PartyKind[]
  readonly callees: readonly PartyKind[]
  /** How long after the other's INVITE, µs. */
  readonly withinUs: number
  /** Whoever carries on two such calls at a time carries on each of them once, first. */
  readonly isSure: boolean
}

const anybody: readonly PartyKind[] = ['number', 'user', 'nobody']

export const onwardRules: readonly Rule[] = [
  {
    evidence: ['caller', 'callee', 'place'],
    callers: anybody,
    callees: ['number', 'user'],
    withinUs: PLACED_US_MAX,
    isSure: true,
  },
  {
    evidence: ['place', 'sdp-origin'],
    callers: anybody,
    callees: anybody,
    withinUs: PLACED_US_MAX,
    isSure: true,
  },
  {
    evidence: ['caller', 'callee'],
    callers: ['number'],
    callees: ['number'],
    withinUs: AT_ONCE_US_MAX,
    isSure: true,
  },
  {
    evidence: ['caller', 'callee'],
    callers: ['nobody'],
    callees: ['number'],
    withinUs: IN_ONE_US_MAX,
    isSure: false,
  },
  {
    evidence: ['caller', 'place'],
    callers: ['number'],
    callees: anybody,
    withinUs: QUEUED_US_MAX,
    isSure: false,
  },
  {
    evidence: ['callee', 'place'],
    callers: anybody,
    callees: ['number'],
    withinUs: QUEUED_US_MAX,
    isSure: false,
  },
]

const kindBits: Readonly<Record<PartyKind, number>> = { number: 1, user: 2, nobody: 4 }

/** The rules as every INVITE meets them: numbers in a row, for each rule at its own number. */
const callerBits = Uint8Array.from(onwardRules, ({ callers }) => bitsOf(callers))
const calleeBits = Uint8Array.from(onwardRules, ({ callees }) => bitsOf(callees))
const [asksCaller, asksCallee, asksOrigin, placed] = (
  ['caller', 'callee', 'sdp-origin', 'place'] as const
).map((each) => Uint8Array.from(onwardRules, ({ evidence }) => Number(evidence.includes(each))))

/** Whether a rule, by its number, asks for a place. */
export function asksPlace(rule: number): boolean {
  return placed?.[rule] === 1
}

function bitsOf(kinds: readonly PartyKind[]): number {
  return kinds.reduce((bits, kind) => bits | kindBits[kind], 0)
}

/** What one INVITE may share with others. Read again and again, because one is read at a time. */
export class OnwardTraits {
  #caller: Party = partyOf(null)
  #callee: Party = this.#caller
  /** Of all that a rule asks for but the place; 0 where some of it is not there. */
  readonly #hashes = new Uint32Array(onwardRules.length)

  /** `head`: of the INVITE's leg. */
  read({ from, to }: LegHead, message: SipMessage): void {
    this.#caller = partyOf(from)
    this.#callee = partyOf(to)
    const callerBit = kindBits[this.#caller.kind]
    const calleeBit = kindBits[this.#callee.kind]
    const caller = hashText53(commonPart(this.#caller))
    const callee = hashText53(commonPart(this.#callee))
    const origin = originHash(message)
    const hashes = this.#hashes
    for (let rule = 0; rule < hashes.length; rule++) {
      const isAsked =
        ((callerBits[rule] ?? 0) & callerBit) !== 0 &&
        ((calleeBits[rule] ?? 0) & calleeBit) !== 0 &&
        (origin !== 0 || asksOrigin?.[rule] === 0)
      let hash = 1
      if (asksCaller?.[rule] === 1) hash = mixed(hash, caller)
      if (asksCallee?.[rule] === 1) hash = mixed(hash, callee)
      if (asksOrigin?.[rule] === 1) hash = mixed(hash, origin)
      hashes[rule] = isAsked ? hash : 0
    }
  }

  /**
   * Hash of what a rule asks for, by the number of the rule; 0 where some of it is not there.
   * `place` is the number of an address.
   */
  hash(rule: number, place: number): number {
    const hash = this.#hashes[rule] ?? 0
    return hash === 0 || !asksPlace(rule) ? hash : mixed(hash, place) >>> 0
  }

  /** Whether the leg that a hash led to has the parties that the rule asks for. */
  areShared({ evidence }: Rule, { from, to }: LegHead): boolean {
    if (evidence.includes('caller') && !isSameParty(this.#caller, partyOf(from))) return false
    return !evidence.includes('callee') || isSameParty(this.#callee, partyOf(to))
  }
}

function mixed(hash: number, part: number): number {
  const product = Math.imul(hash ^ part, 0x85ebca6b)
  return product ^ (product >>> 15)
}

const LINE_FEED = 10
const BLANK = 32
/** Ids with fewer characters are those that many programs give to all their offers. */
const ORIGIN_ID_CHARS_MIN = 5
const ORIGIN_CHARS_MAX = 256

/**
 * Hash of the o= line of an offer but for its version, which counts the changes; 0 where there is
 * none that tells offers apart. It is the second line (RFC 8866 §5):
 *
 *     o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
 */
function originHash({ bytes, bodyStart, bodyEnd }: SipMessage): number {
  const end = Math.min(bodyEnd, bodyStart + ORIGIN_CHARS_MAX)
  const start = bytes[bodyStart + 3] === LINE_FEED ? bodyStart + 4 : bodyStart + 5
  if (bytes[start - 1] !== LINE_FEED || bytes[start] !== LETTER_O) return 0
  let hash = 1
  let field = 0
  let idChars = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? LINE_FEED
    if (byte <= BLANK && byte !== BLANK) break
    if (byte === BLANK) field++
    if (field === ID_FIELD) idChars++
    if (field !== VERSION_FIELD) hash = Math.imul(hash ^ byte, 0x01000193)
  }
  // The blank before the id was counted with it.
  return field === LAST_FIELD && idChars > ORIGIN_ID_CHARS_MIN ? hash >>> 0 : 0
}

const LETTER_O = 0x6f
const ID_FIELD = 1
const VERSION_FIELD = 2
const LAST_FIELD = 5
