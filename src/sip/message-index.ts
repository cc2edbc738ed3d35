// The index pass: one loop over a message's bytes that finds its header lines and, of the dozen
// headers that the line needs for every message, the offsets of the values. Makes no strings,
// allocates nothing, and never reads outside the message. What the values mean is message.ts.
//
//     header = field-name HCOLON field-value, folded by a line that begins with SP or HTAB
//                                                                        RFC 3261 §7.3.1, §25.1
import { limits } from '../base/limits.ts'
import {
  BACKSLASH,
  COLON,
  COMMA,
  CR,
  EQUALS,
  GREATER,
  isBlank,
  isDigit,
  LESS,
  LF,
  QUOTE,
  SEMICOLON,
  SP,
  TAB,
  TOKEN,
} from './chars.ts'
import { METHOD_OTHER, methodCodeAt } from './method.ts'
import { IS_START_LINE, readStartLine, StartLine } from './start-line.ts'

/** Codes of the headers that the pass knows by name, as `headerCode` tells them. */
export const HEADER_OTHER = 0
export const HEADER_VIA = 1
export const HEADER_FROM = 2
export const HEADER_TO = 3
export const HEADER_CALL_ID = 4
export const HEADER_CSEQ = 5
export const HEADER_CONTENT_LENGTH = 6
export const HEADER_CONTENT_TYPE = 7
/** A line that has no colon: kept, but no header. */
export const HEADER_NONE = 8

/** Integers kept for a header line: name start and end, value start and end, code. */
const STRIDE = 5
const HEADERS_AT_FIRST = 48

/** A branch must say more than `z9hG4bK` (RFC 3261 §8.1.1.7). */
const MAGIC_COOKIE_LENGTH = 7

const NO_BYTES = Buffer.alloc(0)

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
  /** Branch of the top Via. */
  branchStart = -1
  branchEnd = -1
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

  /** Bit `1 << code` for every header code seen. */
  #seen = 0
  #table = new Int32Array(HEADERS_AT_FIRST * STRIDE)

  /**
   * Reads the start line and finds the header lines of the message that lies in `bytes` from
   * `start` to `end`. The object may be used again; it refers to `bytes` until then. False, with
   * nothing of use in the object, where this is no SIP message. Never throws.
   */
  read(bytes: Buffer, start: number, end: number, options?: ReadOptions): boolean {
    this.#reset(bytes, start, end)
    const line = this.startLine
    if (readStartLine(bytes, start, end, true, line) !== IS_START_LINE) return false
    this.start = line.start
    this.isRequest = line.isRequest
    this.statusCode = line.statusCode
    this.methodCode = line.methodCode
    this.isSuspect = line.oddities !== 0
    this.#readHeaders(line.next, line.lineEndByte)
    this.#settle(options?.isDatagram === true)
    return true
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
    this.start = start
    this.end = end
    this.cseqNumber = this.cseqMethodStart = this.cseqMethodEnd = -1
    this.cseqMethodCode = METHOD_OTHER
    this.callIdStart = this.callIdEnd = -1
    this.fromTagStart = this.fromTagEnd = -1
    this.toTagStart = this.toTagEnd = -1
    this.branchStart = this.branchEnd = -1
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
      if (first === CR || first === LF) {
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
      while (at < end && TOKEN[bytes[at] ?? 0] === 1) at++
      const nameEnd = at
      while (at < end && isBlank(bytes[at])) at++
      const hasName = at < end && bytes[at] === COLON && nameEnd > nameStart
      const valueFrom = hasName ? at + 1 : nameStart

      // To the end of the line, and of the lines folded onto it.
      at = valueFrom
      for (;;) {
        while (at < end && bytes[at] !== lineEndByte) at++
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
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) at = quoteEnd(bytes, at, end) - 1
      else if (byte === COMMA) break
      else if (byte === SEMICOLON) {
        const value = paramValueAt(bytes, at + 1, end, 'branch')
        if (value < 0) continue
        this.branchStart = value
        this.branchEnd = paramValueEnd(bytes, value, end)
        if (this.branchEnd - value <= MAGIC_COOKIE_LENGTH) this.isSuspect = true
        return
      }
    }
    this.isSuspect = true
  }

  /**
   * Finds the tag among the parameters of a From or To: after `>` where there are angle brackets,
   * else after the first `;`, for a URI without brackets cannot have parameters (RFC 3261 §20.10).
   */
  #readTag(code: number, start: number, end: number): void {
    const { bytes } = this
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        at = quoteEnd(bytes, at, end) - 1
        if (at + 1 === end) this.isSuspect = true
      } else if (byte === LESS) {
        while (at < end && bytes[at] !== GREATER) at++
        if (at === end) this.isSuspect = true
      } else if (byte === SEMICOLON) {
        const value = paramValueAt(bytes, at + 1, end, 'tag')
        if (value < 0) continue
        const valueEnd = paramValueEnd(bytes, value, end)
        if (code === HEADER_FROM) {
          this.fromTagStart = value
          this.fromTagEnd = valueEnd
        } else {
          this.toTagStart = value
          this.toTagEnd = valueEnd
        }
        return
      }
    }
    if (code === HEADER_FROM) this.isSuspect = true
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

/** Code of the header name from `start` to `end`, long or compact, in any case. */
function headerCodeAt(bytes: Buffer, start: number, end: number): number {
  switch (end - start) {
    case 1:
      return compactCode((bytes[start] ?? 0) | 32)
    case 2:
      return isName(bytes, start, 'to') ? HEADER_TO : HEADER_OTHER
    case 3:
      return isName(bytes, start, 'via') ? HEADER_VIA : HEADER_OTHER
    case 4:
      if (isName(bytes, start, 'from')) return HEADER_FROM
      return isName(bytes, start, 'cseq') ? HEADER_CSEQ : HEADER_OTHER
    case 7:
      return isName(bytes, start, 'call-id') ? HEADER_CALL_ID : HEADER_OTHER
    case 12:
      return isName(bytes, start, 'content-type') ? HEADER_CONTENT_TYPE : HEADER_OTHER
    case 14:
      return isName(bytes, start, 'content-length') ? HEADER_CONTENT_LENGTH : HEADER_OTHER
    default:
      return HEADER_OTHER
  }
}

function compactCode(letter: number): number {
  switch (letter) {
    case 0x76:
      return HEADER_VIA
    case 0x66:
      return HEADER_FROM
    case 0x74:
      return HEADER_TO
    case 0x69:
      return HEADER_CALL_ID
    case 0x6c:
      return HEADER_CONTENT_LENGTH
    case 0x63:
      return HEADER_CONTENT_TYPE
    default:
      return HEADER_OTHER
  }
}

/** Compares with a lower-case name. Both sides are token characters, so bit 5 is only the case. */
function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((bytes[start + i] ?? 0) | 32) !== name.charCodeAt(i)) return false
  }
  return true
}

/** First byte of the value of the parameter at `at` when it has this name, else -1. */
function paramValueAt(bytes: Buffer, at: number, end: number, name: string): number {
  let p = at
  while (p < end && isSpace(bytes[p])) p++
  if (p + name.length > end || !isName(bytes, p, name)) return -1
  p += name.length
  while (p < end && isSpace(bytes[p])) p++
  if (p >= end || bytes[p] !== EQUALS) return -1
  p++
  while (p < end && isSpace(bytes[p])) p++
  return p
}

function paramValueEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = bytes[at] ?? 0
    if (byte <= SP || byte === SEMICOLON || byte === COMMA || byte === GREATER) break
    at++
  }
  return at
}

/** First byte after the quoted string that begins at `at`; `end` where it never closes. */
function quoteEnd(bytes: Buffer, at: number, end: number): number {
  for (let p = at + 1; p < end; p++) {
    const byte = bytes[p]
    if (byte === BACKSLASH) p++
    else if (byte === QUOTE) return p + 1
  }
  return end
}

/** Blanks, and the line ends that folding leaves inside a value. */
function isSpace(byte: number | undefined): boolean {
  return byte === SP || byte === TAB || byte === CR || byte === LF
}
