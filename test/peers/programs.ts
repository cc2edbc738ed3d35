// For tests against other people's programs: which are there, starting and ending them, and ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
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

/** A UDP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
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
