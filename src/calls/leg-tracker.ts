// SIP messages in, leg records out: follows each Call-ID's dialog in memory until it has ended or
// fallen silent, and hands its record on to be stored. Forgetting a leg loses nothing: a later
// message begins a record that the store merges with the one it has.
import type { AddressTable } from '../base/address-table.ts'
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { FramePiece } from '../decode/datagram.ts'
import { hashBytes53 } from '../sip/header-reader.ts'
import type { SipMessage } from '../sip/message.ts'
import { METHOD_INVITE } from '../sip/method.ts'
import { FactArena, type FactLine, NO_CHUNK } from './fact-arena.ts'
import { readReason } from './given-reason.ts'
import {
  HeaderProbe,
  type JoinSettings,
  readConversation,
  readHead,
  readJoinKeys,
} from './leg-head.ts'
import { readIdentities } from './leg-identities.ts'
import { canonicalTrail, orderTrail } from './leg-merge.ts'
import { LegQueue } from './leg-queue.ts'
import {
  FACT_COPY,
  FACT_FIELDS,
  FACT_HASH,
  FACT_PATH,
  FACT_T_US,
  IDENTITY_HEADERS,
  type LegHead,
  type LegRecord,
  type LegTrail,
  NO_TRAIL,
  ordinalOf,
  packCopy,
  responseCode,
  sortedIdentities,
  sortedJoinKeys,
  sortedReasons,
} from './leg-record.ts'
import { LegTables, PATH_REVERSE, type PathEnds } from './leg-tables.ts'
import { endsLeg, goesOn, hasCallId, isOpeningInvite, isReferral } from './message-turns.ts'
import { OnwardLegs } from './onward-legs.ts'
import * as open from './open-legs.ts'
import { WITNESS_OPENING, witnessOf } from './witness.ts'

/** How a message travelled, as the line tells the tracker. */
export interface Carriage extends PathEnds {
  readonly tUs: number
  readonly pieces: readonly FramePiece[]
  /** Code of an oddity on the way here, for the leg to show. */
  readonly problem?: string | undefined
}

/** When the tracker lets go of legs, in µs of packet time. */
export interface TrackerTimes {
  /** After the end, for late ACKs and retransmissions. */
  readonly lingerUs: number
  /** After the last message of a leg that did not end. */
  readonly idleUs: number
}

/** What comes later than this after an end is rare, and merges with what was stored. */
export const defaultTrackerTimes: TrackerTimes = { lingerUs: 5_000_000, idleUs: 900_000_000 }

/** Of the bounds on legs: what stays when one is reached. */
const KEPT_SHARE = 0.9
const NO_HEAD: LegHead = { from: null, to: null, fromHost: null, toHost: null, userAgent: null }
/** Looks for idle legs go through all of them, so they are made this often an idle time. */
const IDLE_LOOKS = 8
/** Lines in which a copy of one microsecond is looked for where time goes back and forth. */
const COPY_LOOK_BACK = 64
const COPY_MAX = 0xffff

export interface TrackerStats {
  openLegs: number
  messages: number
  messagesBeyondLimit: number
  legsEvicted: number
}

export class LegTracker {
  readonly #legs: open.OpenLegs
  readonly #arena = new FactArena()
  /** Legs that ended, in that order. */
  readonly #ended: LegQueue
  /** Legs with messages that are not stored, in the order of the first such message. */
  readonly #dirty: LegQueue
  readonly #tables: LegTables
  readonly #onward: OnwardLegs
  readonly #settings: JoinSettings
  readonly #probe: HeaderProbe
  /** Of all headers that are read once it finds one. */
  readonly #anyProbe: HeaderProbe
  readonly #emit: (record: LegRecord) => void
  readonly #times: TrackerTimes
  readonly #limits: Limits
  readonly #seed: number
  readonly #stats: TrackerStats = {
    openLegs: 0,
    messages: 0,
    messagesBeyondLimit: 0,
    legsEvicted: 0,
  }
  #idleLookUs = 0
  readonly #line: FactLine = {
    tUs: 0,
    ref: 0,
    cseq: 0,
    hash: 0,
    code: 0,
    cseqMethod: 0,
    path: 0,
    fromTag: 0,
    toTag: 0,
    offset: 0,
    length: 0,
    copy: 0,
  }

  /**
   * `seed` makes the hashes of Call-IDs unforeseeable: in memory a leg is known by its hash alone,
   * and nobody shall be able to write two Call-IDs of one hash.
   */
  constructor(parts: {
    addresses: AddressTable
    settings: JoinSettings
    emit: (record: LegRecord) => void
    times?: TrackerTimes
    limits?: Limits
    seed?: number
  }) {
    this.#settings = parts.settings
    const { joinHeaders, conversationHeaders } = parts.settings
    this.#probe = new HeaderProbe([...joinHeaders, ...conversationHeaders])
    this.#anyProbe = new HeaderProbe([...joinHeaders, ...conversationHeaders, ...IDENTITY_HEADERS])
    this.#emit = parts.emit
    this.#times = parts.times ?? defaultTrackerTimes
    this.#limits = parts.limits ?? houseLimits
    this.#seed = parts.seed ?? 0
    this.#legs = new open.OpenLegs(this.#limits.openLegsMax)
    this.#tables = new LegTables(this.#legs, parts.addresses, this.#limits)
    this.#onward = new OnwardLegs(this.#legs, (callId) => this.#named(callId))
    this.#ended = new LegQueue(this.#legs)
    this.#dirty = new LegQueue(this.#legs)
  }

  /** The hash by which the tracker tells messages apart, of a whole message. */
  hashOf(message: SipMessage): number {
    return message.hash32(message.start, message.end)
  }

  /** Takes one message, and its hash. Its bytes may be used again afterwards. */
  push(message: SipMessage, carriage: Carriage, hash = this.hashOf(message)): void {
    this.#stats.messages++
    const leg = this.#legOf(message, carriage)
    const word = this.#legs.wordsOf(leg)
    if ((this.#legs.words[word + open.LEG_COUNT] ?? 0) >= this.#limits.messagesPerLegMax) {
      this.#stats.messagesBeyondLimit++
      return
    }
    this.#readIdentity(leg, message, carriage.tUs, hash)
    this.#readReason(leg, message, hash)
    if (message.isSuspect) addProblems(this.#legs.texts(leg), message)
    if (carriage.problem !== undefined) addProblem(this.#legs.texts(leg), carriage.problem)
    this.#addFact(leg, message, carriage, hash)
    if (isOpeningInvite(message)) this.#followInvite(leg, message, carriage)
    else if (isReferral(message)) this.#onward.refer({ leg, message, carriage })
    this.#turnState(leg, message, carriage)
    // A message without a Call-ID is a leg by itself: nothing can follow.
    if (!hasCallId(message)) this.#drop(leg)
  }

  /** Lets go of what ended or fell silent before `nowUs` (packet time, not the clock). */
  tick(nowUs: number): void {
    this.#dropEnded(nowUs)
    if (Math.abs(nowUs - this.#idleLookUs) * IDLE_LOOKS < this.#times.idleUs) return
    this.#idleLookUs = nowUs
    for (const leg of this.#legs) {
      if (nowUs - this.#lastUs(leg) >= this.#times.idleUs) this.#drop(leg)
    }
  }

  /** Hands on every leg with messages of before `ref` that are not stored; keeps following all. */
  storeBefore(ref: number): void {
    while (this.oldestUnstoredRef() < ref) this.#store(this.#dirty.first)
  }

  /** Ref of the earliest message that no stored record covers; Infinity when all are stored. */
  oldestUnstoredRef(): number {
    for (let leg = this.#dirty.first; leg >= 0; leg = this.#dirty.first) {
      const ref = this.#dirty.firstValue
      // A leg that was stored since, and got further messages, stands once more behind.
      const isStill = this.#legs.hasFlag(leg, open.FLAG_IS_DIRTY)
      if (isStill && this.#legs.doubles[this.#legs.doublesOf(leg) + open.LEG_DIRTY_REF] === ref) {
        return ref
      }
      this.#dirty.drop()
    }
    return Number.POSITIVE_INFINITY
  }

  /** Hands on everything and forgets it: the end of the input. */
  finish(): void {
    for (const leg of this.#legs) this.#drop(leg)
    this.#dirty.clear()
    this.#ended.clear()
  }

  stats(): TrackerStats {
    return { ...this.#stats, openLegs: this.#legs.size }
  }

  // ── which leg ────────────────────────────────────────────────────────────────────────────────

  #legOf(message: SipMessage, carriage: Carriage): number {
    if (!hasCallId(message)) return this.#begin(null, -1, carriage)
    const { callIdStart, callIdEnd } = message
    const hash = message.hash53(callIdStart, callIdEnd, this.#seed)
    const known = this.#legs.find(hash)
    if (known >= 0) return known
    if (this.#isFull()) this.#evict(carriage.tUs)
    return this.#begin(message.bytes.toString('latin1', callIdStart, callIdEnd), hash, carriage)
  }

  #begin(callId: string | null, hash: number, carriage: Carriage): number {
    const leg = this.#legs.add(hash, {
      callId,
      head: NO_HEAD,
      joinKeys: [],
      conversation: null,
      problems: [],
      reasons: [],
      identities: NO_TRAIL.identities,
    })
    const { doubles, words } = this.#legs
    const double = this.#legs.doublesOf(leg)
    const word = this.#legs.wordsOf(leg)
    doubles[double + open.LEG_SRC] = carriage.src
    doubles[double + open.LEG_DST] = carriage.dst
    doubles[double + open.LEG_LAST_US] = carriage.tUs
    words[word + open.LEG_PORTS] = carriage.srcPort * 0x10000 + carriage.dstPort
    words[word + open.LEG_TRANSPORT] = carriage.transport
    words[word + open.LEG_FIRST_CHUNK] = NO_CHUNK
    words[word + open.LEG_LAST_CHUNK] = NO_CHUNK
    return leg
  }

  #lastUs(leg: number): number {
    return this.#legs.doubles[this.#legs.doublesOf(leg) + open.LEG_LAST_US] ?? 0
  }

  #dropEnded(nowUs: number): void {
    for (let leg = this.#ended.first; leg >= 0; leg = this.#ended.first) {
      const isEnded = this.#legs.hasFlag(leg, open.FLAG_IS_ENDED)
      if (isEnded && nowUs - this.#lastUs(leg) < this.#times.lingerUs) return
      this.#ended.drop()
      // A further request opened it again: it will be queued when it ends again.
      if (isEnded) this.#drop(leg)
      else this.#legs.clearFlag(leg, open.FLAG_IS_QUEUED)
    }
  }

  /** Stores a leg and forgets it. */
  #drop(leg: number): void {
    this.#store(leg)
    this.#arena.release(
      this.#legs.words[this.#legs.wordsOf(leg) + open.LEG_FIRST_CHUNK] ?? NO_CHUNK,
    )
    this.#legs.remove(leg)
  }

  /** Makes room: first what has ended, then the longest silent tenth of what is left. */
  #evict(nowUs: number): void {
    this.#dropEnded(nowUs)
    if (!this.#areOver(KEPT_SHARE)) return
    const bySilence = [...this.#legs].sort((a, b) => this.#lastUs(a) - this.#lastUs(b))
    for (const leg of bySilence) {
      if (!this.#areOver(KEPT_SHARE)) return
      this.#drop(leg)
      this.#stats.legsEvicted++
    }
  }

  #isFull(): boolean {
    const { openLegsMax, openLegsCallIdCharsMax } = this.#limits
    return this.#legs.size >= openLegsMax || this.#legs.callIdChars >= openLegsCallIdCharsMax
  }

  /** Whether the legs, or their Call-IDs, are above this share of what they may be. */
  #areOver(share: number): boolean {
    const { openLegsMax, openLegsCallIdCharsMax } = this.#limits
    const { size, callIdChars } = this.#legs
    return size > openLegsMax * share || callIdChars > openLegsCallIdCharsMax * share
  }

  // ── what a message says ──────────────────────────────────────────────────────────────────────

  #tagOf(leg: number, start: number, hash: number): number {
    return start < 0 ? 0 : this.#tables.tagOf(leg, hash)
  }

  #codeOf(leg: number, message: SipMessage): number {
    if (!message.isRequest) return responseCode(message.statusCode)
    return message.methodCode !== 0
      ? message.methodCode
      : this.#tables.oddMethod(leg, message.method)
  }

  /** The method of the CSeq; of a response it is the only word on what was answered. */
  #cseqMethodOf(leg: number, message: SipMessage): number {
    if (message.isRequest || message.cseqMethodCode !== 0) return message.cseqMethodCode
    return this.#tables.oddMethod(leg, message.method)
  }

  /** Headers that name the call are read from the first message, and again from an earlier one. */
  #readIdentity(leg: number, message: SipMessage, tUs: number, hash: number): void {
    const { isRequest, methodCode, cseqMethodCode, toTagStart } = message
    const witness = witnessOf(isRequest, isRequest ? methodCode : cseqMethodCode, toTagStart >= 0)
    const isBetterHead = this.#isBetterHead(leg, witness, tUs, hash)
    if (isBetterHead) {
      this.#legs.texts(leg).head = readHead(message)
      this.#legs.doubles[this.#legs.doublesOf(leg) + open.LEG_HEAD_T_US] = tUs
      this.#legs.words[this.#legs.wordsOf(leg) + open.LEG_HEAD_HASH] = hash
      this.#legs.words[this.#legs.wordsOf(leg) + open.LEG_HEAD_WITNESS] = witness
    }
    // Which messages are read must not depend on which came first: two observers who began at
    // different ones come to the same keys. Requests, and answers that set up a dialog, are enough.
    const isAnswer = message.cseqMethodCode === METHOD_INVITE && message.statusCode >= 180
    if (!message.isRequest && !isAnswer) return
    const first = this.#anyProbe.next(message, 0)
    if (first < 0) return
    const texts = this.#legs.texts(leg)
    // A proxy adds some on the way: each INVITE that began the leg is read, whoever sent it.
    if (witness === WITNESS_OPENING && methodCode === METHOD_INVITE) {
      const head = isBetterHead ? texts.head : readHead(message)
      const identities = readIdentities(message, head, first)
      if (identities.length > 0) {
        texts.identities = sortedIdentities([...texts.identities, ...identities])
      }
    }
    if (this.#probe.next(message, first) < 0) return
    const keys = readJoinKeys(message, this.#settings)
    if (keys.length > 0) texts.joinKeys = sortedJoinKeys([...texts.joinKeys, ...keys])
    const conversation = readConversation(message, this.#settings)
    if (conversation === null) return
    if (texts.conversation === null || conversation < texts.conversation) {
      texts.conversation = conversation
    }
  }

  /** Looks for the leg that a new one carries on, where headers do not say. */
  #followInvite(leg: number, message: SipMessage, carriage: Carriage): void {
    if (this.#settings.joinBy !== 'evidence') return
    const isFirst = this.#legs.words[this.#legs.wordsOf(leg) + open.LEG_COUNT] === 1
    const isSentFurther = this.#line.path > PATH_REVERSE
    if (!isFirst && !isSentFurther) return
    const key = this.#onward.follow({ leg, message, carriage }, isFirst)
    if (key === undefined) return
    const texts = this.#legs.texts(leg)
    texts.joinKeys = sortedJoinKeys([...texts.joinKeys, key])
  }

  /** The open leg of a Call-ID, -1 for none. */
  #named(callId: string): number {
    return this.#legs.find(hashBytes53(Buffer.from(callId, 'latin1'), this.#seed))
  }

  #readReason(leg: number, message: SipMessage, hash: number): void {
    const text = readReason(message)
    if (text === null) return
    const texts = this.#legs.texts(leg)
    texts.reasons = sortedReasons([...texts.reasons, { hash, text }])
  }

  /** Whether a message is the better witness, as `compareWitnesses` orders them. */
  #isBetterHead(leg: number, witness: number, tUs: number, hash: number): boolean {
    const word = this.#legs.wordsOf(leg)
    if (this.#legs.words[word + open.LEG_COUNT] === 0) return true
    const headWitness = this.#legs.words[word + open.LEG_HEAD_WITNESS] ?? 0
    if (witness !== headWitness) return witness < headWitness
    const headTUs = this.#legs.doubles[this.#legs.doublesOf(leg) + open.LEG_HEAD_T_US] ?? 0
    if (tUs !== headTUs) return tUs < headTUs
    return hash < (this.#legs.words[word + open.LEG_HEAD_HASH] ?? 0)
  }

  #addFact(leg: number, message: SipMessage, carriage: Carriage, hash: number): void {
    const line = this.#line
    const first = carriage.pieces[0]
    line.tUs = carriage.tUs
    line.ref = first?.ref ?? 0
    line.hash = hash
    line.code = this.#codeOf(leg, message)
    line.cseq = message.cseqNumber
    line.cseqMethod = this.#cseqMethodOf(leg, message)
    line.path = this.#tables.pathOf(leg, carriage)
    line.fromTag = this.#tagOf(leg, message.fromTagStart, message.fromTagHash)
    line.toTag = this.#tagOf(leg, message.toTagStart, message.toTagHash)
    line.offset = first?.offset ?? 0
    line.length = first?.length ?? 0
    line.copy = this.#copyOf(leg, carriage, hash, line.path)
    const { words } = this.#legs
    const word = this.#legs.wordsOf(leg)
    const count = words[word + open.LEG_COUNT] ?? 0
    const last = this.#arena.append(words[word + open.LEG_LAST_CHUNK] ?? NO_CHUNK, count, line)
    if (count === 0) words[word + open.LEG_FIRST_CHUNK] = last
    words[word + open.LEG_LAST_CHUNK] = last
    words[word + open.LEG_COUNT] = count + 1
  }

  /** What a message changes of its leg beside adding a line. */
  #turnState(leg: number, message: SipMessage, carriage: Carriage): void {
    const double = this.#legs.doublesOf(leg)
    const word = this.#legs.wordsOf(leg)
    const { doubles, words } = this.#legs
    let flags = words[word + open.LEG_FLAGS] ?? 0
    if (carriage.tUs < (doubles[double + open.LEG_LAST_US] ?? 0)) flags |= open.FLAG_OUT_OF_ORDER
    doubles[double + open.LEG_LAST_US] = carriage.tUs
    if (message.cseqMethodCode === METHOD_INVITE) flags |= open.FLAG_IS_CALL
    if (endsLeg(message, (flags & open.FLAG_IS_CALL) !== 0)) {
      if ((flags & open.FLAG_IS_QUEUED) === 0) this.#ended.add(leg, 0)
      flags |= open.FLAG_IS_ENDED | open.FLAG_IS_QUEUED
    } else if (goesOn(message)) flags &= ~open.FLAG_IS_ENDED
    if ((flags & open.FLAG_IS_DIRTY) === 0) {
      const ref = carriage.pieces[0]?.ref ?? 0
      doubles[double + open.LEG_DIRTY_REF] = ref
      this.#dirty.add(leg, ref)
      flags |= open.FLAG_IS_DIRTY
    }
    words[word + open.LEG_FLAGS] = flags
  }

  /** Counts equal messages of one microsecond apart, so that a copy on the wire stays a copy. */
  #copyOf(leg: number, carriage: Carriage, hash: number, path: number): number {
    const ordinal = this.#copiesBefore(leg, carriage.tUs, hash, path)
    if (carriage.pieces.length <= 1) return packCopy(ordinal, 0)
    const extra: number[] = []
    for (let i = 1; i < carriage.pieces.length; i++) {
      const piece = carriage.pieces[i]
      if (piece !== undefined) extra.push(piece.ref, piece.offset, piece.length)
    }
    return packCopy(ordinal, this.#legs.more(leg).extras.push(extra))
  }

  #copiesBefore(leg: number, tUs: number, hash: number, path: number): number {
    const word = this.#legs.wordsOf(leg)
    const count = this.#legs.words[word + open.LEG_COUNT] ?? 0
    // Usually time rises and copies are the last lines; interfaces merged may take it back.
    const isOutOfOrder = this.#legs.hasFlag(leg, open.FLAG_OUT_OF_ORDER)
    if (count === 0 || (this.#lastUs(leg) < tUs && !isOutOfOrder)) return 0
    const first = this.#legs.words[word + open.LEG_FIRST_CHUNK] ?? NO_CHUNK
    const facts = this.#arena.gather(first, count)
    const lowest = Math.max(0, count - COPY_LOOK_BACK)
    for (let line = count - 1; line >= lowest; line--) {
      const at = line * FACT_FIELDS
      if (facts[at + FACT_T_US] !== tUs || facts[at + FACT_HASH] !== hash) continue
      if (facts[at + FACT_PATH] !== path) continue
      return Math.min(ordinalOf(facts[at + FACT_COPY] ?? 0) + 1, COPY_MAX)
    }
    return 0
  }

  // ── out ──────────────────────────────────────────────────────────────────────────────────────

  /** The record is good until `emit` returns: its numbers lie in memory that is used again. */
  #store(leg: number): void {
    if (!this.#legs.hasFlag(leg, open.FLAG_IS_DIRTY)) return
    this.#legs.clearFlag(leg, open.FLAG_IS_DIRTY)
    const { words } = this.#legs
    const word = this.#legs.wordsOf(leg)
    const count = words[word + open.LEG_COUNT] ?? 0
    const more = this.#legs.moreIfAny(leg)
    const texts = this.#legs.texts(leg)
    const trail: LegTrail = {
      paths: this.#tables.paths(leg),
      tags: this.#tables.tags(leg),
      methods: more?.methods ?? [],
      facts: this.#arena.gather(words[word + open.LEG_FIRST_CHUNK] ?? NO_CHUNK, count),
      extras: more?.extras ?? [],
      reasons: texts.reasons,
      identities: texts.identities,
    }
    this.#emit({
      callId: texts.callId,
      head: texts.head,
      joinKeys: texts.joinKeys,
      conversation: texts.conversation,
      problems: texts.problems,
      trail: more === undefined ? orderTrail(trail) : canonicalTrail(trail),
    })
  }
}

function addProblems(texts: open.LegTexts, message: SipMessage): void {
  for (const { code } of message.problems()) addProblem(texts, code)
}

function addProblem(texts: open.LegTexts, code: string): void {
  if (texts.problems.includes(code)) return
  texts.problems = [...texts.problems, code].sort()
}
