// The index pass: one loop over a message's bytes that finds its header lines and, of the dozen
// headers that the line needs for every message, the offsets of the values. Makes no strings,
// allocates nothing, and never reads outside the message. What the values mean is message.ts.
//
//     header = field-name HCOLON field-value, folded by a line that begins with SP or HTAB
//                                                                        RFC 3261 §7.3.1, §25.1
import { limits } from '../base/limits.ts'
import {
  COLON,
  COMMA,
  CR,
  GREATER,
  isBlank,
  isDigit,
  LESS,
  LF,
  QUOTE,
  SEMICOLON,
  SP,
  TAB,
} from './chars.ts'
import {
  HEADER_CALL_ID,
  HEADER_CONTENT_LENGTH,
  HEADER_CSEQ,
  HEADER_FROM,
  HEADER_NONE,
  HEADER_OTHER,
  HEADER_TO,
  HEADER_VIA,
  headerCodeAt,
} from './header-code.ts'
import { METHOD_OTHER, methodCodeAt } from './method.ts'
import {
  closingQuote,
  isSpace,
  NAME_BRANCH,
  NAME_TAG,
  NO_TAG,
  paramValueAt,
  paramValueEnd,
  soleTagAt,
  UNUSUAL_TAG,
} from './param-bytes.ts'
import { IS_START_LINE, readStartLine, StartLine } from './start-line.ts'

/** Integers kept for a header line: name start and end, value start and end, code. */
const STRIDE = 5
const HEADERS_AT_FIRST = 48

/** A branch must say more than `z9hG4bK` (RFC 3261 §8.1.1.7). */
const MAGIC_COOKIE_LENGTH = 7

const NO_BYTES = Buffer.alloc(0)

/** Four line feeds, and what finds a zero byte in a word: see `#lineFeedFrom`. */
const LINE_FEEDS = 0x0a0a0a0a
const LOW_BITS = 0x01010101
const HIGH_BITS = 0x80808080 | 0

export interface ReadOptions {
  /** The bytes are one datagram: octets after the body are not part of the message. */
  readonly isDatagram?: boolean
}

/** What the index pass finds. All offsets are into `bytes`; -1 stands for an absent value. */
export class MessageIndex {
  bytes: Buffer = NO_BYTES
  start = 0
  /** End of the message: of the body where Content-Length ends it inside a datagram. */
  end = 0
  readonly startLine: StartLine = new StartLine()

  isRequest = false
  /** 0 for a request; 999 where the code could not be read. */
  statusCode = 0
  /** Of a request from its start line, of a response from its CSeq. */
  methodCode = METHOD_OTHER
  /** -1 where there is no CSeq, or its number cannot be a 32-bit one. */
  cseqNumber = -1
  cseqMethodCode = METHOD_OTHER
  cseqMethodStart = -1
  cseqMethodEnd = -1

  callIdStart = -1
  callIdEnd = -1
  fromTagStart = -1
  fromTagEnd = -1
  toTagStart = -1
  toTagEnd = -1
  /** Branch of the top Via; its end is `branchEnd`. */
  branchStart = -1
  /** The number that Content-Length gives; -1 where it is absent or unreadable. */
  contentLength = -1

  /** First byte after the header lines, before the empty line that ends them. */
  headerEnd = 0
  bodyStart = 0
  bodyEnd = 0
  /** Octets of the datagram after the body that Content-Length bounds (RFC 3261 §18.3). */
  trailingByteCount = 0
  /** Header lines kept in the index, at most `limits.headersPerMessageMax`. */
  headerCount = 0
  /** Header lines beyond the limit: in the bytes, not in the index. */
  headersUnindexed = 0
  /** No empty line ended the headers. */
  isHeaderCut = false
  /** The pass saw something that a full check would report. False promises nothing. */
  isSuspect = false

  /** The memory of `bytes`, read four bytes at a time. */
  #view = new DataView<ArrayBufferLike>(new ArrayBuffer(0))
  #viewOf: Buffer = NO_BYTES
  #viaEnd = -1
  /** Bit `1 << code` for every header code seen. */
  #seen = 0
  #table = new Int32Array(HEADERS_AT_FIRST * STRIDE)

  /**
   * Reads the start line and finds the header lines of the message that lies in `bytes` from
   * `start` to `end`. The object may be used again; it refers to `bytes` until then. False, with
   * nothing of use in the object, where this is no SIP message. Never throws.
   */
  read(bytes: Buffer, start: number, end: number, options?: ReadOptions): boolean {
    const line = this.startLine
    if (readStartLine(bytes, start, end, true, line) !== IS_START_LINE) return false
    this.#reset(bytes, start, end)
    this.start = line.start
    this.isRequest = line.isRequest
    this.statusCode = line.statusCode
    this.methodCode = line.methodCode
    this.isSuspect = line.oddities !== 0
    this.#readHeaders(line.next, line.lineEndByte)
    this.#settle(options?.isDatagram === true)
    return true
  }

  /** Looked for when it is asked: few ask, and it is at the end of a long value. */
  get branchEnd(): number {
    const { branchStart } = this
    return branchStart < 0 ? -1 : paramValueEnd(this.bytes, branchStart, this.#viaEnd)
  }

  /** Code of header line `i`: one of the `HEADER_…` codes. */
  headerCode(i: number): number {
    return this.#at(i, 4)
  }

  headerNameStart(i: number): number {
    return this.#at(i, 0)
  }

  headerNameEnd(i: number): number {
    return this.#at(i, 1)
  }

  /** Start of the value, blanks and folds before it left out. */
  headerValueStart(i: number): number {
    return this.#at(i, 2)
  }

  headerValueEnd(i: number): number {
    return this.#at(i, 3)
  }

  #at(i: number, part: number): number {
    return i >= 0 && i < this.headerCount ? (this.#table[i * STRIDE + part] ?? -1) : -1
  }

  #reset(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    if (bytes !== this.#viewOf) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      this.#viewOf = bytes
    }
    this.start = start
    this.end = end
    this.cseqNumber = this.cseqMethodStart = this.cseqMethodEnd = -1
    this.cseqMethodCode = METHOD_OTHER
    this.callIdStart = this.callIdEnd = -1
    this.fromTagStart = this.fromTagEnd = -1
    this.toTagStart = this.toTagEnd = -1
    this.branchStart = -1
    this.contentLength = -1
    this.trailingByteCount = 0
    this.headerCount = this.headersUnindexed = 0
    this.isHeaderCut = this.isSuspect = false
    this.#seen = 0
  }

  /** Walks the header lines from `from`. `lineEndByte` is LF, or CR in a message without any LF. */
  #readHeaders(from: number, lineEndByte: number): void {
    const { bytes, end } = this
    let at = from
    while (at < end) {
      const first = bytes[at] ?? 0
      if (first <= CR && (first === CR || first === LF)) {
        if (first === LF && lineEndByte === CR) {
          at++
          continue
        }
        const next = this.#emptyLineEnd(at, lineEndByte)
        if (next >= 0) {
          this.headerEnd = at
          this.bodyStart = next
          return
        }
      }
      const nameStart = at
      // Any text without blanks passes as a name here: validate.ts looks at its characters.
      for (; at < end; at++) {
        const byte = bytes[at] ?? 0
        if (byte <= SP || byte === COLON) break
      }
      const nameEnd = at
      while (at < end && isBlank(bytes[at])) at++
      const hasName = at < end && bytes[at] === COLON && nameEnd > nameStart
      const valueFrom = hasName ? at + 1 : nameStart

      // To the end of the line, and of the lines folded onto it.
      at = valueFrom
      for (;;) {
        if (lineEndByte === LF) at = this.#lineFeedFrom(at, end)
        else while (at < end && bytes[at] !== lineEndByte) at++
        if (at + 1 >= end) break
        const next = bytes[at + 1]
        if (next !== SP && next !== TAB) break
        at++
      }
      this.#addHeader(nameStart, hasName ? nameEnd : nameStart, valueFrom, at)
      at++
    }
    this.isHeaderCut = this.isSuspect = true
    this.headerEnd = this.bodyStart = end
  }

  /**
   * The first line feed from `from` on, `end` where there is none. Looks at four bytes at a time:
   * where one of them is a line feed, the xor leaves a zero byte, whose high bit the subtraction
   * sets and the complement keeps.
   */
  #lineFeedFrom(from: number, end: number): number {
    const view = this.#view
    let at = from
    for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
      const word = view.getInt32(at, true) ^ LINE_FEEDS
      if (((word - LOW_BITS) & ~word & HIGH_BITS) !== 0) break
    }
    const { bytes } = this
    while (at < end && bytes[at] !== LF) at++
    return at
  }

  /** First byte of the body where the line at `at` is empty, else -1. `\r\r\n` counts as empty. */
  #emptyLineEnd(at: number, lineEndByte: number): number {
    const { bytes, end } = this
    let p = at
    while (p < end && bytes[p] === CR) p++
    if (p < end && bytes[p] === LF) {
      if (p - at !== 1) this.isSuspect = true
      return p + 1
    }
    return lineEndByte === CR ? at + 1 : -1
  }

  /** Trims the value and puts the line into the table; reads it where the pass knows the name. */
  #addHeader(nameStart: number, nameEnd: number, from: number, to: number): void {
    const { bytes } = this
    let start = from
    let end = to
    // Control characters at the edges can only be line ends of a fold, or noise.
    while (start < end && isSpace(bytes[start])) start++
    while (end > start && isSpace(bytes[end - 1])) end--
    let code = HEADER_OTHER
    if (nameEnd === nameStart) {
      code = HEADER_NONE
      this.isSuspect = true
    } else {
      code = headerCodeAt(bytes, nameStart, nameEnd)
      if (code !== HEADER_OTHER) this.#readKnown(code, start, end)
    }
    const i = this.headerCount
    if (i >= limits.headersPerMessageMax) {
      this.headersUnindexed++
      this.isSuspect = true
      return
    }
    let table = this.#table
    if ((i + 1) * STRIDE > table.length) {
      table = new Int32Array(table.length * 2)
      table.set(this.#table)
      this.#table = table
    }
    const slot = i * STRIDE
    table[slot] = nameStart
    table[slot + 1] = nameEnd
    table[slot + 2] = start
    table[slot + 3] = end
    table[slot + 4] = code
    this.headerCount = i + 1
  }

  /** Takes what every message is asked for. The first of several lines counts, except for Via. */
  #readKnown(code: number, start: number, end: number): void {
    const bit = 1 << code
    if ((this.#seen & bit) !== 0) {
      if (code !== HEADER_VIA) this.isSuspect = true
      return
    }
    this.#seen |= bit
    if (start === end) this.isSuspect = true
    switch (code) {
      case HEADER_VIA:
        this.#readBranch(start, end)
        break
      case HEADER_FROM:
      case HEADER_TO:
        this.#readTag(code, start, end)
        break
      case HEADER_CALL_ID:
        this.callIdStart = start
        this.callIdEnd = end
        break
      case HEADER_CSEQ:
        this.#readCSeq(start, end)
        break
      case HEADER_CONTENT_LENGTH:
        this.#readContentLength(start, end)
        break
      default:
        break
    }
  }

  /** Finds `;branch=` in the first value of a Via line; a comma begins the next value. */
  #readBranch(start: number, end: number): void {
    const { bytes } = this
    let mayQuote = true
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0
      // Digits, dots and colons, which a Via is full of, lie between the two.
      if (byte > COMMA && byte !== SEMICOLON) continue
      if (byte === SEMICOLON) {
        const value = paramValueAt(bytes, at + 1, end, NAME_BRANCH)
        if (value < 0) continue
        this.branchStart = value
        this.#viaEnd = end
        const longEnough = value + MAGIC_COOKIE_LENGTH + 1
        const known = Math.min(end, longEnough)
        if (paramValueEnd(bytes, value, known) < longEnough) this.isSuspect = true
        return
      }
      if (byte === QUOTE && mayQuote) {
        const close = closingQuote(bytes, at, end)
        if (close < 0) mayQuote = false
        else at = close
      } else if (byte === COMMA) break
    }
    this.isSuspect = true
  }

  /**
   * Finds the tag among the parameters of a From or To: after `>` where there are angle brackets,
   * else after the first `;`, for a URI without brackets cannot have parameters (RFC 3261 §20.10).
   */
  #readTag(code: number, start: number, end: number): void {
    const { bytes } = this
    let from = start
    // A quote that never closes is no quote: some senders write \"name\" with its backslashes.
    let mayQuote = true
    if (bytes[start] === QUOTE) {
      const close = closingQuote(bytes, start, end)
      mayQuote = close >= 0
      from = close < 0 ? start + 1 : close + 1
      this.isSuspect ||= close < 0
    }
    const sole = bytes[end - 1] === GREATER ? NO_TAG : soleTagAt(bytes, from, end)
    if (sole >= 0) {
      this.#setTag(code, sole, end)
      return
    }
    if (sole === UNUSUAL_TAG) this.#searchTag(code, from, end, mayQuote)
    if (code === HEADER_FROM && this.fromTagStart < 0) this.isSuspect = true
  }

  #searchTag(code: number, from: number, end: number, isQuoting: boolean): void {
    const { bytes } = this
    let mayQuote = isQuoting
    for (let at = from; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte > LESS) continue
      if (byte === QUOTE && mayQuote) {
        const close = closingQuote(bytes, at, end)
        if (close < 0) mayQuote = false
        else at = close
        this.isSuspect ||= close < 0
      } else if (byte === LESS) {
        while (at < end && bytes[at] !== GREATER) at++
        if (at === end) this.isSuspect = true
      } else if (byte === SEMICOLON) {
        const value = paramValueAt(bytes, at + 1, end, NAME_TAG)
        if (value < 0) continue
        this.#setTag(code, value, paramValueEnd(bytes, value, end))
        return
      }
    }
  }

  #setTag(code: number, start: number, end: number): void {
    if (code === HEADER_FROM) {
      this.fromTagStart = start
      this.fromTagEnd = end
    } else {
      this.toTagStart = start
      this.toTagEnd = end
    }
  }

  /** `CSeq = 1*DIGIT LWS Method`, the number below 2^31 (RFC 3261 §8.1.1.5). */
  #readCSeq(start: number, end: number): void {
    const { bytes } = this
    let at = start
    let number = 0
    while (at < end && isDigit(bytes[at])) {
      number = Math.min(number * 10 + ((bytes[at] ?? 48) - 48), 2 ** 40)
      at++
    }
    if (at > start && number < 2 ** 32) this.cseqNumber = number
    if (at === start || number >= 2 ** 31) this.isSuspect = true
    while (at < end && isSpace(bytes[at])) at++
    this.cseqMethodStart = at
    this.cseqMethodEnd = end
    this.cseqMethodCode = methodCodeAt(bytes, at, end)
    if (at === end) this.isSuspect = true
  }

  #readContentLength(start: number, end: number): void {
    const { bytes } = this
    let number = 0
    for (let at = start; at < end; at++) {
      if (!isDigit(bytes[at])) {
        this.isSuspect = true
        return
      }
      number = Math.min(number * 10 + ((bytes[at] ?? 48) - 48), 2 ** 40)
    }
    if (end > start) this.contentLength = number
  }

  /** Settles what depends on several lines: the body, the method, what is missing. */
  #settle(isDatagram: boolean): void {
    const available = this.end - this.bodyStart
    this.bodyEnd = this.end
    if (this.contentLength > available) this.isSuspect = true
    else if (this.contentLength >= 0 && this.contentLength < available) {
      if (isDatagram) {
        this.trailingByteCount = available - this.contentLength
        this.end = this.bodyEnd = this.bodyStart + this.contentLength
      }
      this.isSuspect = true
    }
    if (!this.isRequest) this.methodCode = this.cseqMethodCode
    else if (this.cseqMethodCode !== this.methodCode) this.isSuspect = true
    if ((this.#seen & MANDATORY) !== MANDATORY) this.isSuspect = true
  }
}

const MANDATORY =
  (1 << HEADER_VIA) |
  (1 << HEADER_FROM) |
  (1 << HEADER_TO) |
  (1 << HEADER_CALL_ID) |
  (1 << HEADER_CSEQ)
