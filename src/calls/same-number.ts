// Users of two legs in, whether they are the same number out, however each network writes it: with
// a country code or without, behind a trunk prefix, a dialling prefix or a carrier's one.
import { unescapeUri } from '../sip/uri.ts'
import { isWrittenNumber, withoutSeparators } from '../sip/visual-separators.ts'

/** Who a user is: a telephone number, an extension or a name, or a caller who is not told. */
export type PartyKind = 'number' | 'user' | 'nobody'

/** What of a user is compared. */
export interface Party {
  readonly kind: PartyKind
  /** Of a number its digits, without the zeros before it; else the user as written, or nothing. */
  readonly text: string
}

/** Digits at the end that must agree; with fewer a number is an extension, as a name is. */
const DIGITS_MIN = 6

/** Stand for a caller who is not told (RFC 3323 §4.1, and what networks write). */
const NOBODY = new Set(['anonymous', 'private', 'restricted', 'unavailable', 'unknown', 'withheld'])

/** `user`: the user part of a URI, null where it has none. */
export function partyOf(user: string | null): Party {
  // Most are this, and each INVITE asks.
  const first = user === null ? -1 : firstDigit(user)
  if (user !== null && first >= 0 && user.length - first >= DIGITS_MIN) {
    return { kind: 'number', text: user.slice(first) }
  }
  const [bare = ''] = unescapeUri(user ?? '').split(';', 1)
  const digits = digitsOf(bare)
  if (digits.length >= DIGITS_MIN) return { kind: 'number', text: digits }
  if (bare === '' || NOBODY.has(bare.toLowerCase())) return { kind: 'nobody', text: '' }
  return { kind: 'user', text: bare }
}

/** Whether both are one: of numbers, whether one is the end of the other. */
export function isSameParty(a: Party, b: Party): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind !== 'number') return a.text === b.text
  return a.text.endsWith(b.text) || b.text.endsWith(a.text)
}

/** The same for every way to write one party; mostly another for another one. */
export function commonPart({ kind, text }: Party): string {
  return kind === 'number' ? text.slice(-DIGITS_MIN) : text
}

/** Empty where it is no telephone number. What stands before a # leads to a carrier. */
function digitsOf(user: string): string {
  const number = user.slice(user.lastIndexOf('#') + 1)
  if (!isWrittenNumber(number)) return ''
  return withoutSeparators(number).replace(/^\+?0*/, '')
}

/** Where the digits begin of a number without any mark but its +, as most are; -1 for others. */
function firstDigit(user: string): number {
  let first = -1
  for (let at = user.startsWith('+') ? 1 : 0; at < user.length; at++) {
    const digit = user.charCodeAt(at) - DIGIT_0
    if (digit < 0 || digit > 9) return -1
    if (first < 0 && digit > 0) first = at
  }
  return first
}

const DIGIT_0 = 0x30
