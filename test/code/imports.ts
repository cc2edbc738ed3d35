// In: the text of a TypeScript file. Out: what it imports, exports from elsewhere, loads later or
// starts as a worker thread. The tool that most projects use for this reads nothing at all under
// TypeScript 7 and reports success, so this one is ours (docs/decisions/0003).
import { lineOf, scan } from './scan.ts'

/** One import, of whatever form. */
export interface Import {
  /** As written: `./via.ts`, `node:fs`, `fastify`. */
  readonly specifier: string
  readonly line: number
  /** True for `import type` and `export type`, which leave nothing at run time. */
  readonly isType: boolean
  /** What is taken, in the other file's words; empty where all of it is. */
  readonly names: readonly string[]
}

const STATEMENT = /(?:^|[;\n])\s*(?:import|export)\s+(type\s+)?([^'"`;=()]*?)\bfrom\s*['"]/g
const BARE = /(?:^|[;\n])\s*import\s*['"]/g
const LATER = /\b(?:import|require|require\.resolve)\s*\(\s*['"]/g
const BESIDE = /\bnew\s+URL\s*\(\s*['"](?=[^)]*\bimport\.meta\.url)/g

/** Every import of a file, in the order of the forms, then of the text. */
export function importsOf(text: string): Import[] {
  const { code, strings } = scan(text)
  const found: Import[] = []
  for (const pattern of [STATEMENT, BARE, LATER, BESIDE]) {
    for (const match of code.matchAll(pattern)) {
      const quote = match.index + match[0].length - 1
      const specifier = strings.get(quote)
      if (specifier === undefined) continue
      const [, type, clause] = match
      found.push({
        specifier,
        line: lineOf(code, quote),
        isType: type !== undefined,
        names: namesOf(clause ?? ''),
      })
    }
  }
  return found
}

/** `{ a, type B, c as d }` as a, B, c; nothing for `* as x` or a default. */
function namesOf(clause: string): string[] {
  const list = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]
  if (list === undefined) return []
  return list
    .split(',')
    .map((item) =>
      item
        .trim()
        .replace(/^type\s+/, '')
        .replace(/\s+as\s.*$/, ''),
    )
    .filter((name) => name !== '')
}
