// Character codes and classes of RFC 3261 §25.1, as table look-ups for byte loops. Knows nothing
// of messages.

export const NUL = 0
export const TAB = 9
export const LF = 10
export const CR = 13
export const SP = 32
export const QUOTE = 34
export const COMMA = 44
export const DOT = 46
export const SLASH = 47
const ZERO = 48
const NINE = 57
export const COLON = 58
export const SEMICOLON = 59
export const LESS = 60
export const EQUALS = 61
export const GREATER = 62
export const BACKSLASH = 92

/** 1 for the bytes that a `token` is made of: letters, digits and -.!%*_+`'~ */
export const TOKEN: Uint8Array = classOf(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~",
)

export function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= ZERO && code <= NINE
}

/** SP or HTAB; line ends are told apart by whoever knows about folding. */
export function isBlank(code: number | undefined): boolean {
  return code === SP || code === TAB
}

/** True where every character of `text` is a token character; false for the empty text. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (TOKEN[text.charCodeAt(i)] !== 1) return false
  }
  return text.length > 0
}

function classOf(members: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let i = 0; i < members.length; i++) table[members.charCodeAt(i)] = 1
  return table
}
