// The user and host of a SIP URI in, the address as a vendor shows it out: E.164 where it is a
// phone number, else the SIP address. National numbers need to be told their country; without
// that, what was written stays.
import { withoutSeparators } from '../../sip/visual-separators.ts'

/** What an operator says of their numbers. */
export interface NumberRules {
  /** Country code of numbers written without one (`1`, `44`); none where nothing is assumed. */
  readonly countryCode?: string
}

/** Digits from which on a user part is a phone number and not an extension or a name. */
const DIGITS_MIN = 7
/** E.164 allows 15; some carriers put more after it. */
const DIGITS_MAX = 20

/** A user as a phone number: `+` and digits where that can be told; undefined where it is none. */
export function phoneNumberOf(user: string, rules: NumberRules): string | undefined {
  const plain = withoutSeparators(user)
  const match = /^(\+?)(\d+)$/.exec(plain)
  const digits = match?.[2] ?? ''
  if (digits.length > DIGITS_MAX) return undefined
  if (match?.[1] === '+') return plain
  if (digits.length < DIGITS_MIN) return undefined
  // The international prefix of most of the world, and of North America.
  const international = /^(?:00|011)([1-9]\d{6,})$/.exec(digits)?.[1]
  if (international !== undefined) return `+${international}`
  return withCountry(digits, rules.countryCode) ?? digits
}

function withCountry(digits: string, countryCode: string | undefined): string | undefined {
  if (countryCode === undefined) return undefined
  // North America writes a national number of ten digits, with its 1 or without.
  if (countryCode === '1') {
    if (digits.length === 10) return `+1${digits}`
    return digits.length === 11 && digits.startsWith('1') ? `+${digits}` : undefined
  }
  if (digits.startsWith('0')) return `+${countryCode}${digits.slice(1)}`
  return digits.startsWith(countryCode) && digits.length > 9 ? `+${digits}` : undefined
}

/** `+13105678901` as `(310) 567-8901`; numbers of other countries stay as they are. */
export function formatNational(number: string): string {
  const match = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number)
  return match === null ? number : `(${match[1]}) ${match[2]}-${match[3]}`
}

/**
 * An address as vendors show it: a phone number, else `user@host`; empty where both are unknown.
 */
export function addressOf(
  user: string | null,
  host: string | null,
  rules: NumberRules,
): { readonly text: string; readonly isNumber: boolean } {
  const number = user === null ? undefined : phoneNumberOf(user, rules)
  if (number !== undefined) return { text: number, isNumber: true }
  const text = host === null ? (user ?? '') : user === null ? host : `${user}@${host}`
  return { text, isNumber: false }
}

/**
 * A user pattern under which every user is found that is shown as this address, and some more:
 * phone numbers are written in several ways, and all end alike.
 */
export function patternOf(address: string): string {
  const bare = address.replace(/^sips?:/i, '')
  const digits = bare.replace(/[-.() ]/g, '')
  if (!/^\+?\d+$/.test(digits)) return bare.includes('@') ? bare.slice(0, bare.indexOf('@')) : bare
  return `*${digits.replace(/^\+/, '').slice(-ENDING_DIGITS)}`
}

/** Enough to leave few others, and fewer than any country's shortest full numbers. */
const ENDING_DIGITS = 7
