// Where one message ends in the bytes of a stream: bytes from a place where a message may begin go
// in, its length comes out, or what is missing to tell it. Holds nothing between calls.
//
// RFC 3261 §18.3: on a stream, Content-Length says where a message ends.
import { CR, COLON, isBlank, LF, NUL, TOKEN } from './chars.ts'
import {
  HEADER_CONTENT_LENGTH,
  HEADER_CONTENT_TYPE,
  HEADER_CSEQ,
  HEADER_VIA,
} from './index-fields.ts'
import { MessageIndex } from './message-index.ts'
import { METHOD_OTHER, methodCodeAt } from './method.ts'
import {
  IS_START_LINE,
  MAY_BECOME_START_LINE,
  NO_START_LINE,
  NO_VERSION,
  readStartLine,
  StartLine,
} from './start-line.ts'

/** What a message in a stream turned out to be. The object is used again for the next one. */
export class Frame {
  /** Bytes of the whole message, from its start line on. */
  length = 0
  /** Offset of the first header line that has not been looked at (`headers-incomplete`). */
  scanned = 0
  /** Offset of the body from the start of the message. */
  bodyOffset = 0
  /** False where Content-Length could not be believed: the next message must be looked for. */
  isLengthTrusted = true
  /** The body is of a type that carries messages, so start lines in it mean nothing. */
  mayHoldMessages = false
}

export type FrameResult =
  | 'whole'
  | 'line-incomplete'
  | 'headers-incomplete'
  | 'body-incomplete'
  | 'none'

export interface FrameLimits {
  readonly messageBytesMax: number
  readonly streamBufferBytesMax: number
  readonly startLineBytesMax: number
}

const scratchLine = new StartLine()
const scratchIndex = new MessageIndex()

/**
 * Reads the message that should begin at `start`. `scannedTo` is where the search for the end of
 * its headers may go on (`Frame.scanned` of the call before), or `start`.
 */
export function readFrame(
  bytes: Buffer,
  start: number,
  end: number,
  scannedTo: number,
  limits: FrameLimits,
  frame: Frame,
): FrameResult {
  let at = scannedTo
  if (scannedTo === start) {
    const seen = readStartLine(bytes, start, end, false, scratchLine)
    if (seen === MAY_BECOME_START_LINE) {
      return end - start > limits.startLineBytesMax ? 'none' : 'line-incomplete'
    }
    if (seen === NO_START_LINE || !isStrict(scratchLine)) return 'none'
    at = scratchLine.next
  }
  const bodyStart = findBody(bytes, at, end, frame)
  if (bodyStart < 0) {
    return end - start > limits.streamBufferBytesMax ? 'none' : 'headers-incomplete'
  }
  return measureBody(bytes, start, bodyStart, end, limits, frame)
}

/** First byte after the empty line that ends the headers, or -1; lines begin at `from`. */
function findBody(bytes: Buffer, from: number, end: number, frame: Frame): number {
  let at = from
  while (at < end) {
    let p = at
    while (p < end && bytes[p] === CR) p++
    if (p < end && bytes[p] === LF) return p + 1
    while (p < end && bytes[p] !== LF) p++
    if (p >= end) break
    at = p + 1
  }
  frame.scanned = at
  return -1
}

function measureBody(
  bytes: Buffer,
  start: number,
  bodyStart: number,
  end: number,
  limits: FrameLimits,
  frame: Frame,
): FrameResult {
  scratchIndex.read(bytes, start, bodyStart)
  if (!isSipAtAll(scratchIndex)) return 'none'
  const { contentLength } = scratchIndex
  frame.bodyOffset = bodyStart - start
  frame.mayHoldMessages = hasMessageType(scratchIndex)
  frame.isLengthTrusted = true
  frame.length = bodyStart - start + Math.max(0, contentLength)
  const isAbsurd = frame.length > limits.messageBytesMax || isUnreadable(scratchIndex)
  if (!isAbsurd) {
    if (frame.length > end - start) return 'body-incomplete'
    if (contentLength <= 0 || frame.mayHoldMessages) return 'whole'
    if (!isFollowedByJunk(bytes, start + frame.length, end)) return 'whole'
  }
  // The length is absurd, or what follows is no message: a message inside the claimed body
  // is the better end. Without one, an absurd body is what there is of it.
  const claimed = isAbsurd ? end : start + frame.length
  const next = findMessageStart(bytes, bodyStart, claimed)
  if (next >= 0) frame.length = next - start
  else if (isAbsurd) frame.length = end - start
  frame.isLengthTrusted = !isAbsurd || next >= 0
  return 'whole'
}

function isFollowedByJunk(bytes: Buffer, at: number, end: number): boolean {
  if (at >= end || isFiller(bytes[at])) return false
  return readStartLine(bytes, at, end, false, scratchLine) === NO_START_LINE
}

/**
 * Some web servers answer `SIP/2.0 200 OK`, to slip past filters. On a stream, where anything may
 * pass, one of the headers that make a SIP message must be there: Via, From, To, Call-ID, CSeq.
 */
function isSipAtAll(index: MessageIndex): boolean {
  for (let i = 0; i < index.headerCount; i++) {
    const code = index.headerCode(i)
    if (code >= HEADER_VIA && code <= HEADER_CSEQ) return true
  }
  return false
}

/** A Content-Length that is there and holds no number. */
function isUnreadable(index: MessageIndex): boolean {
  return index.contentLength < 0 && findCode(index, HEADER_CONTENT_LENGTH) >= 0
}

/** `message/…` and `multipart/…`: sipfrag (RFC 3420) and SIP in SIP carry start lines. */
function hasMessageType(index: MessageIndex): boolean {
  const i = findCode(index, HEADER_CONTENT_TYPE)
  if (i < 0) return false
  const start = index.headerValueStart(i)
  const head = index.bytes.toString('latin1', start, Math.min(start + 9, index.headerValueEnd(i)))
  return /^(message|multipart)/i.test(head)
}

function findCode(index: MessageIndex, code: number): number {
  for (let i = 0; i < index.headerCount; i++) if (index.headerCode(i) === code) return i
  return -1
}

/**
 * The strict question, asked where we are out of step: does a start line stand at `at`, and does
 * a header line follow it? A status line quoted in a body or a log has none.
 */
export function beginsMessage(bytes: Buffer, at: number, end: number): number {
  const seen = readStartLine(bytes, at, end, false, scratchLine)
  if (seen !== IS_START_LINE) return seen
  if (!isStrict(scratchLine)) return NO_START_LINE
  let p = scratchLine.next
  while (p < end && TOKEN[bytes[p] ?? 0] === 1) p++
  const nameEnd = p
  while (p < end && isBlank(bytes[p])) p++
  if (p >= end) return MAY_BECOME_START_LINE
  return bytes[p] === COLON && nameEnd > scratchLine.next ? IS_START_LINE : NO_START_LINE
}

/**
 * Whether a message begins at `start`, inside a body that is claimed to end at `claimedEnd`: then
 * Content-Length lied. It did not where its end makes sense: there the bytes end too, or a message
 * begins (RFC 3261 §18.3). A text's last word and the method glued to it look like one method.
 */
export function breaksBody(bytes: Buffer, start: number, claimedEnd: number, end: number): boolean {
  if (claimedEnd === end || beginsMessage(bytes, start, end) !== IS_START_LINE) return false
  const { methodCode, methodEnd } = scratchLine
  if (claimedEnd < methodEnd) {
    // `60BYE` is 60 and a BYE; but a BYE behind a body claimed a byte too long is no B and a YE.
    const isGlued = methodCode === METHOD_OTHER && methodCodeAt(bytes, claimedEnd, methodEnd) > 0
    return !isGlued
  }
  return beginsMessage(bytes, skipFiller(bytes, claimedEnd, end), end) !== IS_START_LINE
}

/**
 * Where the message begins whose start line stands at `at`, where we are out of step: behind the
 * last word of a body, if there is one that a method of ours is glued to. After a capital letter
 * it is another method, as BENOTIFY is.
 */
export function behindGluedWord(bytes: Buffer, at: number, end: number): number {
  readStartLine(bytes, at, end, false, scratchLine)
  const { isRequest, methodCode, methodEnd } = scratchLine
  if (!isRequest || methodCode !== METHOD_OTHER) return at
  for (let p = at + 1; p < methodEnd; p++) {
    if (!isCapital(bytes[p - 1]) && methodCodeAt(bytes, p, methodEnd) !== METHOD_OTHER) return p
  }
  return at
}

/** First byte from `from` on that is no filler: RFC 5626 §4.4.1 has CRLF, some senders have NUL. */
export function skipFiller(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isFiller(bytes[at])) at++
  return at
}

function isFiller(byte: number | undefined): boolean {
  return byte === CR || byte === LF || byte === NUL
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a
}

/** On a stream a start line without a version, or lines ended by CR alone, prove nothing. */
function isStrict(line: StartLine): boolean {
  return (line.oddities & NO_VERSION) === 0 && line.lineEndByte === LF
}

/** First line beginning between `from` and `end` where a message begins, `from` included; or -1. */
export function findMessageStart(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end) {
    while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++
    if (at < end && beginsMessage(bytes, at, end) === IS_START_LINE) return at
    while (at < end && bytes[at] !== LF) at++
  }
  return -1
}
