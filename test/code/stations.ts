// In: a folder with src/ and ui/. Out: every import that goes against the walk of a packet, one
// line each. What the stations are, and what each may reach, stands here and nowhere else.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { importsOf } from './imports.ts'
import type { Import } from './imports.ts'

/** The stations in the order of the walk: each may import those before it, never one after it. */
export const STATIONS = [
  'base',
  'kernel',
  'config',
  'source',
  'decode',
  'sip',
  'rtp',
  'audio',
  'calls',
  'siprec',
  'store',
  'line',
  'query',
  'sound',
  'accounts',
  'inventory',
  'recorder',
  'api',
  'cli',
  'serve',
  'main.ts',
] as const

/** Stations that know sockets, files, processes and threads. All others take values. */
const RIM = new Set([
  'kernel',
  'source',
  'siprec',
  'store',
  'line',
  'sound',
  'accounts',
  'inventory',
  'recorder',
  'api',
  'cli',
  'serve',
  'main.ts',
])

/** Stations that are built from this repository alone. */
const WITHOUT_PACKAGES = new Set([
  'base',
  'kernel',
  'config',
  'source',
  'decode',
  'sip',
  'rtp',
  'calls',
])

const SYSTEM_MODULES = new Set(
  'fs child_process net tls dgram dns http https http2 sqlite worker_threads cluster os'.split(' '),
)

/** Stations that stand side by side: the later one does not import the earlier one either. */
const APART = new Map([['cli', 'api']])

/** What is a plain function of its arguments, whatever module it lives in. */
const PURE_NAMES = /^isIP(?:v4|v6)?$/

/** Tests and what only they use. They may import anything, and nothing else imports them. */
const FOR_TESTS = /\.(?:test|fuzz|bench|fixture)\.tsx?$|[/-]suite[-.][a-z-]*\.?ts$/

interface SourceFile {
  /** From the repository's folder, with forward slashes. */
  readonly path: string
  readonly imports: readonly Import[]
}

/** Everything under `root` that breaks the rules, as `src/sip/via.ts:3: …`. Tests are exempt. */
export function brokenImports(root: string): string[] {
  const files = readFiles(root)
  const broken: string[] = []
  for (const file of files) {
    for (const one of file.imports) {
      const why = file.path.startsWith('ui/') ? whyNotInPages(file, one) : whyNot(file, one)
      if (why !== undefined) broken.push(`${file.path}:${one.line}: ${why}`)
    }
  }
  return [...broken, ...cycles(files)]
}

function readFiles(root: string): SourceFile[] {
  const patterns = ['src/**/*.ts', 'ui/src/**/*.ts', 'ui/src/**/*.tsx']
  return globSync(patterns, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !FOR_TESTS.test(path))
    .sort()
    .map((path) => ({ path, imports: importsOf(readFileSync(join(root, path), 'utf8')) }))
}

function whyNot(file: SourceFile, one: Import): string | undefined {
  const from = stationOf(file.path)
  if (from === undefined) return 'this folder is no station: name it in test/code/stations.ts'
  if (!one.specifier.startsWith('.')) return whyNotOutside(from, one)
  const target = targetOf(file, one)
  if (FOR_TESTS.test(target)) return `imports ${target}, which is for tests`
  if (!target.startsWith('src/')) {
    return target === 'package.json' ? undefined : `imports ${target}, which is outside src`
  }
  const to = stationOf(target)
  if (to === undefined) return `imports ${target}, which is in no station`
  if (to === from) return undefined
  if (to === 'main.ts') return 'imports main.ts, which nobody imports'
  if (rank(to) > rank(from)) return `${from} imports ${target}, which is downstream`
  if (APART.get(from) === to) return `${from} imports ${target}; the two stand side by side`
  if (from === 'config' && to !== 'base') return `config imports ${target}; it may only import base`
  return undefined
}

function whyNotOutside(station: string, one: Import): string | undefined {
  const { specifier, names } = one
  if (specifier.startsWith('node:')) {
    if (RIM.has(station) || one.isType || !SYSTEM_MODULES.has(systemModule(specifier)))
      return undefined
    if (names.length > 0 && names.every((name) => PURE_NAMES.test(name))) return undefined
    return `${station} imports ${specifier}; files, sockets and threads are for the rim`
  }
  return WITHOUT_PACKAGES.has(station)
    ? `${station} imports the package ${specifier}; it is built from this repository alone`
    : undefined
}

/** `node:fs/promises` is fs. */
function systemModule(specifier: string): string {
  return specifier.slice('node:'.length).split('/')[0] ?? ''
}

function whyNotInPages(file: SourceFile, one: Import): string | undefined {
  if (!one.specifier.startsWith('.')) return undefined
  const target = targetOf(file, one)
  if (target.startsWith('ui/')) return undefined
  if (!target.startsWith('src/')) return `the pages import ${target}`
  return one.isType ? undefined : `the pages import ${target}; they may only take its types`
}

function targetOf(file: SourceFile, one: Import): string {
  return normalize(join(dirname(file.path), one.specifier)).replaceAll('\\', '/')
}

function stationOf(path: string): string | undefined {
  const name = path.split('/')[1]
  return STATIONS.find((station) => station === name)
}

function rank(station: string): number {
  return STATIONS.findIndex((name) => name === station)
}

/** Circles of files that import each other, named from the file that a walk meets first. */
function cycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(
    files.map((file) => [file.path, file.imports.map((one) => targetOf(file, one))]),
  )
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (name: string): void => {
    const at = path.indexOf(name)
    if (at >= 0) {
      found.push(`${name}: a circle of imports: ${[...path.slice(at), name].join(' → ')}`)
      return
    }
    if (done.has(name)) return
    path.push(name)
    for (const next of graph.get(name) ?? []) if (graph.has(next)) visit(next)
    path.pop()
    done.add(name)
  }
  for (const name of graph.keys()) visit(name)
  return found
}
