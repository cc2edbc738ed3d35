// The headers that every message is asked for: bytes of a name in, a small number out. One look-up
// turns away nearly every other header.

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

const NO_NAME = Buffer.alloc(0)

/** Lower-case names by code. */
const names: readonly Buffer[] = [
  '',
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'content-length',
  'content-type',
].map((name) => Buffer.from(name))
const compactNames = ' vfti\0lc'

// Length and first letter leave one known name to compare, so most lines cost one look-up.
const candidates = new Uint8Array(16 * 32)
for (let code = HEADER_VIA; code <= HEADER_CONTENT_TYPE; code++) {
  const name = names[code] ?? NO_NAME
  candidates[name.length * 32 + ((name[0] ?? 0) & 31)] = code
  const letter = compactNames.charCodeAt(code)
  if (letter > 0) candidates[32 + (letter & 31)] = code
}

/** Code of the header name from `start` to `end`, long or compact, in any case. */
export function headerCodeAt(bytes: Buffer, start: number, end: number): number {
  const length = end - start
  if (length > 15) return HEADER_OTHER
  const first = bytes[start] ?? 0
  const code = candidates[length * 32 + (first & 31)] ?? 0
  if (code === HEADER_OTHER) return HEADER_OTHER
  if (length === 1) return first >= 0x41 ? code : HEADER_OTHER
  return isName(bytes, start, names[code] ?? NO_NAME) ? code : HEADER_OTHER
}

/** Compares with a lower-case name. Both sides are token characters, so bit 5 is only the case. */
export function isName(bytes: Buffer, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((bytes[start + i] ?? 0) | 32) !== name[i]) return false
  }
  return true
}
