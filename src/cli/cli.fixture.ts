// The real program in a folder of its own, for tests: arguments in, exit code and both outputs out.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const launcher = join(root, 'bin', 'earshot')

/** Three failed calls and their registrations; a call that was answered. */
export const FAILED_CALLS = join(root, 'examples', 'real-failed-calls.pcap')
export const ANSWERED_CALL = join(root, 'examples', 'real-answered-call.pcap')
/** With its media. */
/** Calls of sipp through a Kamailio that hides the topology: another Call-ID on each side. */
export const HIDDEN_TOPOLOGY = join(root, 'test', 'captures', 'gen__kamailio-topoh.pcap')
export const IPV6_CALL = join(root, 'test', 'captures', 'gen__sipp-ipv6-g711-nano.pcap')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Shell {
  readonly folder: string
  /** A path in the folder. */
  readonly path: (name: string) => string
  /** Runs `earshot` in the folder, to its end. */
  readonly earshot: (...argv: readonly string[]) => Promise<Ran>
}

/** A folder that is gone after the test, and the program to run in it. */
export function shell(t: Pick<TestContext, 'after'>): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'earshot cli '))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    path: (name) => join(folder, name),
    earshot: (...argv) => run(launcher, argv, folder),
  }
}

/** A program's end, with everything that it wrote. */
export async function run(program: string, argv: readonly string[], cwd: string): Promise<Ran> {
  const child = spawn(program, argv, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await ended
  return { code, stdout, stderr }
}

/** The JSON lines of an output: every line must be one object, and nothing else may stand there. */
export function jsonLines({ stdout }: Ran): Record<string, unknown>[] {
  const lines = stdout.split('\n')
  assert.equal(lines.pop(), '', 'the last line ends as the others do')
  return lines.map((line) => {
    const value: unknown = JSON.parse(line)
    assert(typeof value === 'object' && value !== null && !Array.isArray(value), line)
    return value as Record<string, unknown>
  })
}

/** The only JSON line of an output. */
export function jsonLine(ran: Ran): Record<string, unknown> {
  const [line, ...others] = jsonLines(ran)
  assert(line !== undefined && others.length === 0, ran.stdout)
  return line
}

/** Fails unless a run went well and said nothing on stderr. */
export function assertDone(ran: Ran): void {
  assert.deepEqual([ran.code, ran.stderr], [0, ''])
}

/** Fails unless a run failed with this code, one line on stderr and no stack in it. */
export function assertRefused(ran: Ran, code: 1 | 2, reason: RegExp): void {
  assert.equal(ran.code, code, ran.stderr)
  assert.match(ran.stderr, reason)
  assert.match(ran.stderr, /^earshot: [^\n]+\n$/, 'one line, without a stack')
}
