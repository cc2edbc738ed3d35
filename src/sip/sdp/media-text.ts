// A session description in, the lines out that say what one section's streams are made of: its
// kind, codecs and keys. What a device describes differs from call to call in ports, addresses and
// times: whoever sees thousands of descriptions parses each of these texts once.
//
//     m=type port … → type … · a=rtpmap · a=fmtp · a=crypto · a=fingerprint, the session's too
import { lineEnd } from './line-end.ts'

const SPACE = 32
const EQUALS = 61
const LETTER_A = 97
const LETTER_M = 109
const LOWER = 0x20
const LETTER_C = 99
const LETTER_F = 102
const LETTER_P = 112
const LETTER_R = 114

/**
 * The text of the `m=` section of this number, from 0; empty where there is none. Where two have
 * the same, they agree in `type`, `protocol`, `codecs`, `crypto` and `fingerprints`.
 */
export function mediaText(bytes: Buffer, section: number): string {
  let text = ''
  let at = 0
  let current = -1
  while (at < bytes.length) {
    const end = lineEnd(bytes, at)
    if (bytes[at + 1] === EQUALS) {
      if (bytes[at] === LETTER_M) {
        if (++current > section) break
        if (current === section) text += `${withoutPort(bytes.toString('latin1', at + 2, end))}\n`
      } else if (bytes[at] === LETTER_A && (current < 0 || current === section)) {
        if (mayTell(bytes, at + 2)) text += `${bytes.toString('latin1', at, end)}\n`
      }
    }
    at = end + 1
  }
  return current < section ? '' : text
}

/** `audio 49170 RTP/AVP 0 8` → `audio RTP/AVP 0 8` */
function withoutPort(line: string): string {
  const [type = '', , ...others] = line.trim().split(/\s+/)
  return [type, ...others].join(' ')
}

/** By its first letters: rtpmap, fmtp, fingerprint, crypto; and whatever begins with no letter. */
function mayTell(bytes: Buffer, at: number): boolean {
  const first = bytes[at] ?? 0
  if (first <= SPACE || first >= 0x80) return true
  switch (first | LOWER) {
    case LETTER_F:
      return true
    case LETTER_R:
      return ((bytes[at + 2] ?? 0) | LOWER) === LETTER_P
    case LETTER_C:
      return ((bytes[at + 1] ?? 0) | LOWER) === LETTER_R
    default:
      return false
  }
}
