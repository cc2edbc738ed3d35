// In: the text of a TypeScript file. Out: the same text with comments and the insides of strings
// blanked, those strings by place, and the comments. A scanner of tokens, no parser: it knows
// nothing of types.

/** A file's text in which only code is left. Every character stands where it stood before. */
export interface ScannedText {
  /** Comments and the insides of strings, templates and regular expressions are spaces. */
  readonly code: string
  /** The other way round: comments where they stood, and spaces for all else. */
  readonly comments: string
  /** What stood between the quotes, by the place of the opening quote. */
  readonly strings: ReadonlyMap<number, string>
}

/** After one of these, a slash begins a regular expression; elsewhere it divides. */
const BEFORE_REGEXP =
  /(?:^|[([{,;:=!&|?+\-*%~^<>]|(?:^|\W)(?:return|typeof|case|in|of|do|else|void|yield|await))$/

/** Blanks what is no code. Text that is no TypeScript gives a poor answer, never an error. */
export function scan(text: string): ScannedText {
  const out = text.split('')
  const comments = text.replace(/[^\n]/g, ' ').split('')
  const strings = new Map<number, string>()
  /** Depth of braces at which the `${` of each open template stands. */
  const templates: number[] = []
  let depth = 0
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    const two = text.slice(at, at + 2)
    if (two === '//' || two === '/*' || (two === '#!' && at === 0)) {
      const end = two === '/*' ? after(text, '*/', at + 2) : lineEnd(text, at)
      for (let i = at; i < end; i++) comments[i] = text.charAt(i)
      blank(out, at, end)
      at = end
    } else if (char === "'" || char === '"') {
      const end = closing(text, at + 1, char)
      strings.set(at, text.slice(at + 1, end))
      blank(out, at + 1, end)
      at = end + 1
    } else if (char === '`' || (char === '}' && templates.at(-1) === depth)) {
      if (char === '}') templates.pop()
      const end = templateEnd(text, at + 1)
      blank(out, at + 1, end)
      const isOpen = text.charAt(end) === '$'
      if (isOpen) templates.push(depth)
      at = end + (isOpen ? 2 : 1)
    } else if (char === '/' && BEFORE_REGEXP.test(wordBefore(out, at))) {
      const end = regexpEnd(text, at + 1)
      blank(out, at + 1, end)
      at = end + 1
    } else {
      if (char === '{') depth++
      if (char === '}') depth--
      at++
    }
  }
  return { code: out.join(''), comments: comments.join(''), strings }
}

/** The line, counted from 1, that holds the character at `offset`. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

function blank(out: string[], from: number, to: number): void {
  for (let i = from; i < to && i < out.length; i++) if (out[i] !== '\n') out[i] = ' '
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? text.length : at + mark.length
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at < 0 ? text.length : at
}

/** Where a quoted string ends; at the end of its line at the latest, as in the text of a page. */
function closing(text: string, from: number, quote: string): number {
  let at = from
  while (at < text.length && text.charAt(at) !== quote && text.charAt(at) !== '\n') {
    at += text.charAt(at) === '\\' ? 2 : 1
  }
  return Math.min(at, text.length)
}

/** Where a template ends: at its closing backtick, or at the `$` of the next `${`. */
function templateEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charAt(at) !== '`' && text.slice(at, at + 2) !== '${') {
    at += text.charAt(at) === '\\' ? 2 : 1
  }
  return Math.min(at, text.length)
}

function regexpEnd(text: string, from: number): number {
  let isClass = false
  let at = from
  for (; at < text.length && text.charAt(at) !== '\n'; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === '[') isClass = true
    else if (char === ']') isClass = false
    else if (char === '/' && !isClass) break
  }
  return Math.min(at, text.length)
}

function wordBefore(out: readonly string[], at: number): string {
  let end = at
  while (end > 0 && /\s/.test(out[end - 1] ?? '')) end--
  return out.slice(Math.max(0, end - 8), end).join('')
}
