// In: nothing, or parts of test file names. Out: what node's test runner says about those files.
// Files that end in .slow.test.ts run in CI (CI=true) or with --all.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs, stripVTControlCharacters } from 'node:util'

const repository = dirname(import.meta.dirname)
const patterns = [
  'src/**/*.test.ts',
  'test/**/*.test.ts',
  'ui/src/**/*.test.ts',
  'scripts/**/*.test.ts',
]

/** Minutes after which one test counts as hung. */
const minutesPerTestMax = 15
/** Minutes after which all of it ends: what counts as hung is told, and may still hold its file. */
const minutesMax = 60

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const isSlowWanted = values.all || /^(1|true)$/.test(process.env['CI'] ?? '')

const files = globSync(patterns, { cwd: repository, exclude: (name) => name === 'node_modules' })
  .filter((file) => isSlowWanted || !file.endsWith('.slow.test.ts'))
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  .sort()

if (files.length === 0) {
  process.stderr.write(`run-tests: no test file matches ${positionals.join(' ') || 'anything'}\n`)
  process.exit(1)
}

const child = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    `--test-timeout=${minutesPerTestMax * 60_000}`,
    ...files,
  ],
  { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'], env: colours(process.env) },
)
const summary: string[] = []
createInterface({ input: child.stdout }).on('line', (line) => {
  process.stdout.write(`${line}\n`)
  const plain = stripVTControlCharacters(line)
  if (/^ℹ tests \d/.test(plain)) summary.length = 0
  if (/^ℹ [a-z_]+ [\d.]+$/.test(plain)) summary.push(line)
})
// The runner names the files that were under way.
setTimeout(() => child.kill('SIGTERM'), minutesMax * 60_000).unref()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`run-tests: ${error.message}\n`)
  process.exitCode = 1
})
child.on('close', (code) => {
  process.exitCode = code ?? 1
  // The runner tells its failures behind its summary; the summary is what the end is read for.
  if (code !== 0) process.stdout.write(`\n${summary.join('\n')}\n`)
})

/** The runner writes into a pipe; a person at a terminal still gets its colours. */
function colours(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return process.stdout.isTTY ? { FORCE_COLOR: '1', ...environment } : environment
}
