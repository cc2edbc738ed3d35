// The path of a recording that a PBX made in, what it says of its call out: Call-IDs and UUIDs that
// may name it, the numbers that spoke, and when it began. Says what is written, not what is true:
// every guess is tried against the calls that are stored.
//
//     out-5551234-101-20261121-120000-1795262400.17.wav         Asterisk (FreePBX): UNIQUEID last
//     2026-11-21-12-00-00_5551234_101.wav                       FreeSWITCH, as its examples have it
//     8ab1…-….wav (a channel's UUID)                            FreeSWITCH, record_session
//     CALL-ID%40HOST-0123456789abcdef-mix.wav                   rtpengine-recording, %c-%r-%t
import { basename, extname } from 'node:path'

export interface FileClues {
  /** What may be a Call-ID, the most telling first. */
  readonly callIds: readonly string[]
  /** Users, as written: numbers of three digits and more. */
  readonly numbers: readonly string[]
  /** When it began, µs since 1970, as each reading of the name has it. */
  readonly startsUs: readonly number[]
}

const EPOCH = /(?<!\d)(1[0-9]{9})(?:\.\d{1,6})?(?![\d.])/g
const DATE_TIME =
  /(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)[-_T ]?(\d\d)[-_:.]?(\d\d)[-_:.]?(\d\d)(?!\d)/g
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi
/** rtpengine puts 16 hexadecimal digits between the Call-ID and what is recorded of it. */
const RTPENGINE = /^(.+)-[0-9a-f]{16}(?:-.*)?$/i
const CLUES_MAX = 16

/** Reads the name of a file; `zoneOffsetMs` is how far local time is ahead of UTC. */
export function readFileName(path: string, zoneOffsetMs = 0): FileClues {
  const bare = basename(path, extname(path))
  const decoded = decode(bare)
  const withoutTimes = decoded.replace(DATE_TIME, ' ').replace(EPOCH, ' ')
  const callIds = new Set<string>()
  for (const text of [bare, decoded]) {
    const rtpengine = RTPENGINE.exec(text)?.[1]
    if (rtpengine !== undefined) callIds.add(decode(rtpengine))
  }
  for (const [uuid] of decoded.matchAll(UUID)) callIds.add(uuid)
  for (const part of decoded.split(/[\s_]+/)) if (part.includes('@')) callIds.add(part)
  callIds.add(decoded)
  const numbers = withoutTimes.replace(UUID, ' ').match(/(?<![a-z\d.])\+?\d{3,15}(?![a-z\d.])/gi)
  return {
    callIds: [...callIds].slice(0, CLUES_MAX),
    numbers: [...new Set(numbers ?? [])].slice(0, CLUES_MAX),
    startsUs: startsOf(decoded, zoneOffsetMs),
  }
}

/** A date without a zone may be local time or UTC: both are tried. */
function startsOf(text: string, zoneOffsetMs: number): number[] {
  const starts: number[] = []
  for (const [, seconds] of text.matchAll(EPOCH)) starts.push(Number(seconds) * 1_000_000)
  for (const match of text.matchAll(DATE_TIME)) {
    const [year = 0, month = 0, day = 0, hour, minute, second] = match.slice(1).map(Number)
    const ms = Date.UTC(year, month - 1, day, hour, minute, second)
    const isDate = new Date(ms).getUTCDate() === day && month >= 1 && month <= 12
    if (isDate) starts.push(...new Set([(ms - zoneOffsetMs) * 1000, ms * 1000]))
  }
  return starts.slice(0, CLUES_MAX)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
