// One SIP message: bytes go in, the index pass finds the lines, and everything else is read from
// them when it is asked for. Refuses to change anything: the bytes stay as they were captured.
//
// RFC 3261 §7.
import { isListHeader, compactForm, headerKey } from './header-name.ts'
import { splitList } from './comma-list.ts'
import {
  HEADER_CALL_ID,
  HEADER_CONTENT_LENGTH,
  HEADER_CONTENT_TYPE,
  HEADER_CSEQ,
  HEADER_FROM,
  HEADER_NONE,
  HEADER_TO,
  HEADER_VIA,
  MessageIndex,
} from './message-index.ts'
import { METHODS } from './method.ts'
import { textOf, unfoldedTextOf } from './text.ts'

export class SipMessage extends MessageIndex {
  /** A copy that owns its bytes, to be kept after the memory behind this one is used again. */
  keep(): SipMessage {
    const copy = new SipMessage()
    copy.read(Buffer.from(this.bytes.subarray(this.start, this.end)), 0, this.end - this.start)
    copy.trailingByteCount = this.trailingByteCount
    return copy
  }

  /** Of a response too, from its CSeq; '' where that is unknown. */
  get method(): string {
    const known = METHODS[this.methodCode]
    if (known) return known
    const { startLine } = this
    return this.isRequest
      ? textOf(this.bytes, startLine.methodStart, startLine.methodEnd)
      : textOf(this.bytes, this.cseqMethodStart, this.cseqMethodEnd)
  }

  /** As written; '' in a response. */
  get requestUri(): string {
    return this.isRequest ? textOf(this.bytes, this.startLine.uriStart, this.startLine.uriEnd) : ''
  }

  /** As written; '' in a request. */
  get reasonPhrase(): string {
    const { startLine } = this
    return this.isRequest ? '' : textOf(this.bytes, startLine.reasonStart, startLine.reasonEnd)
  }

  /** The name of header line `i` as written; '' for a line without a colon. */
  headerName(i: number): string {
    return textOf(this.bytes, this.headerNameStart(i), this.headerNameEnd(i))
  }

  /** The value of header line `i`, trimmed, folds made spaces. */
  headerValue(i: number): string {
    return unfoldedTextOf(this.bytes, this.headerValueStart(i), this.headerValueEnd(i))
  }

  /** The first line of this header, named long or compact in any case. */
  header(name: string): string | undefined {
    const i = this.findHeader(headerKey(name), 0)
    return i < 0 ? undefined : this.headerValue(i)
  }

  /** Every line of this header, one value a line, in order. */
  headers(name: string): string[] {
    const key = headerKey(name)
    const found: string[] = []
    for (let i = this.findHeader(key, 0); i >= 0; i = this.findHeader(key, i + 1)) {
      found.push(this.headerValue(i))
    }
    return found
  }

  /** Every value of this header, comma lists split where its grammar has them. */
  values(name: string): string[] {
    const lines = this.headers(name)
    return isListHeader(headerKey(name)) ? lines.flatMap(splitList) : lines
  }

  /** Index of the first line from `from` on whose header has this key, or -1. */
  findHeader(key: string, from: number): number {
    const code = knownCodes.get(key)
    const letter = compactForm(key)
    for (let i = from; i < this.headerCount; i++) {
      const lineCode = this.headerCode(i)
      if (code !== undefined ? lineCode === code : this.#isNamed(i, key, letter)) return i
    }
    return -1
  }

  get callId(): string | undefined {
    if (this.callIdStart < 0) return undefined
    return unfoldedTextOf(this.bytes, this.callIdStart, this.callIdEnd)
  }

  get fromTag(): string | undefined {
    return this.fromTagStart < 0
      ? undefined
      : textOf(this.bytes, this.fromTagStart, this.fromTagEnd)
  }

  get toTag(): string | undefined {
    return this.toTagStart < 0 ? undefined : textOf(this.bytes, this.toTagStart, this.toTagEnd)
  }

  /** Branch of the top Via. */
  get branch(): string | undefined {
    return this.branchStart < 0 ? undefined : textOf(this.bytes, this.branchStart, this.branchEnd)
  }

  /** The body's bytes, a view of the message's memory. */
  get body(): Buffer {
    return this.bytes.subarray(this.bodyStart, this.bodyEnd)
  }

  #isNamed(i: number, key: string, letter: string | undefined): boolean {
    const start = this.headerNameStart(i)
    const length = this.headerNameEnd(i) - start
    const name = length === key.length ? key : length === 1 ? letter : undefined
    if (name === undefined || this.headerCode(i) === HEADER_NONE) return false
    for (let k = 0; k < length; k++) {
      const byte = this.bytes[start + k] ?? 0
      const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
      if (lower !== name.charCodeAt(k)) return false
    }
    return true
  }
}

/** Headers that the index pass has already told apart. */
const knownCodes: ReadonlyMap<string, number> = new Map([
  ['via', HEADER_VIA],
  ['from', HEADER_FROM],
  ['to', HEADER_TO],
  ['call-id', HEADER_CALL_ID],
  ['cseq', HEADER_CSEQ],
  ['content-length', HEADER_CONTENT_LENGTH],
  ['content-type', HEADER_CONTENT_TYPE],
])
