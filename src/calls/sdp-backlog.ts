// Messages that say something of media in, the same handed on when media is there to ask. A capture
// without media never asks, and then noticing costs a copy of the bytes and nothing is parsed. What
// overflows is the oldest, and is counted.
import type { Limits } from '../base/limits.ts'
import type { SipMessage } from '../sip/message.ts'
import { METHOD_INVITE, METHODS } from '../sip/method.ts'
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
  readonly cseqMethod: number
  /** 32-bit hashes of the tags, 0 for none. */
  readonly fromTag: number
  readonly toTag: number
  /** A session description, or nothing: then the message ended its leg. */
  readonly sdp: Buffer
}

/** Bytes before the Call-ID: times and numbers. */
const HEAD_BYTES = 44
const BYE = METHODS.indexOf('BYE')
const LETTER_V = 118
const DASH = 45
const EQUALS = 61

export class SdpBacklog {
  readonly #bytesMax: number
  /** The half being filled, and the full one before it. */
  #current: Buffer
  #before: Buffer
  #length = 0
  #lengthBefore = 0
  #count = 0
  #countBefore = 0
  #forgotten = 0
  /** Of those, what nobody has asked for yet: where no media comes nothing was lost. */
  #forgottenUnasked = 0

  constructor(limits: Limits) {
    this.#bytesMax = limits.sdpBacklogBytesMax / 2
    this.#current = Buffer.alloc(0)
    this.#before = Buffer.alloc(0)
  }

  /** Notes a message that carries a description or ends its leg; passes over all others. */
  push(message: SipMessage, carriage: Carriage): void {
    const { bytes, bodyStart, bodyEnd, callIdStart } = message
    if (callIdStart < 0) return
    if (bodyEnd - bodyStart > 2) {
      const first = bytes[bodyStart]
      if (first === LETTER_V && bytes[bodyStart + 1] === EQUALS) {
        return this.#note(message, carriage, bytes, bodyStart, bodyEnd)
      }
      // A description among other parts: SIPREC, ISUP, a location.
      if (first === DASH) return this.#noteParts(message, carriage)
    }
    const isRefusal = message.statusCode >= 300 && message.cseqMethodCode === METHOD_INVITE
    if (isRefusal || (message.isRequest && message.methodCode === BYE)) {
      this.#note(message, carriage, bytes, 0, 0)
    }
  }

  /** Hands on everything noted, oldest first, and forgets it. */
  drain(take: (notice: MediaNotice) => void): void {
    this.#forgotten += this.#forgottenUnasked
    this.#forgottenUnasked = 0
    if (this.#count + this.#countBefore === 0) return
    read(this.#before, this.#lengthBefore, take)
    read(this.#current, this.#length, take)
    this.#length = 0
    this.#lengthBefore = 0
    this.#count = 0
    this.#countBefore = 0
  }

  /** Notices that were forgotten before somebody asked for them. */
  get forgotten(): number {
    return this.#forgotten
  }

  #noteParts(message: SipMessage, carriage: Carriage): void {
    if (!message.hasSdp) return
    for (const part of message.parts) {
      if (part.contentType.mediaType !== 'application/sdp') continue
      this.#note(message, carriage, part.bytes, 0, part.bytes.length)
    }
  }

  #note(message: SipMessage, carriage: Carriage, body: Buffer, start: number, end: number): void {
    const { bytes, callIdStart, callIdEnd } = message
    const callIdBytes = Math.min(callIdEnd - callIdStart, 0xffff)
    const bodyBytes = end - start
    const total = HEAD_BYTES + callIdBytes + bodyBytes
    if (total > this.#bytesMax) return
    if (this.#length + total > this.#current.length) this.#makeRoom(total)
    const to = this.#current
    let at = to.writeDoubleLE(carriage.tUs, this.#length)
    at = to.writeDoubleLE(carriage.pieces[0]?.ref ?? 0, at)
    at = to.writeUInt32LE(message.hash32(message.fromTagStart, message.fromTagEnd), at)
    at = to.writeUInt32LE(message.hash32(message.toTagStart, message.toTagEnd), at)
    at = to.writeUInt32LE(message.isRequest ? 0 : message.statusCode, at)
    at = to.writeUInt32LE(message.isRequest ? message.methodCode : message.cseqMethodCode, at)
    at = to.writeUInt32LE(message.isRequest ? 1 : 0, at)
    at = to.writeUInt32LE(callIdBytes, at)
    at = to.writeUInt32LE(bodyBytes, at)
    at += bytes.copy(to, at, callIdStart, callIdStart + callIdBytes)
    at += body.copy(to, at, start, end)
    this.#length = at
    this.#count++
  }

  /** Grows the half at hand up to its bound; beyond that it becomes the one before. */
  #makeRoom(total: number): void {
    if (this.#length + total <= this.#bytesMax) {
      const bytes = Math.min(this.#bytesMax, Math.max(this.#current.length * 2, 65_536, total))
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#length + total))
      this.#current.copy(larger, 0, 0, this.#length)
      this.#current = larger
      return
    }
    this.#forgottenUnasked += this.#countBefore
    const free = this.#before
    this.#before = this.#current
    this.#lengthBefore = this.#length
    this.#countBefore = this.#count
    this.#current = free.length >= total ? free : Buffer.allocUnsafeSlow(this.#bytesMax)
    this.#length = 0
    this.#count = 0
  }
}

function read(bytes: Buffer, length: number, take: (notice: MediaNotice) => void): void {
  for (let at = 0; at < length; ) {
    const callIdAt = at + HEAD_BYTES
    const sdpAt = callIdAt + bytes.readUInt32LE(at + 36)
    const end = sdpAt + bytes.readUInt32LE(at + 40)
    take({
      tUs: bytes.readDoubleLE(at),
      ref: bytes.readDoubleLE(at + 8),
      fromTag: bytes.readUInt32LE(at + 16),
      toTag: bytes.readUInt32LE(at + 20),
      status: bytes.readUInt32LE(at + 24),
      cseqMethod: bytes.readUInt32LE(at + 28),
      isRequest: bytes.readUInt32LE(at + 32) === 1,
      callId: bytes.toString('latin1', callIdAt, sdpAt),
      sdp: Buffer.from(bytes.subarray(sdpAt, end)),
    })
    at = end
  }
}
