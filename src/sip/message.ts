// One SIP message: bytes go in, the index pass finds the lines, and everything else is read from
// them when it is asked for. Refuses to change anything: the bytes stay as they were captured.
//
// RFC 3261 §7.
import { HEADER_FROM, type HEADER_TO } from './index-fields.ts'
import { type Auth, parseAuth } from './auth.ts'
import { type ContentType, parseContentType } from './content-type.ts'
import { type CSeq, parseCSeq } from './cseq.ts'
import {
  findHeader,
  headerLines,
  headerNameText,
  headerValues,
  headerValueText,
} from './header-lines.ts'
import { headerKey } from './header-name.ts'
import { MessageIndex, type ReadOptions } from './message-index.ts'
import { METHODS } from './method.ts'
import { type BodyPart, leavesOf, parseBody } from './multipart.ts'
import { type NameAddr, parseNameAddr } from './name-addr.ts'
import type { SipProblem } from './problems.ts'
import { parseSdp } from './sdp/parse-sdp.ts'
import type { SessionDescription } from './sdp/session-description.ts'
import { parseSessionId, type SessionId } from './session-id.ts'
import { textOf, unfoldedTextOf } from './text.ts'
import { parseUri, type Uri } from './uri.ts'
import { readUsualAddress, type UserHost } from './usual-address.ts'
import { validate } from './validate.ts'
import { parseVia, type Via } from './via.ts'

/** What has been parsed of the message at hand; null stands for "looked, and not there". */
interface Parsed {
  from?: NameAddr | null
  to?: NameAddr | null
  contacts?: readonly NameAddr[]
  vias?: readonly Via[]
  body?: BodyPart | null
  sdp?: SessionDescription | null
}

/**
 * A message in the memory that it was captured in. `read` may be called again for the next one;
 * `keep` makes a copy that lasts.
 */
export class SipMessage extends MessageIndex {
  #parsed: Parsed = {}
  #hasParsed = false

  override read(bytes: Buffer, start: number, end: number, options?: ReadOptions): boolean {
    if (this.#hasParsed) {
      this.#parsed = {}
      this.#hasParsed = false
    }
    return super.read(bytes, start, end, options)
  }

  /** A copy that owns its bytes, to be kept after the memory behind this one is used again. */
  keep(): SipMessage {
    const copy = new SipMessage()
    copy.read(Buffer.from(this.bytes.subarray(this.start, this.end)), 0, this.end - this.start)
    copy.trailingByteCount = this.trailingByteCount
    copy.isSuspect = this.isSuspect
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

  /** The Request-URI in its parts; angle brackets, which do not belong there, left out. */
  get requestUriParts(): Uri {
    return parseUri(this.requestUri.replace(/^<|>$/g, ''))
  }

  /** As written, UTF-8; '' in a request. */
  get reasonPhrase(): string {
    const { startLine } = this
    return this.isRequest ? '' : textOf(this.bytes, startLine.reasonStart, startLine.reasonEnd)
  }

  /** The name of header line `i` as written; '' for a line that is no header. */
  headerName(i: number): string {
    return headerNameText(this, i)
  }

  /** The value of header line `i`, trimmed, folds made spaces. */
  headerValue(i: number): string {
    return headerValueText(this, i)
  }

  /** The first line of this header, named long or compact in any case. */
  header(name: string): string | undefined {
    const i = findHeader(this, headerKey(name), 0)
    return i < 0 ? undefined : headerValueText(this, i)
  }

  /** Every line of this header, one value a line, in order. */
  headers(name: string): string[] {
    return headerLines(this, headerKey(name))
  }

  /** Every value of this header, comma lists split where its grammar has them. */
  values(name: string): string[] {
    return headerValues(this, headerKey(name))
  }

  get callId(): string | undefined {
    if (this.callIdStart < 0) return undefined
    return unfoldedTextOf(this.bytes, this.callIdStart, this.callIdEnd)
  }

  get fromTag(): string | undefined {
    if (this.fromTagStart < 0) return undefined
    return textOf(this.bytes, this.fromTagStart, this.fromTagEnd)
  }

  get toTag(): string | undefined {
    return this.toTagStart < 0 ? undefined : textOf(this.bytes, this.toTagStart, this.toTagEnd)
  }

  /** Branch of the top Via. */
  get branch(): string | undefined {
    if (this.branchStart < 0) return undefined
    return textOf(this.bytes, this.branchStart, this.branchEnd)
  }

  get from(): NameAddr | undefined {
    const parsed = this.#cache()
    parsed.from ??= this.#address('from')
    return parsed.from ?? undefined
  }

  get to(): NameAddr | undefined {
    const parsed = this.#cache()
    parsed.to ??= this.#address('to')
    return parsed.to ?? undefined
  }

  get contacts(): readonly NameAddr[] {
    const parsed = this.#cache()
    parsed.contacts ??= this.values('contact').map((text) => parseNameAddr(text))
    return parsed.contacts
  }

  /** Top one first: where the message came from last. */
  get vias(): readonly Via[] {
    const parsed = this.#cache()
    parsed.vias ??= this.values('via').map((text) => parseVia(text))
    return parsed.vias
  }

  get cseq(): CSeq | undefined {
    const text = this.header('cseq')
    return text === undefined ? undefined : parseCSeq(text)
  }

  get contentType(): ContentType | undefined {
    const text = this.header('content-type')
    return text === undefined ? undefined : parseContentType(text)
  }

  /** Who made the message: User-Agent, or Server in most responses (RFC 3261 §20.35, §20.41). */
  get userAgent(): string | undefined {
    return this.header('user-agent') ?? this.header('server')
  }

  get sessionId(): SessionId | undefined {
    const text = this.header('session-id')
    return text === undefined ? undefined : parseSessionId(text)
  }

  /** Challenges of a 401 or 407. */
  get challenges(): Auth[] {
    return [...this.headers('www-authenticate'), ...this.headers('proxy-authenticate')].map(
      parseAuth,
    )
  }

  /** Credentials that a request carries. */
  get credentials(): Auth[] {
    return [...this.headers('authorization'), ...this.headers('proxy-authorization')].map(parseAuth)
  }

  /** The body's bytes, a view of the message's memory. */
  get body(): Buffer {
    return this.bytes.subarray(this.bodyStart, this.bodyEnd)
  }

  /** The body's parts that are not multipart themselves: one for a plain body, none for no body. */
  get parts(): readonly BodyPart[] {
    const parsed = this.#cache()
    if (parsed.body === undefined) {
      const type = this.contentType ?? UNTYPED
      parsed.body = this.bodyEnd > this.bodyStart ? parseBody(type, this.body) : null
    }
    return parsed.body === null ? [] : leavesOf(parsed.body)
  }

  /** True where a body, or a part of it, says that it is a session description. */
  get hasSdp(): boolean {
    if (this.bodyEnd <= this.bodyStart) return false
    const i = findHeader(this, 'content-type', 0)
    if (i < 0) return isUntypedSdp(this.body)
    const start = this.headerValueStart(i)
    const head = this.bytes.toString('latin1', start, Math.min(start + 16, this.headerValueEnd(i)))
    if (/^application\s*\/\s*s/i.test(head)) return this.contentType?.mediaType === SDP_TYPE
    return /^multipart/i.test(head) && this.parts.some(isSdpPart)
  }

  /** The first session description of the body. */
  get sdp(): SessionDescription | undefined {
    const parsed = this.#cache()
    if (parsed.sdp === undefined) {
      const part = this.hasSdp ? this.parts.find((one) => isSdpPart(one)) : undefined
      parsed.sdp = part === undefined ? null : parseSdp(part.bytes)
    }
    return parsed.sdp ?? undefined
  }

  /** Everything odd about the message, in the order of its bytes. Offsets are from `start`. */
  problems(): SipProblem[] {
    return validate(this)
  }

  /** User and host of the first From (`HEADER_FROM`) or To (`HEADER_TO`); '' where it has none. */
  userHost(code: typeof HEADER_FROM | typeof HEADER_TO): UserHost {
    for (let i = 0; i < this.headerCount; i++) {
      if (this.headerCode(i) !== code) continue
      const [start, end] = [this.headerValueStart(i), this.headerValueEnd(i)]
      const usual = readUsualAddress(this.bytes, start, end)
      if (usual !== undefined) return usual
      break
    }
    const address = code === HEADER_FROM ? this.from : this.to
    return { user: address?.uri.user ?? '', host: address?.uri.host ?? '' }
  }

  #address(key: string): NameAddr | null {
    const text = this.header(key)
    return text === undefined ? null : parseNameAddr(text)
  }

  #cache(): Parsed {
    this.#hasParsed = true
    return this.#parsed
  }
}

const SDP_TYPE = 'application/sdp'
const UNTYPED: ContentType = { mediaType: '', params: [], boundary: undefined }

function isSdpPart(part: BodyPart): boolean {
  const { mediaType } = part.contentType
  return mediaType === SDP_TYPE || (mediaType === '' && isUntypedSdp(part.bytes))
}

/** Some senders leave Content-Type out; what begins with `v=0` is a description all the same. */
function isUntypedSdp(body: Buffer): boolean {
  return body.toString('latin1', 0, 3) === 'v=0'
}
