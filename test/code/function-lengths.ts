// In: scanned code. Out: how many lines each function takes. A rough count by braces: it tells a
// function from a loop by the word before its brackets, and does not see functions without braces.

/** A function's first line, counted from 1, and the number of lines to its closing brace. */
export interface FunctionLength {
  readonly line: number
  readonly lines: number
}

/** A brace behind one of these words opens a block. */
const BLOCK_WORDS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with'])

/** Text before a function's brace: an arrow, or closed brackets with or without a return type. */
const ARROW = /=>\s*$/
const BRACKETS = /\)(?:\s*:\s*[\w\s.<>,[\]|&?'"]+)?\s*$/

/** The functions and methods in `code` (see scan.ts), inner ones too, in order of their ends. */
export function functionLengths(code: string): FunctionLength[] {
  const found: FunctionLength[] = []
  const open: (number | undefined)[] = []
  let line = 1
  for (let at = 0; at < code.length; at++) {
    const char = code.charAt(at)
    if (char === '\n') line++
    else if (char === '{') open.push(isFunction(code, at) ? line : undefined)
    else if (char === '}') {
      const first = open.pop()
      if (first !== undefined) found.push({ line: first, lines: line - first + 1 })
    }
  }
  return found
}

function isFunction(code: string, brace: number): boolean {
  const before = code.slice(Math.max(0, brace - 2_000), brace)
  if (ARROW.test(before)) return true
  const brackets = BRACKETS.exec(before)
  if (brackets === null) return false
  const word = /([\w$]+)\s*(?:<[^()]*>)?\s*$/.exec(before.slice(0, opening(before, brackets.index)))
  return word !== null && !BLOCK_WORDS.has(word[1] ?? '')
}

/** Where the brackets that close at `close` open. */
function opening(text: string, close: number): number {
  let depth = 0
  for (let at = close; at >= 0; at--) {
    if (text.charAt(at) === ')') depth++
    if (text.charAt(at) === '(' && --depth === 0) return at
  }
  return 0
}
