// A text in, as much of it as is kept out, in memory of its own: a part that the engine cuts off
// holds on to the whole text, and many parts of long texts to all of them.

/**
 * The first characters of a text, at most so many. A pair that is cut in two becomes U+FFFD: alone
 * a half would not come back from its bytes as it was.
 */
export function cutText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : cutPart(text, charsMax)
}

/** The same of a text that is itself a part of another one, which is let go of. */
export function cutPart(text: string, charsMax: number): string {
  return Buffer.from(text.slice(0, charsMax).toWellFormed(), 'utf16le').toString('utf16le')
}
