// Messages that say something of media in, the same handed on when media is there to ask. A capture
// without media never asks, and then noticing costs a copy of the bytes and nothing is parsed. What
// overflows is the oldest, and is counted.
import type { Limits } from '../base/limits.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { SipMessage } from '../sip/message.ts'
import { METHOD_BYE, METHOD_INFO, METHOD_INVITE, METHOD_UPDATE } from '../sip/method.ts'
import type { Carriage } from './leg-tracker.ts'

/** What a message says of its leg's media. Memory of its own; nothing is used again. */
export interface MediaNotice {
  readonly tUs: number
  /** Where the message is stored. */
  readonly ref: number
  readonly callId: string
  readonly isRequest: boolean
  /** 0 for a request. */
  readonly status: number
  /** CSeq's number, of the request or of what is answered; -1 where unknown. */
  readonly cseq: number
  readonly cseqMethod: number
  /** 32-bit hashes of the tags, 0 for none. */
  readonly fromTag: number
  readonly toTag: number
  /** A session description, a piece of one, or nothing: then it may accept, refuse or end one. */
  readonly sdp: Buffer
}

/** Gives what was said of media before the first message, oldest first. */
export type EarlierMedia = () => readonly MediaNotice[]

/** When a message came, and where it is stored. */
type Place = Pick<Carriage, 'tUs' | 'pieces'>

/** A notice: two float64, eight 32-bit numbers, and behind them the Call-ID and the description. */
const T_US = 0
const REF = 1
const FROM_TAG = 4
const TO_TAG = 5
const STATUS = 6
const METHOD = 7
const IS_REQUEST = 8
const CALL_ID_BYTES = 9
const SDP_BYTES = 10
const CSEQ = 11
const HEAD_BYTES = 48
const ALIGNED_TO = 8

const LETTER_A = 97
const LETTER_M = 109
const LETTER_V = 118
const DASH = 45
const EQUALS = 61
/** What rounding up in the kernel's memory may cost. */
const ROUNDING_BYTES = 256

/** Notices in a row, in the kernel's memory from `at` on. */
class Notices {
  readonly at: number
  length = 0
  count = 0

  constructor(at: number) {
    this.at = at
  }

  clear(): void {
    this.length = 0
    this.count = 0
  }
}

/** Memory of a kernel that a backlog takes; what is never filled costs nothing. */
export function sdpBacklogBytes(limits: Limits): number {
  return limits.sdpBacklogBytesMax + ROUNDING_BYTES
}

export class SdpBacklog {
  /** Of one half. */
  readonly #bytesMax: number
  readonly #kernel: Kernel
  readonly #doubles: Float64Array
  readonly #words: Uint32Array
  /** The half being filled, and the full one before it. */
  #current: Notices
  #before: Notices
  #forgotten = 0
  /** Of those, what nobody has asked for yet: where no media comes nothing was lost. */
  #forgottenUnasked = 0

  /** `kernel` with `sdpBacklogBytes` left. */
  constructor(kernel: Kernel, limits: Limits) {
    this.#bytesMax = Math.floor(limits.sdpBacklogBytesMax / 2)
    this.#kernel = kernel
    this.#doubles = new Float64Array(kernel.buffer)
    this.#words = new Uint32Array(kernel.buffer)
    this.#current = new Notices(kernel.reserve(this.#bytesMax))
    this.#before = new Notices(kernel.reserve(this.#bytesMax))
  }

  /**
   * Notes a message that carries a description or a piece of one, answers an INVITE at last,
   * refuses an UPDATE or ends its leg; passes over all others.
   */
  push(message: SipMessage, place: Place): void {
    const { bytes, bodyStart, bodyEnd, callIdStart } = message
    if (callIdStart < 0) return
    if (bodyEnd - bodyStart > 2) {
      if (beginsDescription(message)) return this.#note(message, place, bytes, bodyStart, bodyEnd)
      // A description among other parts: SIPREC, ISUP, a location.
      if (bytes[bodyStart] === DASH) return this.#noteParts(message, place)
    }
    if (decides(message)) this.#note(message, place, bytes, 0, 0)
  }

  /** Hands on everything noted, oldest first, and forgets it. */
  drain(take: (notice: MediaNotice) => void): void {
    this.#forgotten += this.#forgottenUnasked
    this.#forgottenUnasked = 0
    for (const notices of [this.#before, this.#current]) {
      this.#read(notices, take)
      notices.clear()
    }
  }

  /** Notices that were forgotten before somebody asked for them. */
  get forgotten(): number {
    return this.#forgotten
  }

  #noteParts(message: SipMessage, place: Place): void {
    if (!message.hasSdp) return
    for (const part of message.parts) {
      if (part.contentType.mediaType !== 'application/sdp') continue
      this.#note(message, place, part.bytes, 0, part.bytes.length)
    }
  }

  #note(message: SipMessage, place: Place, body: Buffer, start: number, end: number): void {
    const { bytes, callIdStart, callIdEnd } = message
    const callIdBytes = Math.min(callIdEnd - callIdStart, 0xffff)
    const total = alignedUp(HEAD_BYTES + callIdBytes + end - start)
    if (total > this.#bytesMax) return
    if (this.#current.length + total > this.#bytesMax) this.#turn()
    const notices = this.#current
    const at = notices.at + notices.length
    const doubles = this.#doubles
    doubles[at / 8 + T_US] = place.tUs
    doubles[at / 8 + REF] = place.pieces[0]?.ref ?? 0
    const words = this.#words
    const word = at / 4
    words[word + FROM_TAG] = message.fromTagHash
    words[word + TO_TAG] = message.toTagHash
    words[word + STATUS] = message.isRequest ? 0 : message.statusCode
    words[word + METHOD] = message.isRequest ? message.methodCode : message.cseqMethodCode
    words[word + IS_REQUEST] = message.isRequest ? 1 : 0
    words[word + CALL_ID_BYTES] = callIdBytes
    words[word + SDP_BYTES] = end - start
    words[word + CSEQ] = message.cseqNumber
    const callIdAt = at + HEAD_BYTES
    const sdpAt = this.#kernel.put(callIdAt, bytes, callIdStart, callIdStart + callIdBytes)
    if (end > start) this.#kernel.put(sdpAt, body, start, end)
    notices.length += total
    notices.count++
  }

  /** The half at hand is full and becomes the one before; what was there is forgotten. */
  #turn(): void {
    this.#forgottenUnasked += this.#before.count
    const free = this.#before
    this.#before = this.#current
    this.#current = free
    free.clear()
  }

  #read({ at: first, length }: Notices, take: (notice: MediaNotice) => void): void {
    const words = this.#words
    const { bytes } = this.#kernel
    for (let at = first; at < first + length; ) {
      const word = at / 4
      const callIdAt = at + HEAD_BYTES
      const sdpAt = callIdAt + (words[word + CALL_ID_BYTES] ?? 0)
      const end = sdpAt + (words[word + SDP_BYTES] ?? 0)
      take({
        tUs: this.#doubles[at / 8 + T_US] ?? 0,
        ref: this.#doubles[at / 8 + REF] ?? 0,
        fromTag: words[word + FROM_TAG] ?? 0,
        toTag: words[word + TO_TAG] ?? 0,
        status: words[word + STATUS] ?? 0,
        cseq: (words[word + CSEQ] ?? 0) | 0,
        cseqMethod: words[word + METHOD] ?? 0,
        isRequest: words[word + IS_REQUEST] === 1,
        callId: bytes.toString('latin1', callIdAt, sdpAt),
        sdp: Buffer.from(bytes.subarray(sdpAt, end)),
      })
      at = alignedUp(end)
    }
  }
}

/** Whether a message without a description says something of those before it. */
function decides({ isRequest, methodCode, cseqMethodCode, statusCode }: SipMessage): boolean {
  if (isRequest) return methodCode === METHOD_BYE
  if (cseqMethodCode === METHOD_INVITE) return statusCode >= 200
  return cseqMethodCode === METHOD_UPDATE && statusCode >= 300
}

/** An INFO may bring a piece of one: candidates that trickle (RFC 8840 §9). */
function beginsDescription({ bytes, bodyStart, isRequest, methodCode }: SipMessage): boolean {
  if (bytes[bodyStart + 1] !== EQUALS) return false
  const letter = bytes[bodyStart]
  if (letter === LETTER_V) return true
  return isRequest && methodCode === METHOD_INFO && (letter === LETTER_A || letter === LETTER_M)
}

function alignedUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNED_TO) * ALIGNED_TO
}
