// In: one source file's path and text. Out: what about it goes against the style of the house, one
// line each, with what to write in its place. What the linter can say is left to the linter.
import { functionLengths } from './function-lengths.ts'
import { lineOf, scan } from './scan.ts'

export const LINE_LENGTH_MAX = 100
export const FILE_LINES_MAX = 500
export const FUNCTION_LINES_MAX = 70

/** Larger bounds for single files, each at its present size and only ever lowered. */
export interface Allowance {
  readonly path: string
  readonly fileLines?: number
  readonly functionLines?: number
  /** Why it may be longer, in words that one could say aloud. */
  readonly why: string
}

interface Ban {
  readonly name: string
  readonly pattern: RegExp
  /** Where the ban holds; everywhere without it. */
  readonly where?: RegExp
  readonly except?: RegExp
  readonly instead: string
}

const BANS: readonly Ban[] = [
  {
    name: 'enum',
    pattern: /^\s*(?:export\s+)?(?:const\s+|declare\s+)*enum\s/m,
    instead: 'a union of strings',
  },
  { name: 'as unknown as', pattern: /\bas\s+unknown\s+as\b/, instead: 'a check that narrows' },
  { name: 'export default', pattern: /\bexport\s+default\b/, instead: 'a named export' },
  {
    name: 're-export',
    pattern: /^export\s[^=;()]*?\bfrom\s*['"]/m,
    instead: 'an import of the file itself',
  },
  { name: 'namespace', pattern: /^\s*(?:export\s+)?namespace\s/m, instead: 'a file' },
  {
    name: 'Date.now',
    pattern: /\bDate\.now\b|\bnew Date\(\)/,
    where: /^src\//,
    except: /^src\/base\/clock\.ts$/,
    instead: 'a Clock (src/base/clock.ts)',
  },
  {
    name: 'performance.now',
    pattern: /\bperformance\.now\b/,
    where: /^src\/(?:config|source|decode|sip|rtp|audio|calls|query)\//,
    instead: 'the time of the packet, or a Clock',
  },
  { name: 'Math.random', pattern: /\bMath\.random\b/, where: /^(?:src|test)\//, instead: 'a seed' },
  {
    name: 'console',
    pattern: /\bconsole\s*\./,
    where: /^src\//,
    except: /^src\/cli\//,
    instead: 'the log, or a counter',
  },
  { name: 'mock', pattern: /\bmock\s*\.|\bimport\s*\{[^}]*\bmock\b/, instead: 'the real thing' },
  { name: 'test.only', pattern: /\b(?:test|it|describe|suite)\.only\b/, instead: 'no .only' },
  {
    name: 'a type named for its role in the code',
    pattern: /\b(?:class|interface|type)\s+\w+(?:Manager|Impl|Helper|Service)\b/,
    instead: 'the noun that it stands for',
  },
  {
    name: 'process.exit',
    pattern: /\bprocess\.exit\s*\(/,
    where: /^src\/(?!cli\/|main\.ts)/,
    instead: 'a Failure',
  },
]

/** Bans on words in comments, where the scanner sees only spaces. */
const COMMENT_BANS: readonly Ban[] = [
  {
    name: 'TODO without an issue',
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b(?!.*#\d)/,
    instead: 'TODO #12, or the work itself',
  },
  { name: '@ts-ignore', pattern: /@ts-(?:ignore|nocheck|expect-error)/, instead: 'the right type' },
  {
    name: 'a disabled rule without a reason',
    pattern: /(?:ox|es)lint-disable(?!.* -- )/,
    instead: '-- and the reason behind it',
  },
]

/** Everything untidy in one file, as `src/a.ts:3: …`. */
export function untidy(path: string, text: string, allowances: readonly Allowance[]): string[] {
  const allowance = allowances.find((one) => one.path === path)
  const { code, comments } = scan(text)
  return [
    ...firstLine(path, text),
    ...name(path),
    ...lengths(path, text, code, allowance),
    ...banned(path, code, BANS),
    ...banned(path, comments, COMMENT_BANS),
  ]
}

function firstLine(path: string, text: string): string[] {
  const line = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1) : text
  return /^(?:\/\/ \S|\/\*)/.test(line)
    ? []
    : [`${path}:1: no first line that says what goes in, what comes out and what is refused`]
}

function name(path: string): string[] {
  const file = path.slice(path.lastIndexOf('/') + 1)
  return /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/.test(file)
    ? []
    : [`${path}:1: a file's name is in kebab case`]
}

function lengths(path: string, text: string, code: string, allowance?: Allowance): string[] {
  const found: string[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const length = Array.from(line).length
    // What has no space in it cannot be broken: an address, a pattern, bytes as hex.
    if (length <= LINE_LENGTH_MAX || /\S{60}/.test(line)) continue
    found.push(`${path}:${index + 1}: ${length} characters, at most ${LINE_LENGTH_MAX}`)
  }
  const isTest = /\.(?:test|fuzz|fixture)\.tsx?$|[/-]suite[-.][a-z-]*\.?ts$/.test(path)
  const fileMax = allowance?.fileLines ?? FILE_LINES_MAX
  const count = lines.length - 1
  if (count > fileMax) found.push(`${path}:1: ${count} lines, at most ${fileMax}`)
  if (allowance?.fileLines !== undefined && count < fileMax) {
    found.push(`${path}:1: ${count} lines now: lower its allowance from ${fileMax}`)
  }
  if (isTest) return found
  const functionMax = allowance?.functionLines ?? FUNCTION_LINES_MAX
  const all = functionLengths(code)
  for (const { line, lines: length } of all) {
    if (length <= functionMax) continue
    found.push(`${path}:${line}: a function of ${length} lines, at most ${functionMax}`)
  }
  const longest = Math.max(0, ...all.map((one) => one.lines))
  if (allowance?.functionLines !== undefined && longest < functionMax) {
    found.push(`${path}:1: longest function ${longest} lines: lower the allowance ${functionMax}`)
  }
  return found
}

function banned(path: string, text: string, bans: readonly Ban[]): string[] {
  const found: string[] = []
  for (const ban of bans) {
    if (ban.where?.test(path) === false || ban.except?.test(path) === true) continue
    const all = new RegExp(ban.pattern.source, `g${ban.pattern.flags.replace('g', '')}`)
    for (const match of text.matchAll(all)) {
      const start = match.index + match[0].search(/\S/)
      found.push(`${path}:${lineOf(text, start)}: ${ban.name}: write ${ban.instead}`)
    }
  }
  return found
}
