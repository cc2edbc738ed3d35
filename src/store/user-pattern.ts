// Patterns over users, as searches give them: exact, or with `*` at either end. Phone numbers are
// compared without the marks that people write between digits (RFC 3966 §5.1.1).

export interface UserPattern {
  /** Text between the stars, as phone numbers are compared: see `comparableUser`. */
  readonly text: string
  /** The same as all other users are compared: every mark counts (`1-800*` of `1-800-flowers`). */
  readonly plain: string
  readonly isOpenStart: boolean
  readonly isOpenEnd: boolean
  /** As it was written, for an exact match. */
  readonly exact: string
}

/** The user as searches see it: lower case, and digits alone where it is a phone number. */
export function comparableUser(user: string): string {
  const lower = user.toLowerCase()
  return isNumber(lower) ? lower.replace(/[-.() ]/g, '') : lower
}

function isNumber(text: string): boolean {
  return /^\+?[\d\-.() ]+$/.test(text)
}

/** Reads `+4420*`, `*1234`, `*555*` or `alice`. */
export function parseUserPattern(pattern: string): UserPattern {
  const isOpenStart = pattern.startsWith('*')
  const isOpenEnd = pattern.length > 1 && pattern.endsWith('*')
  const bare = pattern.slice(isOpenStart ? 1 : 0, isOpenEnd ? -1 : undefined)
  const plain = bare.toLowerCase()
  return { text: comparableUser(bare), plain, isOpenStart, isOpenEnd, exact: bare }
}

/** Whether a pattern, as parsed, means this user. */
export function matchesUser(pattern: UserPattern, user: string): boolean {
  if (!pattern.isOpenStart && !pattern.isOpenEnd) return user === pattern.exact
  const text = comparableUser(user)
  const wanted = isNumber(user) ? pattern.text : pattern.plain
  if (pattern.isOpenStart && pattern.isOpenEnd) return text.includes(wanted)
  return pattern.isOpenStart ? text.endsWith(wanted) : text.startsWith(wanted)
}
