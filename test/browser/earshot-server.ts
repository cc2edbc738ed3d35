// Starts a real Earshot on a fresh data folder and a free port, and ends it. What the tests know of
// it is what a person at the terminal would see.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const EARSHOT = join(import.meta.dirname, '../../bin/earshot')
/** A start takes two seconds; a machine under load may take many more. */
const START_MS_MAX = 120_000

/** A server that takes requests. */
export interface EarshotServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Its data folder. */
  readonly folder: string
  /** The administrator that the first start made. */
  readonly account: { readonly id: string; readonly secret: string }
  stop(): Promise<void>
}

/** Starts a server that has imported `captures` when it is ready. */
export async function startEarshot(captures: readonly string[] = []): Promise<EarshotServer> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-browser-'))
  const options = ['--host', '127.0.0.1', '--port', '0', '--data', folder, '--hep', '0']
  const child = spawn(EARSHOT, ['serve', ...options, ...captures], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async () => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const output = await untilReady(child)
    return { url: urlIn(output), folder, account: accountIn(output), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the server printed until it was ready and had told its password. */
function untilReady(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const giveUp = (why: string) => reject(new Error(`earshot serve ${why}; it said:\n${output}`))
    const timer = setTimeout(() => giveUp('was not ready in time'), START_MS_MAX)
    const hear = (text: Buffer) => {
      output += text.toString()
      if (urlIn(output) === '' || !/password: \S/.test(output)) return
      clearTimeout(timer)
      resolve(output)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(timer)
      giveUp(`ended with ${code}`)
    })
  })
}

function urlIn(output: string): string {
  return /^ready (http:\/\/\S+)\n/m.exec(output)?.[1] ?? ''
}

function accountIn(output: string): { id: string; secret: string } {
  const [, id = '', secret = ''] = /administrator: (\S+), password: (\S+)/.exec(output) ?? []
  return { id, secret }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
