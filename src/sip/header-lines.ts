// Header lines by name: an indexed message and a name in, the lines' values as text out. The
// look-ups of message.ts and validate.ts; parses no value beyond its commas.
import { splitList } from './comma-list.ts'
import { compactForm, isListHeader } from './header-name.ts'
import {
  HEADER_CALL_ID,
  HEADER_CONTENT_LENGTH,
  HEADER_CONTENT_TYPE,
  HEADER_CSEQ,
  HEADER_FROM,
  HEADER_NONE,
  HEADER_TO,
  HEADER_VIA,
} from './index-fields.ts'
import type { MessageIndex } from './message-index.ts'
import { textOf, unfoldedTextOf } from './text.ts'

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

/** The name of line `i` as written; '' for a line without a name. */
export function headerNameText(index: MessageIndex, i: number): string {
  return textOf(index.bytes, index.headerNameStart(i), index.headerNameEnd(i))
}

/** The value of line `i`, trimmed, folds made spaces. */
export function headerValueText(index: MessageIndex, i: number): string {
  return unfoldedTextOf(index.bytes, index.headerValueStart(i), index.headerValueEnd(i))
}

/** Number of the first line from `from` on whose header has this key (header-name.ts), or -1. */
export function findHeader(index: MessageIndex, key: string, from: number): number {
  const code = knownCodes.get(key)
  const letter = compactForm(key)
  for (let i = from; i < index.headerCount; i++) {
    const isFound =
      code !== undefined ? index.headerCode(i) === code : isNamed(index, i, key, letter)
    if (isFound) return i
  }
  return -1
}

/** Every line of this header, one value a line, in order. */
export function headerLines(index: MessageIndex, key: string): string[] {
  const found: string[] = []
  for (let i = findHeader(index, key, 0); i >= 0; i = findHeader(index, key, i + 1)) {
    found.push(headerValueText(index, i))
  }
  return found
}

/** Every value of this header, comma lists split where its grammar has them. */
export function headerValues(index: MessageIndex, key: string): string[] {
  const lines = headerLines(index, key)
  return isListHeader(key) ? lines.flatMap(splitList) : lines
}

function isNamed(index: MessageIndex, i: number, key: string, letter: string | undefined): boolean {
  const start = index.headerNameStart(i)
  const length = index.headerNameEnd(i) - start
  const name = length === key.length ? key : length === 1 ? letter : undefined
  if (name === undefined || index.headerCode(i) === HEADER_NONE) return false
  for (let k = 0; k < length; k++) {
    const byte = index.bytes[start + k] ?? 0
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
    if (lower !== name.charCodeAt(k)) return false
  }
  return true
}
