// tcpdump on loopback for tests: a filter in, the bytes of a capture out when the test ends it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** For a test's `skip`: false where tcpdump is there and may capture. */
export function whyNoSniffer(): string | false {
  if (spawnSync('tcpdump', ['--version']).error !== undefined) return 'tcpdump is not installed'
  const isAllowed = spawnSync('tcpdump', ['-i', 'lo', '-L']).status === 0
  return isAllowed ? false : 'tcpdump may not capture on lo'
}

export interface Sniffer {
  /** Ends the capture and gives its bytes. */
  readonly stop: () => Promise<Buffer>
}

/** Resolves when it captures, into a file at `path`. */
export async function startSniffer(path: string, filter: string): Promise<Sniffer> {
  const flags = ['-i', 'lo', '-U', '--immediate-mode', '-Z', 'root']
  const sniffer = spawn('tcpdump', [...flags, '-w', path, filter])
  await said(sniffer, 'listening on')
  return {
    stop: async () => {
      await ended(sniffer, 'SIGINT')
      return readFileSync(path)
    },
  }
}

/** Resolves when the program says these words; rejects when it ends without. */
export function said(child: ChildProcess, words: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let text = ''
  const listen = (piece: Buffer) => {
    text += piece.toString('latin1')
    if (text.includes(words)) resolve()
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  child.on('error', reject)
  child.on('exit', () => reject(new Error(`ended without saying ${words}: ${text.slice(-2_000)}`)))
  return promise
}

/** Ends a program, unless it has ended. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
