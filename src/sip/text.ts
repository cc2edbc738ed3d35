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
  const pieces: string[] = []
  let plain = 0
  let at = 0
  while (at < part.length) {
    const length = sequenceLength(part[at] ?? 0)
    const isGood =
      length > 0 && at + length <= part.length && isUtf8(part.subarray(at, at + length))
    if (isGood) {
      at += length
      continue
    }
    if (at > plain) pieces.push(part.toString('utf8', plain, at))
    pieces.push(`\\x${(part[at] ?? 0).toString(16).padStart(2, '0')}`)
    plain = ++at
  }
  if (at > plain) pieces.push(part.toString('utf8', plain, at))
  return pieces.join('')
}

/** Length of the UTF-8 sequence that a byte begins (RFC 3629 §3), 0 for one that begins none. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1
  if (byte >= 0xc2 && byte < 0xe0) return 2
  if (byte >= 0xe0 && byte < 0xf0) return 3
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0
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
