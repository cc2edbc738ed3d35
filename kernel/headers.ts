// The header lines of a SIP message in; where each stands, and of the dozen headers that every
// message is asked for, where their values do, out (src/sip/index-fields.ts). Makes nothing of the
// values, and never reads outside the message but for the rest of sixteen bytes.
//
//     header = field-name HCOLON field-value, folded by a line that begins with SP or HTAB
//                                                                        RFC 3261 §7.3.1, §25.1
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
  FROM_TAG_HASH,
  FROM_TAG_START,
  HEADER_CALL_ID,
  HEADER_CONTENT_LENGTH,
  HEADER_COUNT,
  HEADER_CSEQ,
  HEADER_END,
  HEADER_FROM,
  HEADER_LINES,
  HEADER_NAMES_AT,
  HEADER_NONE,
  HEADER_OTHER,
  HEADER_TO,
  HEADER_VIA,
  HEADERS_UNINDEXED,
  IS_HEADER_CUT,
  IS_SUSPECT,
  LINE_FIELDS,
  HEADER_LINES_MAX,
  METHOD_NAMES_AT,
  NAME_BYTES,
  NAME_CANDIDATES,
  SEEN,
  TO_TAG_HASH,
  TO_TAG_START,
  TOKENS_AT,
} from '../src/sip/index-fields'
import { hash32 } from './hash'
import { addWord, setDouble, setWord, word } from './record'

const TAB: i32 = 9
const LF: i32 = 10
const CR: i32 = 13
const SP: i32 = 32
const QUOTE: i32 = 34
const COMMA: i32 = 44
const COLON: i32 = 58
const SEMICOLON: i32 = 59
const LESS: i32 = 60
const EQUALS: i32 = 61
const GREATER: i32 = 62
const BACKSLASH: i32 = 92

/** Numbers grow no further, 2^40. */
const NUMBER_MAX: f64 = 1_099_511_627_776
/** A branch must say more than `z9hG4bK` (RFC 3261 §8.1.1.7). */
const MAGIC_COOKIE_LENGTH: usize = 7

/** Where a search that finds nothing ends: no byte lies there. */
const NOWHERE: usize = 0
/** What `soleTagFrom` says where only a careful reading can tell. */
const UNUSUAL: usize = 1

let tablesAt: usize = 0
/** The message at hand: where the server's offsets count from, where it ends, its fields. */
let base: usize = 0
let stop: usize = 0
let fields: usize = 0

/** Says where the tables lie that index-fields.ts describes. */
export function placeNames(tables: usize): void {
  tablesAt = tables
}

/**
 * Reads the header lines from offset `from` on of the message that ends before offset `end`, and
 * fills the fields at `index`. `lineEnd` is LF, or CR in a message without any LF.
 */
export function readHeaders(origin: usize, from: i32, end: i32, lineEnd: i32, index: usize): void {
  base = origin
  stop = origin + end
  fields = index
  forget()
  let at = origin + from
  while (at < stop) {
    const first = byteAt(at)
    if (first === CR || first === LF) {
      if (first === LF && lineEnd === CR) {
        at++
        continue
      }
      const next = emptyLineEnd(at, lineEnd)
      if (next !== NOWHERE) {
        setOffset(HEADER_END, at)
        setOffset(BODY_START, next)
        return
      }
    }
    const nameStart = at
    // Any text without blanks passes as a name here: validate.ts looks at its characters.
    for (; at < stop; at++) {
      const byte = byteAt(at)
      if (byte <= SP || byte === COLON) break
    }
    const nameEnd = at
    while (at < stop && isBlank(byteAt(at))) at++
    const hasName = at < stop && byteAt(at) === COLON && nameEnd > nameStart
    const valueFrom = hasName ? at + 1 : nameStart

    // To the end of the line, and of the lines folded onto it.
    at = valueFrom
    for (;;) {
      at = byteFrom(at, lineEnd)
      if (at + 1 >= stop || !isBlank(byteAt(at + 1))) break
      at++
    }
    addHeader(nameStart, hasName ? nameEnd : nameStart, valueFrom, at)
    at++
  }
  suspect()
  setWord(fields, IS_HEADER_CUT, 1)
  setOffset(HEADER_END, stop)
  setOffset(BODY_START, stop)
}

function forget(): void {
  setDouble(fields, CSEQ_NUMBER, -1)
  setDouble(fields, CONTENT_LENGTH, -1)
  memory.fill(fields + IS_SUSPECT * 4, 0, (CALL_ID_START - IS_SUSPECT) * 4)
  memory.fill(fields + CALL_ID_START * 4, 0xff, (CSEQ_METHOD_CODE - CALL_ID_START) * 4)
  memory.fill(fields + CSEQ_METHOD_CODE * 4, 0, (HEADER_LINES - CSEQ_METHOD_CODE) * 4)
}

/** First byte of the body where the line at `at` is empty. `\r\r\n` counts as empty. */
function emptyLineEnd(at: usize, lineEnd: i32): usize {
  let p = at
  while (p < stop && byteAt(p) === CR) p++
  if (p < stop && byteAt(p) === LF) {
    if (p - at !== 1) suspect()
    return p + 1
  }
  return lineEnd === CR ? at + 1 : NOWHERE
}

/** Trims the value and notes the line; reads it where the name is a known one. */
function addHeader(nameStart: usize, nameEnd: usize, from: usize, to: usize): void {
  let start = from
  let end = to
  // Control characters at the edges can only be line ends of a fold, or noise.
  while (start < end && isSpace(byteAt(start))) start++
  while (end > start && isSpace(byteAt(end - 1))) end--
  let code: i32 = HEADER_NONE
  if (nameEnd === nameStart) suspect()
  else {
    code = headerCode(nameStart, <i32>(nameEnd - nameStart))
    if (code !== HEADER_OTHER) readKnown(code, start, end)
  }
  const count = word(fields, HEADER_COUNT)
  if (count >= HEADER_LINES_MAX) {
    addWord(fields, HEADERS_UNINDEXED, 1)
    suspect()
    return
  }
  const line = HEADER_LINES + count * LINE_FIELDS
  setOffset(line, nameStart)
  setOffset(line + 1, nameEnd)
  setOffset(line + 2, start)
  setOffset(line + 3, end)
  setWord(fields, line + 4, code)
  setWord(fields, HEADER_COUNT, count + 1)
}

/** Takes what every message is asked for. The first of several lines counts, except for Via. */
function readKnown(code: i32, start: usize, end: usize): void {
  const seen = word(fields, SEEN)
  const bit = 1 << code
  if ((seen & bit) !== 0) {
    if (code !== HEADER_VIA) suspect()
    return
  }
  setWord(fields, SEEN, seen | bit)
  if (start === end) suspect()
  switch (code) {
    case HEADER_VIA:
      readBranch(start, end)
      break
    case HEADER_FROM:
    case HEADER_TO:
      readTag(code, start, end)
      break
    case HEADER_CALL_ID:
      setOffset(CALL_ID_START, start)
      setOffset(CALL_ID_END, end)
      break
    case HEADER_CSEQ:
      readCSeq(start, end)
      break
    case HEADER_CONTENT_LENGTH:
      readContentLength(start, end)
      break
  }
}

/** Finds `;branch=` in the first value of a Via line; a comma begins the next value. */
function readBranch(start: usize, end: usize): void {
  let mayQuote = true
  for (let at = start; at < end; at++) {
    const byte = byteAt(at)
    // Digits, dots and colons, which a Via is full of, lie between the two.
    if (byte > COMMA && byte !== SEMICOLON) continue
    if (byte === SEMICOLON) {
      const name = skipSpace(at + 1, end)
      const value = name + 6 <= end && isBranch(name) ? valueFrom(name + 6, end) : NOWHERE
      if (value === NOWHERE) continue
      const branchEnd = valueEnd(value, end)
      setOffset(BRANCH_START, value)
      setOffset(BRANCH_END, branchEnd)
      if (branchEnd - value <= MAGIC_COOKIE_LENGTH) suspect()
      return
    }
    if (byte === QUOTE && mayQuote) {
      const close = closingQuote(at, end)
      if (close === NOWHERE) mayQuote = false
      else at = close
    } else if (byte === COMMA) break
  }
  suspect()
}

/**
 * Finds the tag among the parameters of a From or To: after `>` where there are angle brackets,
 * else after the first `;`, for a URI without brackets cannot have parameters (RFC 3261 §20.10).
 */
function readTag(code: i32, start: usize, end: usize): void {
  const tag = code === HEADER_FROM ? FROM_TAG_START : TO_TAG_START
  let from = start
  // A quote that never closes is no quote: some senders write \"name\" with its backslashes.
  let mayQuote = true
  if (start < end && byteAt(start) === QUOTE) {
    const close = closingQuote(start, end)
    mayQuote = close !== NOWHERE
    from = mayQuote ? close + 1 : start + 1
    if (!mayQuote) suspect()
  }
  const isBare = end > start && byteAt(end - 1) === GREATER
  const sole = isBare ? NOWHERE : soleTagFrom(from, end)
  if (sole > UNUSUAL) {
    setTag(tag, sole, end)
    return
  }
  if (sole === UNUSUAL) searchTag(tag, from, end, mayQuote)
  if (code === HEADER_FROM && word(fields, FROM_TAG_START) < 0) suspect()
}

/**
 * Start of the tag in `…>;tag=value`, the shape of nearly every From and To, read from its end. No
 * quoted string may be open at `start`.
 */
function soleTagFrom(start: usize, end: usize): usize {
  let at = end - 1
  while (at > start && isTokenByte(byteAt(at))) at--
  if (end <= start || byteAt(at) !== EQUALS || at < start + 6) return UNUSUAL
  if (byteAt(at - 5) !== GREATER || byteAt(at - 4) !== SEMICOLON) return UNUSUAL
  return isTag(at - 3) ? at + 1 : UNUSUAL
}

function searchTag(tag: i32, from: usize, end: usize, isQuoting: bool): void {
  let mayQuote = isQuoting
  for (let at = from; at < end; at++) {
    const byte = byteAt(at)
    if (byte > LESS) continue
    if (byte === QUOTE && mayQuote) {
      const close = closingQuote(at, end)
      if (close === NOWHERE) {
        mayQuote = false
        suspect()
      } else at = close
    } else if (byte === LESS) {
      while (at < end && byteAt(at) !== GREATER) at++
      if (at === end) suspect()
    } else if (byte === SEMICOLON) {
      const name = skipSpace(at + 1, end)
      const value = name + 3 <= end && isTag(name) ? valueFrom(name + 3, end) : NOWHERE
      if (value === NOWHERE) continue
      setTag(tag, value, valueEnd(value, end))
      return
    }
  }
}

function setTag(tag: i32, start: usize, end: usize): void {
  setOffset(tag, start)
  setOffset(tag + 1, end)
  setWord(fields, tag === FROM_TAG_START ? FROM_TAG_HASH : TO_TAG_HASH, hash32(start, end))
}

/** `CSeq = 1*DIGIT LWS Method`, the number below 2^31 (RFC 3261 §8.1.1.5). */
function readCSeq(start: usize, end: usize): void {
  let at = start
  let number: f64 = 0
  for (; at < end && isDigit(byteAt(at)); at++) number = withDigit(number, byteAt(at))
  if (at > start && number < 4_294_967_296) setDouble(fields, CSEQ_NUMBER, number)
  if (at === start || number >= 2_147_483_648) suspect()
  at = skipSpace(at, end)
  setOffset(CSEQ_METHOD_START, at)
  setOffset(CSEQ_METHOD_END, end)
  if (at === end) suspect()
  else setWord(fields, CSEQ_METHOD_CODE, methodCode(at, <i32>(end - at)))
}

function readContentLength(start: usize, end: usize): void {
  let number: f64 = 0
  for (let at = start; at < end; at++) {
    if (!isDigit(byteAt(at))) {
      suspect()
      return
    }
    number = withDigit(number, byteAt(at))
  }
  if (end > start) setDouble(fields, CONTENT_LENGTH, number)
}

/** One more digit of a number, which stops growing far beyond all that are legal. */
function withDigit(number: f64, digit: i32): f64 {
  const longer = number * 10 + <f64>(digit - 48)
  return longer < NUMBER_MAX ? longer : NUMBER_MAX
}

// ── names ──────────────────────────────────────────────────────────────────────────────────────

/** Code of a header's name, long or compact, in any case. */
function headerCode(at: usize, length: i32): i32 {
  const code = candidate(HEADER_NAMES_AT, at, length)
  if (code === 0) return HEADER_OTHER
  if (length === 1) return byteAt(at) >= 0x41 ? code : HEADER_OTHER
  // Both sides are token characters, so bit 5 is only the case.
  const lower = v128.or(v128.load(at), i8x16.splat(0x20))
  return isName(HEADER_NAMES_AT, code, lower, length) ? code : HEADER_OTHER
}

/** Code of a method, 0 for one that has none. */
function methodCode(at: usize, length: i32): i32 {
  const code = candidate(METHOD_NAMES_AT, at, length)
  return code !== 0 && isName(METHOD_NAMES_AT, code, v128.load(at), length) ? code : 0
}

/** The one code of a table that a name of this length and first letter can have; 0 for none. */
function candidate(table: usize, at: usize, length: i32): i32 {
  if (length < 1 || length >= <i32>NAME_BYTES) return 0
  return load<u8>(tablesAt + table + <usize>(length * 32 + (byteAt(at) & 31)))
}

function isName(table: usize, code: i32, text: v128, length: i32): bool {
  const name = v128.load(tablesAt + table + NAME_CANDIDATES + <usize>code * NAME_BYTES)
  const isAlike = (1 << length) - 1
  return (i8x16.bitmask(i8x16.eq(text, name)) & isAlike) === isAlike
}

function isBranch(at: usize): bool {
  return (load<u32>(at) | 0x20202020) === 0x6e617262 && (load<u16>(at, 4) | 0x2020) === 0x6863
}

function isTag(at: usize): bool {
  return (load<u16>(at) | 0x2020) === 0x6174 && (load<u8>(at, 2) | 0x20) === 0x67
}

// ── bytes ──────────────────────────────────────────────────────────────────────────────────────

/** The first byte of this value from `from` on, the message's end where there is none. */
function byteFrom(from: usize, value: i32): usize {
  let at = from
  const wanted = i8x16.splat(<i8>value)
  for (; at + 16 <= stop; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), wanted))
    if (found !== 0) return at + <usize>ctz(found)
  }
  while (at < stop && byteAt(at) !== value) at++
  return at
}

/** Where the value of a parameter begins whose name ends at `at`; nowhere without an equals sign. */
function valueFrom(at: usize, end: usize): usize {
  const equals = skipSpace(at, end)
  if (equals >= end || byteAt(equals) !== EQUALS) return NOWHERE
  return skipSpace(equals + 1, end)
}

function valueEnd(start: usize, end: usize): usize {
  let at = start
  for (; at < end; at++) {
    const byte = byteAt(at)
    if (byte <= SP || byte === SEMICOLON || byte === COMMA || byte === GREATER) break
  }
  return at
}

/** The quote that closes the string which begins at `at`. */
function closingQuote(at: usize, end: usize): usize {
  for (let p = at + 1; p < end; p++) {
    const byte = byteAt(p)
    if (byte === BACKSLASH) p++
    else if (byte === QUOTE) return p
  }
  return NOWHERE
}

function skipSpace(from: usize, end: usize): usize {
  let at = from
  while (at < end && isSpace(byteAt(at))) at++
  return at
}

/** Blanks, and the line ends that folding leaves inside a value. */
function isSpace(byte: i32): bool {
  return isBlank(byte) || byte === CR || byte === LF
}

function isBlank(byte: i32): bool {
  return byte === SP || byte === TAB
}

function isDigit(byte: i32): bool {
  return byte >= 48 && byte <= 57
}

function isTokenByte(byte: i32): bool {
  return load<u8>(tablesAt + TOKENS_AT + <usize>byte) === 1
}

function byteAt(at: usize): i32 {
  return <i32>load<u8>(at)
}

function suspect(): void {
  setWord(fields, IS_SUSPECT, 1)
}

function setOffset(field: i32, at: usize): void {
  setWord(fields, field, <i32>(at - base))
}
