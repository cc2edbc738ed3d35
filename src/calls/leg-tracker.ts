// SIP messages in, leg records out: follows each Call-ID's dialog in memory until it has ended or
// fallen silent, and hands its record on to be stored. Forgetting a leg loses nothing: a later
// message begins a record that the store merges with the one it has.
import { hashBytes32 } from '../base/hash.ts'
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { AddressTable } from '../base/address-table.ts'
import type { Ends, FramePiece } from '../decode/datagram.ts'
import type { SipMessage } from '../sip/message.ts'
import { METHODS } from '../sip/method.ts'
import { type JoinSettings, readConversation, readHead, readJoinKeys } from './leg-head.ts'
import { compareRanks, orderTrail, rankOf } from './leg-merge.ts'
import {
  FACT_COPY,
  FACT_FIELDS,
  FACT_HASH,
  FACT_PATH,
  FACT_T_US,
  type JoinKey,
  type LegHead,
  type LegRecord,
  ODD_METHOD_BASE,
  ordinalOf,
  type Path,
  packCopy,
  responseCode,
  sortedJoinKeys,
} from './leg-record.ts'

/** How a message travelled, as the line tells the tracker. */
export interface Carriage extends Ends {
  readonly tUs: number
  /** IP protocol number. */
  readonly transport: number
  readonly pieces: readonly FramePiece[]
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

const INVITE = METHODS.indexOf('INVITE')
const BYE = METHODS.indexOf('BYE')
const NO_HEAD: LegHead = { from: null, to: null, fromHost: null, toHost: null, userAgent: null }
const PATH_FIELDS = 5

/** One leg in memory. */
class OpenLeg {
  readonly callId: string | null
  head: LegHead = NO_HEAD
  headRank: readonly [number, number, number] = [2, 0, 0]
  joinKeys: readonly JoinKey[] = []
  conversation: string | null = null
  problems: string[] = []
  /** Flat: src, srcPort, dst, dstPort, transport, src, … */
  readonly paths: number[] = []
  readonly tags: number[] = []
  readonly methods: string[] = []
  readonly extras: number[][] = []
  readonly facts: number[] = []
  /** Ref of the earliest message that is not stored yet; Infinity when all are. */
  dirtyRef = Number.POSITIVE_INFINITY
  lastUs = 0
  isEnded = false
  isCall = false

  constructor(callId: string | null) {
    this.callId = callId
  }
}

export interface TrackerStats {
  openLegs: number
  messages: number
  messagesBeyondLimit: number
  legsEvicted: number
}

export class LegTracker {
  readonly #legs = new Map<string, OpenLeg>()
  readonly #addresses: AddressTable
  readonly #settings: JoinSettings
  readonly #emit: (record: LegRecord) => void
  readonly #times: TrackerTimes
  readonly #limits: Limits
  readonly #stats: TrackerStats = {
    openLegs: 0,
    messages: 0,
    messagesBeyondLimit: 0,
    legsEvicted: 0,
  }
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))
  #viewOf: ArrayBufferLike | undefined
  #viewOffset = 0

  constructor(parts: {
    addresses: AddressTable
    settings: JoinSettings
    emit: (record: LegRecord) => void
    times?: TrackerTimes
    limits?: Limits
  }) {
    this.#addresses = parts.addresses
    this.#settings = parts.settings
    this.#emit = parts.emit
    this.#times = parts.times ?? defaultTrackerTimes
    this.#limits = parts.limits ?? houseLimits
  }

  /** Takes one message. Its bytes may be used again afterwards. */
  push(message: SipMessage, carriage: Carriage): void {
    this.#stats.messages++
    const hash = this.#hash(message)
    const leg = this.#legOf(message, carriage, hash)
    if (leg.facts.length >= this.#limits.messagesPerLegMax * FACT_FIELDS) {
      this.#stats.messagesBeyondLimit++
      return
    }
    const code = this.#codeOf(leg, message)
    this.#readIdentity(leg, message, rankOf(code, carriage.tUs, hash))
    if (message.isSuspect) addProblems(leg, message)
    this.#addFact(leg, message, carriage, code, hash)
    leg.lastUs = carriage.tUs
    leg.isCall ||= message.cseqMethodCode === INVITE
    leg.isEnded = endsLeg(message, leg.isCall)
    const ref = carriage.pieces[0]?.ref ?? 0
    if (ref < leg.dirtyRef) leg.dirtyRef = ref
    // A message without a Call-ID is a leg by itself: nothing can follow.
    if (leg.callId === null) this.#store(leg)
  }

  /** Lets go of what ended or fell silent before `nowUs` (packet time, not the clock). */
  tick(nowUs: number): void {
    for (const [key, leg] of this.#legs) {
      const silentUs = nowUs - leg.lastUs
      if (silentUs < (leg.isEnded ? this.#times.lingerUs : this.#times.idleUs)) continue
      this.#store(leg)
      this.#legs.delete(key)
    }
  }

  /** Hands on every leg with messages of before `ref` that are not stored; keeps following all. */
  storeBefore(ref: number): void {
    for (const leg of this.#legs.values()) if (leg.dirtyRef < ref) this.#store(leg)
  }

  /** Ref of the earliest message that no stored record covers; Infinity when all are stored. */
  oldestUnstoredRef(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const leg of this.#legs.values()) if (leg.dirtyRef < oldest) oldest = leg.dirtyRef
    return oldest
  }

  /** Hands on everything and forgets it: the end of the input. */
  finish(): void {
    for (const leg of this.#legs.values()) this.#store(leg)
    this.#legs.clear()
  }

  stats(): TrackerStats {
    return { ...this.#stats, openLegs: this.#legs.size }
  }

  #legOf(message: SipMessage, carriage: Carriage, hash: number): OpenLeg {
    if (message.callIdStart < 0 || message.callIdEnd <= message.callIdStart) {
      return new OpenLeg(null)
    }
    const callId = message.bytes.toString('latin1', message.callIdStart, message.callIdEnd)
    const known = this.#legs.get(callId)
    if (known !== undefined) return known
    if (this.#legs.size >= this.#limits.openLegsMax) this.#evict(carriage.tUs)
    const leg = new OpenLeg(callId)
    leg.headRank = [2, carriage.tUs, hash]
    this.#legs.set(callId, leg)
    return leg
  }

  /** Makes room: first what has ended, then the oldest tenth of what is left. */
  #evict(nowUs: number): void {
    this.tick(nowUs)
    const most = this.#limits.openLegsMax * 0.9
    for (const [key, leg] of this.#legs) {
      if (this.#legs.size <= most) return
      this.#store(leg)
      this.#legs.delete(key)
      this.#stats.legsEvicted++
    }
  }

  #hash(message: SipMessage): number {
    const { buffer, byteOffset } = message.bytes
    if (this.#viewOf !== buffer) {
      this.#view = new DataView(buffer)
      this.#viewOf = buffer
    }
    this.#viewOffset = byteOffset
    return hashBytes32(this.#view, byteOffset + message.start, byteOffset + message.end)
  }

  #codeOf(leg: OpenLeg, message: SipMessage): number {
    if (!message.isRequest) return responseCode(message.statusCode)
    return message.methodCode !== 0 ? message.methodCode : this.#oddMethod(leg, message.method)
  }

  /** The method of the CSeq; of a response it is the only word on what was answered. */
  #cseqMethodOf(leg: OpenLeg, message: SipMessage): number {
    if (message.isRequest || message.cseqMethodCode !== 0) return message.cseqMethodCode
    return this.#oddMethod(leg, message.method)
  }

  #oddMethod(leg: OpenLeg, method: string): number {
    if (method === '') return 0
    const known = leg.methods.indexOf(method)
    if (known >= 0) return ODD_METHOD_BASE + known
    if (leg.methods.length >= this.#limits.oddMethodsPerLegMax) return 0
    return ODD_METHOD_BASE + leg.methods.push(method) - 1
  }

  /** Headers that name the call are read from the first message, and again from an earlier one. */
  #readIdentity(leg: OpenLeg, message: SipMessage, rank: readonly [number, number, number]): void {
    const isFirst = leg.facts.length === 0
    if (isFirst || compareRanks(rank, leg.headRank) < 0) {
      leg.head = readHead(message)
      leg.headRank = rank
    }
    // Only messages that begin a dialog or answer one tell what it belongs to; looking into each
    // of the others would double the work for nothing new.
    const isOpening = message.isRequest && message.toTagStart < 0
    if (!isFirst && !isOpening && message.statusCode < 180) return
    if (!isFirst && message.cseqMethodCode !== INVITE) return
    const keys = readJoinKeys(message, this.#settings)
    if (keys.length > 0) leg.joinKeys = sortedJoinKeys([...leg.joinKeys, ...keys])
    const conversation = readConversation(message, this.#settings)
    if (conversation !== null && (leg.conversation === null || conversation < leg.conversation)) {
      leg.conversation = conversation
    }
  }

  #addFact(
    leg: OpenLeg,
    message: SipMessage,
    carriage: Carriage,
    code: number,
    hash: number,
  ): void {
    const path = this.#pathOf(leg, carriage)
    const first = carriage.pieces[0]
    leg.facts.push(
      carriage.tUs,
      first?.ref ?? 0,
      hash,
      code,
      message.cseqNumber,
      this.#cseqMethodOf(leg, message),
      path,
      this.#tagOf(leg, message.fromTagStart, message.fromTagEnd),
      this.#tagOf(leg, message.toTagStart, message.toTagEnd),
      first?.offset ?? 0,
      first?.length ?? 0,
      this.#copyOf(leg, carriage, hash, path),
    )
  }

  #pathOf(leg: OpenLeg, ends: Carriage): number {
    const { paths } = leg
    for (let at = 0; at < paths.length; at += PATH_FIELDS) {
      if (
        paths[at] === ends.src &&
        paths[at + 2] === ends.dst &&
        paths[at + 1] === ends.srcPort &&
        paths[at + 3] === ends.dstPort &&
        paths[at + 4] === ends.transport
      ) {
        return at / PATH_FIELDS
      }
    }
    const count = paths.length / PATH_FIELDS
    if (count >= this.#limits.endpointsPerLegMax) return count - 1
    paths.push(ends.src, ends.srcPort, ends.dst, ends.dstPort, ends.transport)
    return count
  }

  #tagOf(leg: OpenLeg, start: number, end: number): number {
    if (start < 0) return 0
    const offset = this.#viewOffset
    const tag = hashBytes32(this.#view, offset + start, offset + end)
    const known = leg.tags.indexOf(tag)
    if (known >= 0) return known + 1
    if (leg.tags.length >= this.#limits.tagsPerLegMax) return leg.tags.length
    return leg.tags.push(tag)
  }

  /** Counts equal messages of one microsecond apart, so that a copy on the wire stays a copy. */
  #copyOf(leg: OpenLeg, carriage: Carriage, hash: number, path: number): number {
    const { facts } = leg
    let ordinal = 0
    for (let at = facts.length - FACT_FIELDS; at >= 0; at -= FACT_FIELDS) {
      if (facts[at + FACT_T_US] !== carriage.tUs) break
      if (facts[at + FACT_HASH] !== hash || facts[at + FACT_PATH] !== path) continue
      ordinal = ordinalOf(facts[at + FACT_COPY] ?? 0) + 1
      break
    }
    if (carriage.pieces.length <= 1) return ordinal === 0 ? 0 : packCopy(ordinal, 0)
    const extra: number[] = []
    for (let i = 1; i < carriage.pieces.length; i++) {
      const piece = carriage.pieces[i]
      if (piece !== undefined) extra.push(piece.ref, piece.offset, piece.length)
    }
    return packCopy(ordinal, leg.extras.push(extra))
  }

  #store(leg: OpenLeg): void {
    if (leg.dirtyRef === Number.POSITIVE_INFINITY) return
    leg.dirtyRef = Number.POSITIVE_INFINITY
    this.#emit({
      callId: leg.callId,
      head: leg.head,
      joinKeys: leg.joinKeys,
      conversation: leg.conversation,
      problems: leg.problems,
      trail: orderTrail({
        paths: this.#pathTexts(leg.paths),
        tags: leg.tags,
        methods: leg.methods,
        facts: leg.facts,
        extras: leg.extras,
      }),
    })
  }

  #pathTexts(flat: readonly number[]): Path[] {
    const paths: Path[] = []
    for (let at = 0; at < flat.length; at += PATH_FIELDS) {
      paths.push({
        src: this.#addresses.text(flat[at] ?? 0),
        srcPort: flat[at + 1] ?? 0,
        dst: this.#addresses.text(flat[at + 2] ?? 0),
        dstPort: flat[at + 3] ?? 0,
        transport: flat[at + 4] ?? 0,
      })
    }
    return paths
  }
}

/** True for the answer after which a dialog has nothing more to say. */
function endsLeg(message: SipMessage, isCall: boolean): boolean {
  if (message.isRequest || message.statusCode < 200) return false
  if (!isCall || message.cseqMethodCode === BYE) return true
  if (message.cseqMethodCode !== INVITE) return false
  return message.statusCode >= 300 && message.statusCode !== 401 && message.statusCode !== 407
}

function addProblems(leg: OpenLeg, message: SipMessage): void {
  for (const { code } of message.problems()) {
    if (leg.problems.includes(code)) continue
    leg.problems = [...leg.problems, code].sort()
  }
}
