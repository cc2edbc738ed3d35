// Patterns over users, as searches give them: exact, or with `*` at either end. Phone numbers are
// compared without the marks that people write between digits (RFC 3966 §5.1.1), and every user
// without its escapes (`%2B49…` is `+49…`): nobody asks for them, though RFC 3261 §19.1.4 tells an
// escaped reserved character from a plain one.
import { unescapeUri } from '../sip/uri.ts'
import { isWrittenNumber, withoutSeparators } from '../sip/visual-separators.ts'

export interface UserPattern {
  /** Text between the stars, as phone numbers are compared: see `comparableUser`. */
  readonly text: string
  /** The same as all other users are compared: every mark counts (`1-800*` of `1-800-flowers`). */
  readonly plain: string
  readonly isOpenStart: boolean
  readonly isOpenEnd: boolean
  /** As it was written but for its escapes, for an exact match. */
  readonly exact: string
}

/**
 * The user as searches see it: escapes undone, lower case, and digits alone where it is a phone
 * number.
 */
export function comparableUser(user: string): string {
  const lower = unescapeUri(user).toLowerCase()
  return isWrittenNumber(lower) ? withoutSeparators(lower) : lower
}

/** Reads `+4420*`, `*1234`, `*555*` or `alice`. */
export function parseUserPattern(pattern: string): UserPattern {
  const isOpenStart = pattern.startsWith('*')
  const isOpenEnd = pattern.length > 1 && pattern.endsWith('*')
  const bare = pattern.slice(isOpenStart ? 1 : 0, isOpenEnd ? -1 : undefined)
  const exact = unescapeUri(bare)
  const plain = exact.toLowerCase()
  return { text: comparableUser(bare), plain, isOpenStart, isOpenEnd, exact }
}

/** Whether a pattern, as parsed, means this user. */
export function matchesUser(pattern: UserPattern, user: string): boolean {
  const bare = unescapeUri(user)
  if (!pattern.isOpenStart && !pattern.isOpenEnd) return bare === pattern.exact
  const text = comparableUser(user)
  const wanted = isWrittenNumber(bare) ? pattern.text : pattern.plain
  if (pattern.isOpenStart && pattern.isOpenEnd) return text.includes(wanted)
  return pattern.isOpenStart ? text.endsWith(wanted) : text.startsWith(wanted)
}
