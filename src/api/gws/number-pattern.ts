// A number as it is asked for in, a test for stored ones out. Both sides are reduced to letters and
// digits and compared exactly, upper and lower case apart; a star stands for any run of symbols.

/** Makes the test. */
export function numberTest(pattern: string): (number: string) => boolean {
  const pieces = pattern.split('*').map(alphanumeric)
  return (number) => hasPieces(alphanumeric(number), pieces)
}

function alphanumeric(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '')
}

/**
 * Whether a text is these pieces with anything between them. The leftmost place of each piece is
 * the best one, so that no piece is looked for twice.
 */
export function hasPieces(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...others] = pieces
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const piece of others) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= end
}
