// SIP messages in, leg records out: follows each Call-ID's dialog in memory until it has ended or
// fallen silent, and hands its record on to be stored. Forgetting a leg loses nothing: a later
// message begins a record that the store merges with the one it has.
import type { AddressTable } from '../base/address-table.ts'
import { hashBytes32 } from '../base/hash.ts'
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { Ends, FramePiece } from '../decode/datagram.ts'
import type { SipMessage } from '../sip/message.ts'
import { METHODS } from '../sip/method.ts'
import { FactArena } from './fact-arena.ts'
import {
  HeaderProbe,
  type JoinSettings,
  readConversation,
  readHead,
  readJoinKeys,
} from './leg-head.ts'
import { orderTrail } from './leg-merge.ts'
import {
  FACT_CODE,
  FACT_COPY,
  FACT_CSEQ,
  FACT_CSEQ_METHOD,
  FACT_FROM_TAG,
  FACT_HASH,
  FACT_LENGTH,
  FACT_OFFSET,
  FACT_PATH,
  FACT_REF,
  FACT_T_US,
  FACT_TO_TAG,
  type LegRecord,
  ODD_METHOD_BASE,
  ordinalOf,
  type Path,
  packCopy,
  responseCode,
  sortedJoinKeys,
} from './leg-record.ts'
import { DirtyLegs } from './dirty-legs.ts'
import { OpenLeg, OpenLegs } from './open-legs.ts'

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
const PATH_FIELDS = 5
/** Looks for idle legs go through all of them, so they are made this often an idle time. */
const IDLE_LOOKS = 8
/** Lines in which a copy of one microsecond is looked for where time goes back and forth. */
const COPY_LOOK_BACK = 64
/** Drops two bits of a hash: what is left is a small integer to the engine. */
const CALL_ID_HASH_SHIFT = 2

export interface TrackerStats {
  openLegs: number
  messages: number
  messagesBeyondLimit: number
  legsEvicted: number
}

export class LegTracker {
  readonly #legs = new OpenLegs()
  readonly #arena = new FactArena()
  readonly #dirty = new DirtyLegs()
  /** Ended legs in the order in which they ended, from `#endedFrom` on. */
  #ended: OpenLeg[] = []
  #endedFrom = 0
  readonly #addresses: AddressTable
  readonly #settings: JoinSettings
  readonly #probe: HeaderProbe
  readonly #emit: (record: LegRecord) => void
  readonly #times: TrackerTimes
  readonly #limits: Limits
  readonly #stats: TrackerStats = {
    openLegs: 0,
    messages: 0,
    messagesBeyondLimit: 0,
    legsEvicted: 0,
  }
  #idleLookUs = 0
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
    const { joinHeaders, conversationHeaders } = parts.settings
    this.#probe = new HeaderProbe([...joinHeaders, ...conversationHeaders])
    this.#emit = parts.emit
    this.#times = parts.times ?? defaultTrackerTimes
    this.#limits = parts.limits ?? houseLimits
  }

  /** Takes one message. Its bytes may be used again afterwards. */
  push(message: SipMessage, carriage: Carriage): void {
    this.#stats.messages++
    this.#turnViewTo(message.bytes)
    const hash = this.#hash(message.start, message.end)
    const leg = this.#legOf(message, carriage)
    if (leg.facts.count >= this.#limits.messagesPerLegMax) {
      this.#stats.messagesBeyondLimit++
      return
    }
    this.#readIdentity(leg, message, carriage.tUs, hash)
    if (message.isSuspect) addProblems(leg, message)
    this.#addFact(leg, message, carriage, hash)
    leg.isOutOfOrder ||= carriage.tUs < leg.lastUs
    leg.lastUs = carriage.tUs
    leg.isCall ||= message.cseqMethodCode === INVITE
    leg.isEnded = endsLeg(message, leg.isCall)
    if (leg.isEnded && !leg.isQueued) {
      leg.isQueued = true
      this.#ended.push(leg)
    }
    if (!leg.isDirty) {
      leg.isDirty = true
      this.#dirty.add(leg, carriage.pieces[0]?.ref ?? 0)
    }
    // A message without a Call-ID is a leg by itself: nothing can follow.
    if (leg.callId === null) this.#letGo(leg)
  }

  /** Lets go of what ended or fell silent before `nowUs` (packet time, not the clock). */
  tick(nowUs: number): void {
    this.#dropEnded(nowUs)
    if (Math.abs(nowUs - this.#idleLookUs) * IDLE_LOOKS < this.#times.idleUs) return
    this.#idleLookUs = nowUs
    this.#legs.removeWhere((leg) => {
      if (nowUs - leg.lastUs < this.#times.idleUs) return false
      this.#letGo(leg)
      return true
    })
  }

  /** Hands on every leg with messages of before `ref` that are not stored; keeps following all. */
  storeBefore(ref: number): void {
    while (this.#dirty.oldest < ref) {
      const leg = this.#dirty.take()
      if (leg !== undefined) this.#store(leg)
    }
  }

  /** Ref of the earliest message that no stored record covers; Infinity when all are stored. */
  oldestUnstoredRef(): number {
    return this.#dirty.oldest
  }

  /** Hands on everything and forgets it: the end of the input. */
  finish(): void {
    for (const leg of this.#legs) this.#letGo(leg)
    this.#legs.clear()
    this.#dirty.clear()
    this.#ended = []
    this.#endedFrom = 0
  }

  stats(): TrackerStats {
    return { ...this.#stats, openLegs: this.#legs.size }
  }

  // ── which leg ────────────────────────────────────────────────────────────────────────────────

  #legOf(message: SipMessage, carriage: Carriage): OpenLeg {
    const { callIdStart, callIdEnd } = message
    if (callIdStart < 0 || callIdEnd <= callIdStart) return new OpenLeg(null)
    const hash = this.#callIdHash(callIdStart, callIdEnd)
    const known = this.#legs.find(message, hash)
    if (known !== undefined) return known
    if (this.#legs.size >= this.#limits.openLegsMax) this.#evict(carriage.tUs)
    const leg = new OpenLeg(message.bytes.toString('latin1', callIdStart, callIdEnd))
    this.#legs.add(leg, hash)
    return leg
  }

  #dropEnded(nowUs: number): void {
    const ended = this.#ended
    let at = this.#endedFrom
    for (; at < ended.length; at++) {
      const leg = ended[at]
      if (leg === undefined || leg.isGone) continue
      if (leg.isEnded && nowUs - leg.lastUs < this.#times.lingerUs) break
      leg.isQueued = false
      // A further request opened it again: it will be queued when it ends again.
      if (leg.isEnded) this.#drop(leg)
    }
    this.#endedFrom = at
    if (at * 2 > ended.length) {
      this.#ended = ended.slice(at)
      this.#endedFrom = 0
    }
  }

  #drop(leg: OpenLeg): void {
    const callId = Buffer.from(leg.callId ?? '', 'latin1')
    this.#turnViewTo(callId)
    this.#legs.remove(leg, this.#callIdHash(0, callId.length))
    this.#letGo(leg)
  }

  /** Makes room: first what has ended, then the oldest tenth of what is left. */
  #evict(nowUs: number): void {
    this.#dropEnded(nowUs)
    let surplus = this.#legs.size - Math.floor(this.#limits.openLegsMax * 0.9)
    if (surplus <= 0) return
    this.#legs.removeWhere((leg) => {
      if (surplus-- <= 0) return false
      this.#letGo(leg)
      this.#stats.legsEvicted++
      return true
    })
  }

  // ── what a message says ──────────────────────────────────────────────────────────────────────

  #turnViewTo(bytes: Buffer): void {
    if (this.#viewOf !== bytes.buffer) {
      this.#view = new DataView(bytes.buffer)
      this.#viewOf = bytes.buffer
    }
    this.#viewOffset = bytes.byteOffset
  }

  /** Hash of a span of the bytes that the view was turned to. */
  #hash(start: number, end: number): number {
    return hashBytes32(this.#view, this.#viewOffset + start, this.#viewOffset + end)
  }

  #callIdHash(start: number, end: number): number {
    return this.#hash(start, end) >>> CALL_ID_HASH_SHIFT
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
    leg.methods ??= []
    const known = leg.methods.indexOf(method)
    if (known >= 0) return ODD_METHOD_BASE + known
    if (leg.methods.length >= this.#limits.oddMethodsPerLegMax) return 0
    return ODD_METHOD_BASE + leg.methods.push(method) - 1
  }

  /** Headers that name the call are read from the first message, and again from an earlier one. */
  #readIdentity(leg: OpenLeg, message: SipMessage, tUs: number, hash: number): void {
    const isFirst = leg.facts.count === 0
    if (isFirst || ranksBefore(message, tUs, hash, leg)) {
      leg.head = readHead(message)
      leg.headIsResponse = !message.isRequest
      leg.headTUs = tUs
      leg.headHash = hash
    }
    // Which messages are read must not depend on which came first: two observers who began at
    // different ones come to the same keys. Requests, and answers that set up a dialog, are enough.
    const isAnswer = message.cseqMethodCode === INVITE && message.statusCode >= 180
    if (!message.isRequest && !isAnswer) return
    if (!this.#probe.mayHave(message)) return
    const keys = readJoinKeys(message, this.#settings)
    if (keys.length > 0) leg.joinKeys = sortedJoinKeys([...leg.joinKeys, ...keys])
    const conversation = readConversation(message, this.#settings)
    if (conversation !== null && (leg.conversation === null || conversation < leg.conversation)) {
      leg.conversation = conversation
    }
  }

  #addFact(leg: OpenLeg, message: SipMessage, carriage: Carriage, hash: number): void {
    const path = this.#pathOf(leg, carriage)
    const copy = this.#copyOf(leg, carriage, hash, path)
    const first = carriage.pieces[0]
    const lines = this.#arena.append(leg.facts)
    const at = this.#arena.offset
    lines[at + FACT_T_US] = carriage.tUs
    lines[at + FACT_REF] = first?.ref ?? 0
    lines[at + FACT_HASH] = hash
    lines[at + FACT_CODE] = this.#codeOf(leg, message)
    lines[at + FACT_CSEQ] = message.cseqNumber
    lines[at + FACT_CSEQ_METHOD] = this.#cseqMethodOf(leg, message)
    lines[at + FACT_PATH] = path
    lines[at + FACT_FROM_TAG] = this.#tagOf(leg, message.fromTagStart, message.fromTagEnd)
    lines[at + FACT_TO_TAG] = this.#tagOf(leg, message.toTagStart, message.toTagEnd)
    lines[at + FACT_OFFSET] = first?.offset ?? 0
    lines[at + FACT_LENGTH] = first?.length ?? 0
    lines[at + FACT_COPY] = copy
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
    const tag = this.#hash(start, end)
    const known = leg.tags.indexOf(tag)
    if (known >= 0) return known + 1
    if (leg.tags.length >= this.#limits.tagsPerLegMax) return leg.tags.length
    return leg.tags.push(tag)
  }

  /** Counts equal messages of one microsecond apart, so that a copy on the wire stays a copy. */
  #copyOf(leg: OpenLeg, carriage: Carriage, hash: number, path: number): number {
    let ordinal = 0
    const isSameTime = leg.facts.count > 0 && leg.lastUs === carriage.tUs
    for (let line = leg.facts.count - 1; isSameTime && line >= 0; line--) {
      const lines = this.#arena.line(leg.facts, line)
      const at = this.#arena.offset
      const tUs = lines[at + FACT_T_US] ?? 0
      // Usually time rises and the copies are the last lines; interfaces merged may take it back.
      if (tUs < carriage.tUs && !leg.isOutOfOrder) break
      if (tUs !== carriage.tUs || lines[at + FACT_HASH] !== hash || lines[at + FACT_PATH] !== path)
        continue
      ordinal = ordinalOf(lines[at + FACT_COPY] ?? 0) + 1
      break
    }
    if (carriage.pieces.length <= 1) return ordinal === 0 ? 0 : packCopy(ordinal, 0)
    const extra: number[] = []
    for (let i = 1; i < carriage.pieces.length; i++) {
      const piece = carriage.pieces[i]
      if (piece !== undefined) extra.push(piece.ref, piece.offset, piece.length)
    }
    leg.extras ??= []
    return packCopy(ordinal, leg.extras.push(extra))
  }

  // ── out ──────────────────────────────────────────────────────────────────────────────────────

  #letGo(leg: OpenLeg): void {
    this.#store(leg)
    this.#arena.release(leg.facts)
    leg.isGone = true
  }

  /** The record is good until `emit` returns: its numbers lie in memory that is used again. */
  #store(leg: OpenLeg): void {
    if (!leg.isDirty) return
    leg.isDirty = false
    this.#emit({
      callId: leg.callId,
      head: leg.head,
      joinKeys: leg.joinKeys,
      conversation: leg.conversation,
      problems: leg.problems,
      trail: orderTrail({
        paths: this.#pathTexts(leg.paths),
        tags: leg.tags,
        methods: leg.methods ?? [],
        facts: this.#arena.gather(leg.facts),
        extras: leg.extras ?? [],
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

/** Whether a message is a better witness of who the leg is about: see `rankOf` of leg-merge.ts. */
function ranksBefore(message: SipMessage, tUs: number, hash: number, leg: OpenLeg): boolean {
  if (message.isRequest === leg.headIsResponse) return message.isRequest
  return tUs < leg.headTUs || (tUs === leg.headTUs && hash < leg.headHash)
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
