// Splits text at a separator where the grammar means one: not inside quotes, angle brackets or
// parentheses, and not after a backslash. Linear; an unterminated quote runs to the end.

/**
 * The parts of a comma list, trimmed, empty ones left out (RFC 3261 §7.3.1). A `<` that never
 * closes hides the commas after it, as a reader would see it.
 */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return text === '' ? [] : [text]
  return splitAt(text, ',').filter((part) => part !== '')
}

/** Parts between separators, trimmed, empty ones kept. */
export function splitAt(text: string, separator: string): string[] {
  const parts: string[] = []
  const wanted = separator.charCodeAt(0)
  let from = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === wanted) {
      parts.push(text.slice(from, at).trim())
      from = ++at
    } else at = skipToken(text, at)
  }
  parts.push(text.slice(from).trim())
  return parts
}

/** First place after the quoted string, bracketed part or character at `at`. */
function skipToken(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === 0x22) return skipQuoted(text, at)
  if (code === 0x3c) {
    const close = text.indexOf('>', at)
    return close < 0 ? text.length : close + 1
  }
  return code === 0x5c ? at + 2 : at + 1
}

/** First place after the quoted string that begins at `at`; the end where it never closes. */
export function skipQuoted(text: string, at: number): number {
  let p = at + 1
  while (p < text.length) {
    const code = text.charCodeAt(p)
    if (code === 0x22) return p + 1
    p += code === 0x5c ? 2 : 1
  }
  return text.length
}

/** What the quoted string says that `text` begins with; text without one is given back as it is. */
export function unquote(text: string): string {
  if (!text.startsWith('"')) return text
  let said = ''
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '"') break
    if (text[at] === '\\') at++
    said += text[at] ?? ''
  }
  return said
}
