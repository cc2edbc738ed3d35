// In: a command. Out: its exit code and what it printed. Keeps npm's chatter off the screen unless
// the command fails, because set-up runs before every start.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json. */
export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Bytes of output kept for the case that a command fails; the end matters most. */
const OUTPUT_BYTES_MAX = 64 * 1024

/** Prints one line for the person who typed the command. stdout stays free for the program. */
export function say(line) {
  process.stderr.write(`earshot: ${line}\n`)
}

/** Prints why set-up cannot go on, and ends it. */
export function fail(line) {
  say(line)
  process.exit(1)
}

/**
 * Runs a command to its end without a shell and without stdin. Never rejects: a command that
 * cannot be started has code 127, one that a signal or `secondsMax` ended has code 128.
 */
export function run(command, args, { cwd = repository, env = process.env, secondsMax } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (text) => {
      output = (output + text).slice(-OUTPUT_BYTES_MAX)
    }
    const timer = secondsMax && setTimeout(() => child.kill('SIGKILL'), secondsMax * 1000)
    const end = (code) => {
      clearTimeout(timer)
      resolve({ code, output: output.trim() })
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => {
      keep(error.message)
      end(127)
    })
    child.on('close', (code) => end(code ?? 128))
  })
}

/** The last lines of a failed command's output, indented, for a message to a person. */
export function tail(output, lines = 12) {
  return output
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n')
}

const askedOfOuterNpm = [
  'workspace',
  'workspaces',
  'include_workspace_root',
  'global',
  'omit',
  'json',
]

/** The npm that runs this script, whatever is first in the PATH; `npm` where none does. */
export function npm(args, options) {
  const path = process.env.npm_execpath
  // What the outer npm was asked to do must not bend the inner one.
  const env = { ...process.env }
  for (const name of askedOfOuterNpm) delete env[`npm_config_${name}`]
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  return path?.endsWith('.js')
    ? run(process.execPath, [path, ...args, ...quiet], { env, ...options })
    : run('npm', [...args, ...quiet], { env, ...options })
}
