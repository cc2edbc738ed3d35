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

/** A bit for each kind of party, and a place in a row of hashes for each evidence. */
const kindBits: Readonly<Record<PartyKind, number>> = { number: 1, user: 2, nobody: 4 }
const parts: Readonly<Record<Evidence, number>> = {
  caller: 0,
  callee: 1,
  place: 2,
  'sdp-origin': 3,
}

/** The rules as every INVITE meets them. */
const compiled = onwardRules.map(({ evidence, callers, callees }) => ({
  parts: evidence.map((each) => parts[each]),
  callerBits: callers.reduce((bits, kind) => bits | kindBits[kind], 0),
  calleeBits: callees.reduce((bits, kind) => bits | kindBits[kind], 0),
}))

/** What one INVITE may share with others. Read again and again, because one is read at a time. */
export class OnwardTraits {
  #caller: Party = partyOf(null)
  #callee: Party = this.#caller
  /** By `parts`; 0 for what is not there. */
  readonly #hashes = new Uint32Array(4)

  /** `head`: of the INVITE's leg. */
  read({ from, to }: LegHead, message: SipMessage): void {
    this.#caller = partyOf(from)
    this.#callee = partyOf(to)
    this.#hashes[parts.caller] = hashText53(commonPart(this.#caller))
    this.#hashes[parts.callee] = hashText53(commonPart(this.#callee))
    this.#hashes[parts['sdp-origin']] = originHash(message)
  }

  /**
   * Hash of what a rule asks for, by the number of the rule; 0 where some of it is not there.
   * `place` is the number of an address.
   */
  hash(rule: number, place: number): number {
    const asked = compiled[rule]
    if (asked === undefined) return 0
    if ((asked.callerBits & kindBits[this.#caller.kind]) === 0) return 0
    if ((asked.calleeBits & kindBits[this.#callee.kind]) === 0) return 0
    // Addresses are numbered from 0.
    this.#hashes[parts.place] = place + 1
    let hash = 0
    for (const part of asked.parts) {
      const own = this.#hashes[part] ?? 0
      if (own === 0) return 0
      hash = Math.imul(hash ^ own, 0x85ebca6b)
      hash ^= hash >>> 15
    }
    return hash >>> 0
  }

  /** Whether the leg that a hash led to has the parties that the rule asks for. */
  areShared({ evidence }: Rule, { from, to }: LegHead): boolean {
    if (evidence.includes('caller') && !isSameParty(this.#caller, partyOf(from))) return false
    return !evidence.includes('callee') || isSameParty(this.#callee, partyOf(to))
  }
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
