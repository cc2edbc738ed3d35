// What is known of a message before anybody asks: its start line, its header lines, and of the
// dozen headers that the line needs for every message, the offsets of the values. The kernel finds
// them (kernel/headers.ts). Makes no strings, and allocates nothing. What the values mean is
// message.ts.
import { type HeaderReader, headerReader } from './header-reader.ts'
import {
  BODY_START,
  BRANCH_END,
  BRANCH_START,
  CALL_ID_END,
  CALL_ID_START,
  CONTENT_LENGTH,
  CSEQ_METHOD_CODE,
  CSEQ_METHOD_END,
  CSEQ_METHOD_START,
  CSEQ_NUMBER,
  FROM_TAG_END,
  FROM_TAG_HASH,
  FROM_TAG_START,
  HEADER_CALL_ID,
  HEADER_COUNT,
  HEADER_CSEQ,
  HEADER_END,
  HEADER_FROM,
  HEADER_TO,
  HEADER_VIA,
  HEADERS_UNINDEXED,
  IS_HEADER_CUT,
  IS_SUSPECT,
  LINE_FIELDS,
  SEEN,
  TO_TAG_END,
  TO_TAG_HASH,
  TO_TAG_START,
} from './index-fields.ts'
import { METHOD_OTHER } from './method.ts'
import { IS_START_LINE, readStartLine, StartLine } from './start-line.ts'

const NO_BYTES = Buffer.alloc(0)
const NO_LINES = new Int32Array(0)

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
  /** 32-bit hashes of the tags, 0 for one that is absent. */
  fromTagHash = 0
  toTagHash = 0
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
  /** Header lines kept in the index, at most `HEADER_LINES_MAX`. */
  headerCount = 0
  /** Header lines beyond the limit: in the bytes, not in the index. */
  headersUnindexed = 0
  /** No empty line ended the headers. */
  isHeaderCut = false
  /** The pass saw something that a full check would report. False promises nothing. */
  isSuspect = false

  readonly #reader: HeaderReader
  /** Bit `1 << code` for every header code seen. */
  #seen = 0
  /** Those of the reader, until it reads another message. */
  #lines: Int32Array = NO_LINES

  /** `reader` of a kernel in whose memory most messages lie; else the one of the thread. */
  constructor(reader: HeaderReader = headerReader()) {
    this.#reader = reader
  }

  /**
   * Reads the start line and finds the header lines of the message that lies in `bytes` from
   * `start` to `end`. The object may be used again; it refers to `bytes` until then. False, with
   * nothing of use in the object, where this is no SIP message. Never throws.
   */
  read(bytes: Buffer, start: number, end: number, options?: ReadOptions): boolean {
    const line = this.startLine
    if (readStartLine(bytes, start, end, true, line) !== IS_START_LINE) return false
    this.bytes = bytes
    this.start = line.start
    this.end = end
    this.isRequest = line.isRequest
    this.statusCode = line.statusCode
    this.methodCode = line.methodCode
    this.trailingByteCount = 0
    this.#reader.read(this, line)
    this.#takeIndex(line.oddities !== 0)
    this.#settle(options?.isDatagram === true)
    return true
  }

  /** 32-bit hash of a span of the message. */
  hash32(start: number, end: number): number {
    return this.#reader.hash32(this, start, end)
  }

  /** 53-bit hash of a span of the message; another seed gives another hash. */
  hash53(start: number, end: number, seed: number): number {
    return this.#reader.hash53(this, start, end, seed)
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
    return i >= 0 && i < this.headerCount ? (this.#lines[i * LINE_FIELDS + part] ?? -1) : -1
  }

  /** Takes over what the reader found. */
  #takeIndex(isOdd: boolean): void {
    const { doubles, words, lines } = this.#reader
    this.cseqNumber = doubles[CSEQ_NUMBER] as number
    this.contentLength = doubles[CONTENT_LENGTH] as number
    this.isSuspect = isOdd || words[IS_SUSPECT] !== 0
    this.#seen = words[SEEN] as number
    this.headerEnd = words[HEADER_END] as number
    this.bodyStart = words[BODY_START] as number
    this.headersUnindexed = words[HEADERS_UNINDEXED] as number
    this.isHeaderCut = words[IS_HEADER_CUT] !== 0
    this.callIdStart = words[CALL_ID_START] as number
    this.callIdEnd = words[CALL_ID_END] as number
    this.fromTagStart = words[FROM_TAG_START] as number
    this.fromTagEnd = words[FROM_TAG_END] as number
    this.toTagStart = words[TO_TAG_START] as number
    this.toTagEnd = words[TO_TAG_END] as number
    this.fromTagHash = (words[FROM_TAG_HASH] as number) >>> 0
    this.toTagHash = (words[TO_TAG_HASH] as number) >>> 0
    this.branchStart = words[BRANCH_START] as number
    this.branchEnd = words[BRANCH_END] as number
    this.cseqMethodStart = words[CSEQ_METHOD_START] as number
    this.cseqMethodEnd = words[CSEQ_METHOD_END] as number
    this.cseqMethodCode = words[CSEQ_METHOD_CODE] as number
    this.headerCount = words[HEADER_COUNT] as number
    this.#lines = lines
  }

  /** The reader turns to another message: what it is still asked for is kept here. */
  keepLines(): void {
    this.#lines = this.#lines.slice(0, this.headerCount * LINE_FIELDS)
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
