// Text from the wire in, text that cannot hide anything out: control characters, direction
// overrides and characters without width are cut out so that they can be shown by their number.
// Refuses to judge letters: names in any script stay as they are.

/** A stretch of text: plain, or one hidden character and what it is called. */
export interface Piece {
  readonly text: string
  /** `U+202E`; absent for plain text. */
  readonly code?: string
}

// Controls but tab (line ends are cut before), soft hyphen, Arabic letter mark, zero width and
// direction marks, line and paragraph separators, invisible operators, byte order mark,
// annotations, tag characters, and halves of surrogate pairs.
const HIDDEN =
  // oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/u

/** Pieces of a text, hidden characters each on their own. */
export function piecesOf(text: string): Piece[] {
  if (!HIDDEN.test(text)) return [{ text }]
  const pieces: Piece[] = []
  let plain = ''
  for (const character of text) {
    if (!HIDDEN.test(character)) {
      plain += character
      continue
    }
    if (plain !== '') pieces.push({ text: plain })
    plain = ''
    pieces.push({ text: character, code: codeOf(character) })
  }
  if (plain !== '') pieces.push({ text: plain })
  return pieces
}

/** The same in one string, `⟨U+202E⟩` for a hidden character: for tooltips and titles. */
export function visible(text: string): string {
  return piecesOf(text)
    .map((piece) => (piece.code === undefined ? piece.text : `⟨${piece.code}⟩`))
    .join('')
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
