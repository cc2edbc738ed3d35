// The user and host of a From or To of the usual shape, straight from the bytes: display name or
// none, `<sip:user@host`, plain characters only. Any other shape is left to name-addr.ts; where
// this file answers, both give the same.
import { RecentTexts } from '../base/recent-texts.ts'
import { CR, LF } from './chars.ts'

export interface UserHost {
  readonly user: string
  readonly host: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const STAR = 0x2a
const LESS = 0x3c
const AT = 0x40
const USER = 1
const HOST = 2

/** Which bytes a usual user and a usual host are made of. */
const plain = new Uint8Array(256)
for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
  plain[letter.charCodeAt(0)] = USER | HOST
}
for (const mark of '-.') plain[mark.charCodeAt(0)] = USER | HOST
for (const mark of '+_*') plain[mark.charCodeAt(0)] = USER
/** The same few hosts stand in nearly all of them. */
const hosts = new RecentTexts()
/** What may follow a usual host. */
const hostEnds = new Set(Array.from(':;>', (end) => end.charCodeAt(0)))

/** Undefined where the value is of another shape. */
export function readUsualAddress(bytes: Buffer, start: number, end: number): UserHost | undefined {
  const user = userStart(bytes, start, end)
  if (user < 0) return undefined
  let at = user
  while (at < end && ((plain[bytes[at] ?? 0] ?? 0) & USER) !== 0) at++
  if (bytes[at] !== AT || at === user) return undefined
  const userEnd = at
  const host = at + 1
  for (at = host; at < end && ((plain[bytes[at] ?? 0] ?? 0) & HOST) !== 0; at++);
  if (at === host || at >= end || !hostEnds.has(bytes[at] ?? 0)) return undefined
  // A second colon would make it an IPv6 address without its brackets: the full parser knows.
  if (bytes[at] === 0x3a && !isPortUntilEnd(bytes, at + 1, end)) return undefined
  return { user: bytes.toString('latin1', user, userEnd), host: hosts.text(bytes, host, at) }
}

/** True only for a value of the usual shape with this user; without making a text. */
export function isUsualUser(bytes: Buffer, start: number, end: number, user: string): boolean {
  const from = userStart(bytes, start, end)
  const at = from + user.length
  if (from < 0 || at >= end || bytes[at] !== AT || user === '') return false
  for (let i = 0; i < user.length; i++) {
    const byte = bytes[from + i] ?? 0
    if (byte !== user.charCodeAt(i) || ((plain[byte] ?? 0) & USER) === 0) return false
  }
  return true
}

/** Offset of the user behind a display name or none, -1 where the value has another shape. */
function userStart(bytes: Buffer, start: number, end: number): number {
  let at = start
  // The star of a Contact, and what may come behind it, is the full parser's.
  if (bytes[at] === STAR) return -1
  if (bytes[at] === QUOTE) {
    for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) return -1
  }
  for (; at < end && bytes[at] !== LESS; at++) {
    const byte = bytes[at]
    if (byte === CR || byte === LF || (byte === QUOTE && bytes[start] !== QUOTE)) return -1
  }
  return schemeEnd(bytes, at, end)
}

/** Offset behind `<sip:` or `<sips:`, -1 where something else is there. */
function schemeEnd(bytes: Buffer, at: number, end: number): number {
  if (at + 6 > end || bytes[at + 1] !== 0x73 || bytes[at + 2] !== 0x69 || bytes[at + 3] !== 0x70) {
    return -1
  }
  if (bytes[at + 4] === 0x3a) return at + 5
  return bytes[at + 4] === 0x73 && bytes[at + 5] === 0x3a ? at + 6 : -1
}

function isPortUntilEnd(bytes: Buffer, from: number, end: number): boolean {
  let at = from
  while (at < end && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39) at++
  return at > from && at < end && (bytes[at] === 0x3b || bytes[at] === 0x3e)
}
