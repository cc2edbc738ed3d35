// For tests against other people's programs: which are there, starting and ending them, and ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/sbin', '/bin']

/** The path of a program, undefined where it is missing. */
export function programPath(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** The paths of programs; skips the test, naming the first that is missing. */
export function needPrograms(t: TestContext, ...names: readonly string[]): string[] | undefined {
  const paths = names.map(programPath)
  const missing = names.find((_, i) => paths[i] === undefined)
  if (missing === undefined) return paths.filter((path) => path !== undefined)
  t.skip(`${missing} is missing`)
  return undefined
}

/** Ports that neither systems hand out by themselves nor tests name. */
const PORTS = { first: 10_000, last: 19_999 }
/** A program may take those beside its own too: for RTCP, for TLS. */
const PORT_STEP = 10

let lastPort = randomInt(PORTS.first, PORTS.last)

/**
 * A port of loopback that is free on UDP and TCP. Whoever it is for binds it later: until then
 * nobody gets it who asks the system for any port, as every connection does.
 */
export async function freePort(): Promise<number> {
  do {
    lastPort += PORT_STEP
    if (lastPort > PORTS.last) lastPort = PORTS.first
  } while (!(await isFree(lastPort)))
  return lastPort
}

async function isFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4')
  const tcp = createServer()
  try {
    await once(udp.bind(port, '127.0.0.1'), 'listening')
    await once(tcp.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise<void>((resolve) => udp.close(() => resolve()))
    await new Promise<void>((resolve) => tcp.close(() => resolve()))
  }
}

/** A program that runs until the test is over. */
export function runBeside(
  t: Pick<TestContext, 'after'>,
  path: string,
  args: readonly string[],
): ChildProcess {
  const child = spawn(path, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return child
}

/** Runs a program to its end and gives its exit code. */
export async function runToEnd(path: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(path, args, { stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}
