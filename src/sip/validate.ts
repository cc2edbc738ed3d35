// The full check of one message: an indexed message in, everything that is odd about it out, in
// the order of its bytes. Reads each header by its own grammar; changes nothing, never throws.
import { METHOD_INVITE } from './method.ts'
import { checkHeader } from './check-header.ts'
import { parseContentType } from './content-type.ts'
import { CR, isToken, LF } from './chars.ts'
import { findHeader, headerNameText, headerValueText } from './header-lines.ts'
import { canonicalHeaderName, headerKey } from './header-name.ts'
import { HEADER_NONE } from './index-fields.ts'
import type { MessageIndex } from './message-index.ts'
import { leavesOf, parseBody } from './multipart.ts'
import type { Note, SipProblem, SipProblemCode } from './problems.ts'
import { parseSdp } from './sdp/parse-sdp.ts'
import {
  NO_VERSION,
  ODD_SPACING,
  ODD_STATUS_CODE,
  ODD_TRAILING_BLANKS,
  ODD_VERSION,
} from './start-line.ts'
import { textOf } from './text.ts'
import { brief, parseUri } from './uri.ts'

/** Problems kept of one message; a hostile one could have thousands. */
const PROBLEMS_MAX = 100

/** Notes a problem at an offset into the message's memory. */
type NoteAt = (at: number, code: SipProblemCode, detail: string) => void

/** Headers of which RFC 3261 §7.3.1 and §20 allow one line, with one value. */
const singles: ReadonlySet<string> = new Set([
  'call-id',
  'content-length',
  'content-type',
  'cseq',
  'date',
  'event',
  'expires',
  'from',
  'max-forwards',
  'min-expires',
  'refer-to',
  'replaces',
  'retry-after',
  'session-expires',
  'session-id',
  'to',
])

/** Checks a message that has been read. */
export function validate(message: MessageIndex): SipProblem[] {
  const problems: SipProblem[] = []
  const seen = new Set<string>()
  let lastAt = -1
  const noteAt: NoteAt = (at, code, detail) => {
    const isRepeat = code === problems.at(-1)?.code && at === lastAt
    if (isRepeat || problems.length >= PROBLEMS_MAX) return
    const key = `${code} ${at}`
    if (seen.has(key)) return
    seen.add(key)
    lastAt = at
    problems.push({ code, at: at - message.start, detail })
  }
  checkStartLine(message, noteAt)
  checkLines(message, noteAt)
  // Of headers that were cut off nobody can say that one is missing.
  if (!message.isHeaderCut) checkMissing(message, noteAt)
  checkBody(message, noteAt)
  return problems.toSorted((a, b) => a.at - b.at)
}

function checkStartLine(message: MessageIndex, noteAt: NoteAt): void {
  const { startLine: line, bytes, start } = message
  const written = brief(textOf(bytes, start, Math.min(line.next, start + 80)).trim())
  const has = (oddity: number) => (line.oddities & oddity) !== 0
  if (has(ODD_SPACING)) noteAt(start, 'sip.start-line.spacing', `one space expected in ${written}`)
  if (has(ODD_TRAILING_BLANKS)) {
    noteAt(line.versionEnd, 'sip.start-line.trailing-blanks', 'line end expected after the version')
  }
  if (has(NO_VERSION)) {
    noteAt(line.uriEnd, 'sip.start-line.version-missing', 'SIP/2.0 expected, found nothing')
  } else if (has(ODD_VERSION)) {
    const version = textOf(bytes, line.versionStart, line.versionEnd)
    noteAt(line.versionStart, 'sip.start-line.version', `SIP/2.0 expected, found ${brief(version)}`)
  }
  if (has(ODD_STATUS_CODE)) {
    noteAt(start, 'sip.start-line.status-code', `100 to 699 expected in ${written}`)
  }
  if (line.isRequest) checkRequestUri(message, noteAt)
}

function checkRequestUri(message: MessageIndex, noteAt: NoteAt): void {
  const { uriStart, uriEnd } = message.startLine
  const written = textOf(message.bytes, uriStart, uriEnd)
  const note: Note = (code, detail) => noteAt(uriStart, code, detail)
  const isBracketed = written.startsWith('<')
  if (isBracketed) note('sip.request-uri.brackets', `no brackets expected around ${brief(written)}`)
  const uri = parseUri(isBracketed ? written.replace(/^<|>$/g, '') : written, note)
  if (uri.headers.length > 0) {
    note('sip.request-uri.headers', `no header fields expected in ${brief(written)}`)
  }
}

/** Every header line by itself, and what stands where only one may. */
function checkLines(message: MessageIndex, noteAt: NoteAt): void {
  const keys = new Set<string>()
  const { bytes } = message
  // First, so that a hundred lesser problems cannot crowd them out.
  if (message.headersUnindexed > 0) {
    const detail = `at most ${message.headerCount} header lines expected`
    noteAt(message.headerEnd, 'sip.headers.too-many', detail)
  }
  if (message.isHeaderCut) {
    noteAt(message.headerEnd, 'sip.headers.unended', 'empty line expected, found the end')
  }
  for (let i = 0; i < message.headerCount; i++) {
    const at = message.headerNameStart(i)
    if (message.headerCode(i) === HEADER_NONE) {
      noteUnreadableLine(message, i, at, noteAt)
      continue
    }
    const name = headerNameText(message, i)
    if (!isToken(name)) {
      noteAt(at, 'sip.header.name', `header name expected, found ${brief(name)}`)
    }
    const key = headerKey(name)
    if (keys.has(key) && singles.has(key)) {
      noteAt(at, 'sip.header.repeated', `one ${canonicalHeaderName(key)} expected, found another`)
    }
    const isFirst = !keys.has(key)
    keys.add(key)
    const note: Note = (code, detail) => noteAt(at, code, detail)
    checkHeader({ key, value: headerValueText(message, i), isFirst, message, note })
  }
  const oddEnd = oddLineEnd(bytes, message.start, message.bodyStart)
  if (oddEnd >= 0) noteAt(oddEnd, 'sip.line-end', 'CR LF expected at the end of every line')
}

function noteUnreadableLine(message: MessageIndex, i: number, at: number, noteAt: NoteAt): void {
  const text = headerValueText(message, i)
  if (text.includes(':')) {
    noteAt(at, 'sip.header.name', `header name expected, found ${brief(text)}`)
  } else noteAt(at, 'sip.header.colon-missing', `name: value expected, found ${brief(text)}`)
}

/** First line end, from `start` to `end`, that is not CR LF; or -1. */
function oddLineEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === CR) {
      if (at + 1 < end && bytes[at + 1] === LF) at++
      else return at
    } else if (byte === LF) return at
  }
  return -1
}

function checkMissing(message: MessageIndex, noteAt: NoteAt): void {
  const at = message.headerEnd
  const note = (key: string, code: SipProblemCode) => {
    const i = findHeader(message, key, 0)
    const isThere = i >= 0 && message.headerValueEnd(i) > message.headerValueStart(i)
    if (!isThere) noteAt(at, code, `${canonicalHeaderName(key)} expected, found none`)
  }
  note('via', 'sip.via.missing')
  note('from', 'sip.from.missing')
  note('to', 'sip.to.missing')
  note('call-id', 'sip.call-id.missing')
  note('cseq', 'sip.cseq.missing')
  const { isRequest, statusCode } = message
  if (isRequest) note('max-forwards', 'sip.max-forwards.missing')
  const setsUpDialog = isRequest || (statusCode >= 200 && statusCode < 300)
  if (message.methodCode === METHOD_INVITE && setsUpDialog) note('contact', 'sip.contact.missing')
}

function checkBody(message: MessageIndex, noteAt: NoteAt): void {
  const { bodyStart, bodyEnd, contentLength } = message
  const length = bodyEnd - bodyStart
  if (message.trailingByteCount > 0) {
    const detail = `end expected after ${length} bytes, found ${message.trailingByteCount} more`
    noteAt(bodyEnd, 'sip.datagram.trailing-bytes', detail)
  }
  if (contentLength > length) {
    const detail = `${contentLength} bytes expected, found ${length}`
    noteAt(bodyStart, 'sip.content-length.beyond-message', detail)
  } else if (contentLength >= 0 && contentLength < length) {
    const detail = `${contentLength} bytes expected, found ${length}`
    noteAt(bodyStart, 'sip.content-length.below-body', detail)
  }
  if (length === 0) return
  const typeLine = findHeader(message, 'content-type', 0)
  if (typeLine < 0) {
    noteAt(bodyStart, 'sip.content-type.missing', `Content-Type expected for ${length} bytes`)
    return
  }
  const type = parseContentType(headerValueText(message, typeLine))
  const bytes = message.bytes.subarray(bodyStart, bodyEnd)
  const body = parseBody(type, bytes, (code, detail) => noteAt(bodyStart, code, detail))
  for (const part of leavesOf(body)) {
    if (part.contentType.mediaType !== 'application/sdp') continue
    const offset = part.bytes.byteOffset - bytes.byteOffset
    for (const { code, at, detail } of parseSdp(part.bytes).problems) {
      noteAt(bodyStart + offset + at, code, detail)
    }
  }
}
