// Telephone numbers as people write them: the marks between the digits, which mean nothing
// (visual-separator of RFC 3966 §3; blanks are no part of it, and are written all the same).

/** A number with its marks, in digits alone but for a `+` before them. */
export function isWrittenNumber(text: string): boolean {
  return /^\+?[\d\-.() ]+$/.test(text)
}

/** The text without the marks that may stand between digits. */
export function withoutSeparators(text: string): string {
  return text.replace(/[-.() ]/g, '')
}
