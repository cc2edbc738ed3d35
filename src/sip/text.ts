// Bytes to text and back to one line: what a header value says, for people and for look-ups.
// Never loses a byte: what is no UTF-8 shows as \xNN.
import { isUtf8 } from 'node:buffer'

/**
 * Text of `bytes` from `start` to `end`. ASCII as it is, UTF-8 where RFC 3261 §25.1 allows it; a
 * byte that is neither stays visible as `\xNN`, so that two different values never look the same.
 */
export function textOf(bytes: Buffer, start: number, end: number): string {
  if (end <= start) return ''
  for (let at = start; at < end; at++) {
    if ((bytes[at] ?? 0) >= 0x80) return textBeyondAscii(bytes.subarray(start, end))
  }
  return bytes.toString('latin1', start, end)
}

function textBeyondAscii(part: Buffer): string {
  if (isUtf8(part)) return part.toString('utf8')
  let said = ''
  let plain = 0
  let at = 0
  while (at < part.length) {
    const length = sequenceLength(part, at)
    if (length > 0) {
      at += length
      continue
    }
    if (at > plain) said += part.toString('utf8', plain, at)
    said += escapes[part[at] ?? 0]
    plain = ++at
  }
  return at > plain ? said + part.toString('utf8', plain, at) : said
}

const escapes = Array.from({ length: 256 }, (_, byte) => `\\x${byte.toString(16).padStart(2, '0')}`)

/** Length of the well-formed UTF-8 sequence at `at` (RFC 3629 §4), 0 where there is none. */
function sequenceLength(part: Buffer, at: number): number {
  const byte = part[at] ?? 0
  if (byte < 0x80) return 1
  if (byte < 0xc2 || byte > 0xf4) return 0
  const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
  if (at + length > part.length) return 0
  // The first byte narrows the second: no overlong forms, no surrogates, nothing above U+10FFFF.
  const second = part[at + 1] ?? 0
  const least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
  const most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
  if (second < least || second > most) return 0
  for (let i = 2; i < length; i++) if (((part[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/** Text of a header value, each fold made one space (RFC 3261 §7.3.1). */
export function unfoldedTextOf(bytes: Buffer, start: number, end: number): string {
  const text = textOf(bytes, start, end)
  if (!text.includes('\n') && !text.includes('\r')) return text
  return unfold(text)
}

function unfold(text: string): string {
  const pieces: string[] = []
  let plain = 0
  for (let at = 0; at < text.length; at++) {
    if (!isLineEnd(text.charCodeAt(at))) continue
    let from = at
    while (from > plain && isFold(text.charCodeAt(from - 1))) from--
    let to = at + 1
    while (to < text.length && isFold(text.charCodeAt(to))) to++
    pieces.push(text.slice(plain, from))
    plain = to
    at = to - 1
  }
  pieces.push(text.slice(plain))
  return pieces.join(' ')
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13
}

function isFold(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13
}
