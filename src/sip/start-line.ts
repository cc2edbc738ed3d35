// The first line of a message: bytes go in, offsets of its parts come out. This is the one place
// that decides what begins a SIP message; it reads leniently, notes what was odd, and refuses
// whatever does not name SIP itself.
//
//     Request-Line = Method SP Request-URI SP SIP-Version CRLF         RFC 3261 §7.1
//     Status-Line  = SIP-Version SP Status-Code SP Reason-Phrase CRLF  RFC 3261 §7.2
import { CR, DOT, isBlank, isDigit, LF, SLASH, SP, TAB, TOKEN } from './chars.ts'
import { METHOD_OTHER, methodCodeAt } from './method.ts'

/** What `readStartLine` found: no SIP, a start line, or bytes that end before one can tell. */
export const NO_START_LINE = 0
export const IS_START_LINE = 1
export const MAY_BECOME_START_LINE = 2

/** Oddities of a start line, as bits of `StartLine.oddities`. */
export const ODD_SPACING = 1
export const ODD_TRAILING_BLANKS = 2
const ODD_BLANK_IN_URI = 4
export const ODD_VERSION = 8
export const NO_VERSION = 16
export const ODD_STATUS_CODE = 32
const ODD_LINE_END = 64
const NO_LINE_END = 128

/** Methods longer than this are not SIP: none is, and text without blanks must not cost a scan. */
const METHOD_BYTES_MAX = 128
/** A status code beyond three digits, or none, is shown as this; no registry holds it. */
const STATUS_CODE_UNREADABLE = 999

/** Offsets of a start line's parts. The object is used again for the next one. */
export class StartLine {
  /** First byte after leading line ends (RFC 3261 §7.5). */
  start = 0
  isRequest = false
  methodStart = 0
  methodEnd = 0
  methodCode = 0
  uriStart = 0
  uriEnd = 0
  /** 0 for a request. */
  statusCode = 0
  reasonStart = 0
  reasonEnd = 0
  versionStart = 0
  versionEnd = 0
  /** First byte of the next line. */
  next = 0
  /** The byte that ends lines in this message: LF, or CR where no LF follows. */
  lineEndByte = LF
  oddities = 0
}

/**
 * Reads the start line that begins at `start`, after any line ends. With `isWhole`, the end of the
 * input counts as the end of the line; without it, a line that has not ended yet may become one.
 */
export function readStartLine(
  bytes: Buffer,
  start: number,
  end: number,
  isWhole: boolean,
  line: StartLine,
): number {
  let at = start
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++
  if (at >= end) return isWhole ? NO_START_LINE : MAY_BECOME_START_LINE
  line.start = at
  line.oddities = 0
  if (readUsualLine(bytes, at, end, line)) return IS_START_LINE
  const versionEnd = versionAt(bytes, at, end)
  if (versionEnd > 0) return readStatusLine(bytes, versionEnd, end, isWhole, line)

  const methodMax = Math.min(end, at + METHOD_BYTES_MAX)
  while (at < methodMax && TOKEN[bytes[at] ?? 0] === 1) at++
  if (at === end && !isWhole) return MAY_BECOME_START_LINE
  if (isVersionPrefix(bytes, line.start, end)) {
    return isWhole ? NO_START_LINE : MAY_BECOME_START_LINE
  }
  const separator = bytes[at]
  if (at === line.start || at >= end || (separator !== SP && separator !== TAB)) {
    return NO_START_LINE
  }
  line.methodStart = line.start
  line.methodEnd = at
  return readRequestLine(bytes, at, end, isWhole, line)
}

/**
 * The start line of nearly every message: single spaces, SIP/2.0, CR LF. False, with nothing
 * promised about `line`, for any other, which the careful reading below then takes.
 */
function readUsualLine(bytes: Buffer, start: number, end: number, line: StartLine): boolean {
  let at = start
  if (isUsualVersion(bytes, at, end)) {
    // SIP/2.0 SP 3DIGIT SP reason
    if (at + 14 > end || bytes[at + 7] !== SP || bytes[at + 11] !== SP) return false
    const code = threeDigits(bytes, at + 8)
    if (code < 100 || code > 699) return false
    line.isRequest = false
    line.statusCode = code
    line.methodCode = METHOD_OTHER
    line.methodStart = line.methodEnd = line.uriStart = line.uriEnd = start
    line.versionStart = start
    line.versionEnd = at + 7
    line.reasonStart = at + 12
    at += 12
    while (at < end && bytes[at] !== CR && bytes[at] !== LF) at++
    line.reasonEnd = at
  } else {
    while (at < end && TOKEN[bytes[at] ?? 0] === 1) at++
    if (at === start || at >= end || bytes[at] !== SP) return false
    line.methodStart = start
    line.methodEnd = at
    line.uriStart = at + 1
    do at++
    while (at < end && (bytes[at] ?? 0) > SP)
    if (at === line.uriStart || at >= end || bytes[at] !== SP) return false
    if (!isUsualVersion(bytes, at + 1, end)) return false
    line.uriEnd = at
    line.isRequest = true
    line.statusCode = 0
    line.methodCode = methodCodeAt(bytes, start, line.methodEnd)
    line.versionStart = at + 1
    at += 8
    line.versionEnd = at
  }
  if (at + 2 > end || bytes[at] !== CR || bytes[at + 1] !== LF) return false
  line.lineEndByte = LF
  line.next = at + 2
  return true
}

function isUsualVersion(bytes: Buffer, at: number, end: number): boolean {
  return (
    at + 7 <= end &&
    bytes[at] === 0x53 &&
    bytes[at + 1] === 0x49 &&
    bytes[at + 2] === 0x50 &&
    bytes[at + 3] === SLASH &&
    bytes[at + 4] === 0x32 &&
    bytes[at + 5] === DOT &&
    bytes[at + 6] === 0x30
  )
}

/** Value of three digits, or -1. */
function threeDigits(bytes: Buffer, at: number): number {
  const [a, b, c] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0]
  if (a < 48 || a > 57 || b < 48 || b > 57 || c < 48 || c > 57) return -1
  return (a - 48) * 100 + (b - 48) * 10 + (c - 48)
}

function readRequestLine(
  bytes: Buffer,
  afterMethod: number,
  end: number,
  isWhole: boolean,
  line: StartLine,
): number {
  let uriStart = afterMethod
  while (uriStart < end && isBlank(bytes[uriStart])) uriStart++
  if (uriStart - afterMethod > 1 || bytes[afterMethod] === TAB) line.oddities |= ODD_SPACING
  let lineEnd = uriStart
  while (lineEnd < end && !isLineEndByte(bytes[lineEnd])) lineEnd++
  if (!isWhole && !isLineEndSeen(bytes, lineEnd, end)) return MAY_BECOME_START_LINE

  let textEnd = lineEnd
  while (textEnd > uriStart && isBlank(bytes[textEnd - 1])) textEnd--
  const versionStart = versionEndingAt(bytes, uriStart, textEnd)
  line.isRequest = true
  line.statusCode = 0
  line.methodCode = methodCodeAt(bytes, line.methodStart, line.methodEnd)
  line.uriStart = uriStart
  if (versionStart > 0) {
    if (textEnd < lineEnd) line.oddities |= ODD_TRAILING_BLANKS
    noteVersion(bytes, versionStart, textEnd, line)
    let uriEnd = versionStart
    while (uriEnd > uriStart && isBlank(bytes[uriEnd - 1])) uriEnd--
    if (versionStart - uriEnd > 1 || bytes[uriEnd] === TAB) line.oddities |= ODD_SPACING
    line.uriEnd = uriEnd
    if (uriEnd === uriStart) return NO_START_LINE
    if (hasBlank(bytes, uriStart, uriEnd)) line.oddities |= ODD_BLANK_IN_URI
  } else {
    // A line cut by the capture, or a sender that leaves the version out. A known method before
    // a SIP URI is enough to tell them from other protocols.
    if (line.methodCode === METHOD_OTHER || !isSipUriAt(bytes, uriStart, textEnd)) {
      return NO_START_LINE
    }
    line.oddities |= NO_VERSION
    line.versionStart = line.versionEnd = textEnd
    line.uriEnd = textEnd
  }
  finishLine(bytes, lineEnd, end, line)
  return IS_START_LINE
}

function readStatusLine(
  bytes: Buffer,
  versionEnd: number,
  end: number,
  isWhole: boolean,
  line: StartLine,
): number {
  let at = versionEnd
  while (at < end && isBlank(bytes[at])) at++
  if (at === end && !isWhole) return MAY_BECOME_START_LINE
  if (at === versionEnd) return NO_START_LINE
  if (at - versionEnd > 1 || bytes[versionEnd] === TAB) line.oddities |= ODD_SPACING
  const codeStart = at
  let code = 0
  for (; at < end && isDigit(bytes[at]); at++) {
    code = Math.min(code * 10 + ((bytes[at] ?? 48) - 48), 1_000_000)
  }
  if (at === codeStart) return at === end && !isWhole ? MAY_BECOME_START_LINE : NO_START_LINE
  if (at < end && !isBlank(bytes[at]) && !isLineEndByte(bytes[at])) return NO_START_LINE

  const codeEnd = at
  while (at < end && !isLineEndByte(bytes[at])) at++
  if (!isWhole && !isLineEndSeen(bytes, at, end)) return MAY_BECOME_START_LINE
  line.isRequest = false
  line.methodCode = METHOD_OTHER
  const isReadable = codeEnd - codeStart === 3 && code >= 100
  if (!isReadable || code >= 700) line.oddities |= ODD_STATUS_CODE
  line.statusCode = isReadable ? code : STATUS_CODE_UNREADABLE
  noteVersion(bytes, line.start, versionEnd, line)
  line.methodStart = line.methodEnd = line.uriStart = line.uriEnd = line.start
  // The blank before an empty reason phrase is often left out; nothing is lost by that.
  line.reasonStart = Math.min(codeEnd + 1, at)
  line.reasonEnd = at
  finishLine(bytes, at, end, line)
  return IS_START_LINE
}

/** Finds the first byte of the next line, and by which byte lines end. */
function finishLine(bytes: Buffer, lineEnd: number, end: number, line: StartLine): void {
  let at = lineEnd
  line.lineEndByte = LF
  while (at < end && bytes[at] === CR) at++
  if (at < end && bytes[at] === LF) {
    if (at - lineEnd !== 1) line.oddities |= ODD_LINE_END
    line.next = at + 1
  } else if (at > lineEnd) {
    line.oddities |= ODD_LINE_END
    line.lineEndByte = CR
    line.next = lineEnd + 1
  } else {
    line.oddities |= NO_LINE_END
    line.next = end
  }
}

function noteVersion(bytes: Buffer, start: number, end: number, line: StartLine): void {
  line.versionStart = start
  line.versionEnd = end
  const isUsual = end - start === 7 && isUsualVersion(bytes, start, end)
  if (!isUsual) line.oddities |= ODD_VERSION
}

/** End of the `SIP/digits.digits` that begins at `at`, or 0. Any case (RFC 3261 §7.1). */
function versionAt(bytes: Buffer, at: number, end: number): number {
  if (!isSipSlashAt(bytes, at, end)) return 0
  let p = at + 4
  while (p < end && isDigit(bytes[p])) p++
  if (p === at + 4 || p >= end || bytes[p] !== DOT) return 0
  const minor = ++p
  while (p < end && isDigit(bytes[p])) p++
  return p === minor ? 0 : p
}

/** True where the input ends inside a `SIP/digits.digits`: it may become a status line. */
function isVersionPrefix(bytes: Buffer, at: number, end: number): boolean {
  if (!isSipSlashAt(bytes, at, end)) return false
  let p = at + 4
  while (p < end && (isDigit(bytes[p]) || bytes[p] === DOT)) p++
  return p === end && p - at < METHOD_BYTES_MAX
}

/** Start of the `SIP/digits.digits` that ends at `end` with a blank before it, or 0. */
function versionEndingAt(bytes: Buffer, start: number, end: number): number {
  let p = end
  while (p > start && isDigit(bytes[p - 1])) p--
  if (p === end || p <= start || bytes[p - 1] !== DOT) return 0
  const major = --p
  while (p > start && isDigit(bytes[p - 1])) p--
  if (p === major || p - 5 < start) return 0
  return isSipSlashAt(bytes, p - 4, end) && isBlank(bytes[p - 5]) ? p - 4 : 0
}

function isSipSlashAt(bytes: Buffer, at: number, end: number): boolean {
  return (
    at + 4 <= end &&
    ((bytes[at] ?? 0) | 32) === 0x73 &&
    ((bytes[at + 1] ?? 0) | 32) === 0x69 &&
    ((bytes[at + 2] ?? 0) | 32) === 0x70 &&
    bytes[at + 3] === SLASH
  )
}

/** `sip:`, `sips:` or `tel:`, in any case. */
function isSipUriAt(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 5) return false
  const scheme = bytes.toString('latin1', start, start + 5).toLowerCase()
  return scheme.startsWith('sip:') || scheme === 'sips:' || scheme.startsWith('tel:')
}

/** A CR may be half of a CRLF: it has been seen when the byte after it has. */
function isLineEndSeen(bytes: Buffer, lineEnd: number, end: number): boolean {
  let at = lineEnd
  while (at < end && bytes[at] === CR) at++
  return at < end
}

function hasBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (isBlank(bytes[i])) return true
  return false
}

function isLineEndByte(byte: number | undefined): boolean {
  return byte === LF || byte === CR
}
