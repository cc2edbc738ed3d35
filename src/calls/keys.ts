// The names of legs, calls and conversations: day and Call-ID hash in one text, and a UUID that
// holds the same, so that a conversation id leads to its call without a table.
import { DAY_US, type Day, dayStartUs, isDay } from '../base/day.ts'
import { hashText53 } from '../base/hash.ts'

export interface KeyParts {
  readonly day: Day
  /** 53-bit hash of the Call-ID. */
  readonly hash: number
}

const HALF_DIGITS = 5
const HALF = 36 ** HALF_DIGITS
const HASH_MAX = 2 ** 53

/** `20261121-1t2qhuls3f7`: safe in URLs and file names. */
export function formatKey({ day, hash }: KeyParts): string {
  return `${day.slice(0, 4)}${day.slice(5, 7)}${day.slice(8)}-${base36(hash)}`
}

/** The same as `toString(36)`, in two halves that the engine knows a fast way for. */
function base36(hash: number): string {
  const high = Math.floor(hash / HALF)
  if (high === 0) return hash.toString(36)
  return high.toString(36) + (hash % HALF).toString(36).padStart(HALF_DIGITS, '0')
}

/** The parts of a key, undefined for a text that is none. */
export function parseKey(key: string): KeyParts | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)-([0-9a-z]{1,11})$/.exec(key)
  if (match === null) return undefined
  const day = `${match[1]}-${match[2]}-${match[3]}`
  const hash = Number.parseInt(match[4] ?? '', 36)
  return isDay(day) && hash < HASH_MAX ? { day, hash } : undefined
}

/** The UUID (version 8, RFC 9562 §5.8) of a call whose messages name no conversation. */
export function conversationOfCall(callKey: string): string {
  const parts = parseKey(callKey)
  const dayNumber = parts === undefined ? 0 : dayStartUs(parts.day) / DAY_US
  const dayHex = dayNumber.toString(16).padStart(8, '0')
  const hex = (parts?.hash ?? 0).toString(16).padStart(14, '0')
  const check = checkDigits(dayHex + hex)
  return [
    dayHex,
    hex.slice(0, 4),
    `8${hex.slice(4, 7)}`,
    `9${hex.slice(7, 10)}`,
    `${hex.slice(10)}${check}`,
  ].join('-')
}

/** The call that such a UUID names, undefined for any other UUID. */
export function callOfConversation(conversationId: string): string | undefined {
  const match =
    /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-9([0-9a-f]{3})-([0-9a-f]{4})([0-9a-f]{8})$/.exec(
      conversationId.toLowerCase(),
    )
  if (match === null) return undefined
  const [, dayHex = '', a = '', b = '', c = '', d = '', check = ''] = match
  if (checkDigits(dayHex + a + b + c + d) !== check) return undefined
  const dayUs = Number.parseInt(dayHex, 16) * DAY_US
  const date = new Date(dayUs / 1000)
  if (Number.isNaN(date.getTime())) return undefined
  return formatKey({
    day: date.toISOString().slice(0, 10),
    hash: Number.parseInt(a + b + c + d, 16),
  })
}

/** An id as it is compared: the case of a UUID says nothing (RFC 9562 §4), that of others does. */
export function comparableConversation(id: string): string {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : id
}

function checkDigits(text: string): string {
  return (hashText53(`earshot ${text}`) % 2 ** 32).toString(16).padStart(8, '0')
}
