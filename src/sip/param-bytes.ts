// Parameters and quoted strings in a header value, by their bytes: the little reading that the
// index pass does of values, before any text is made. Offsets in, offsets out.
import {
  BACKSLASH,
  COMMA,
  CR,
  EQUALS,
  GREATER,
  LF,
  QUOTE,
  SEMICOLON,
  SP,
  TAB,
  TOKEN,
} from './chars.ts'
import { isName } from './header-code.ts'

export const NAME_BRANCH = Buffer.from('branch')
export const NAME_TAG = Buffer.from('tag')

/** What `soleTagAt` says where there is no tag, and where only a careful reading can tell. */
export const NO_TAG = -1
export const UNUSUAL_TAG = -2

/**
 * Start of the tag in `…>;tag=value`, the shape of nearly every From and To, read from its end;
 * `UNUSUAL_TAG` for any other shape. No quoted string may be open at `start`.
 */
export function soleTagAt(bytes: Buffer, start: number, end: number): number {
  let at = end - 1
  while (at > start && TOKEN[bytes[at] ?? 0] === 1) at--
  if (bytes[at] !== EQUALS || at - 5 <= start || bytes[at - 5] !== GREATER) return UNUSUAL_TAG
  const isTag = bytes[at - 4] === SEMICOLON && isName(bytes, at - 3, NAME_TAG)
  return isTag ? at + 1 : UNUSUAL_TAG
}

/** First byte of the value of the parameter at `at` when it has this name, else -1. */
export function paramValueAt(bytes: Buffer, at: number, end: number, name: Uint8Array): number {
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

export function paramValueEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = bytes[at] ?? 0
    if (byte <= GREATER && isValueEnd(byte)) break
    at++
  }
  return at
}

function isValueEnd(byte: number): boolean {
  return byte <= SP || byte === SEMICOLON || byte === COMMA || byte === GREATER
}

/** The quote that closes the string which begins at `at`, or -1. */
export function closingQuote(bytes: Buffer, at: number, end: number): number {
  for (let p = at + 1; p < end; p++) {
    const byte = bytes[p]
    if (byte === BACKSLASH) p++
    else if (byte === QUOTE) return p
  }
  return -1
}

/** Blanks, and the line ends that folding leaves inside a value. */
export function isSpace(byte: number | undefined): boolean {
  if (byte === undefined || byte > SP) return false
  return byte === SP || byte === TAB || byte === CR || byte === LF
}
