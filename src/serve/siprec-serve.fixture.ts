// For tests: the whole server as a process that takes in recording sessions, and what becomes of
// them, asked by the commands that an operator has.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type ClientEnd, until } from '../siprec/siprec.fixture.ts'
import type { Recording } from '../store/recordings/recording.ts'

const earshot = join(import.meta.dirname, '..', '..', 'bin', 'earshot')
const run = promisify(execFile)

/** Starts it on loopback; `stop` ends it as an operator would, and so does the end of the test. */
export async function startServer(
  t: TestContext,
  args: readonly string[],
): Promise<{ stop: () => Promise<void> }> {
  const fixed = ['--port', '0', '--hep', '0', '--siprec-host', '127.0.0.1']
  const child = spawn(earshot, ['serve', ...fixed, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  t.after(stop)
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => text.includes('ready http') && resolve())
    child.once('exit', (code, signal) => {
      reject(new Error(`the server ended with ${code ?? signal}: ${complaints}`))
    })
  })
  return { stop }
}

/** The recording, once it is in one of these states; of a client that runs, before that ends. */
export function recordingIn(
  data: string,
  states: readonly string[],
  client?: Promise<ClientEnd>,
): Promise<Recording> {
  return until(async () => {
    const { stdout } = await run(earshot, ['recordings', '--data', data, '--json']).catch(() => {
      return { stdout: '' }
    })
    const recording = stdout === '' ? undefined : JSON.parse(stdout.split('\n')[0] ?? '')
    if (recording !== undefined && states.includes(recording.state)) return recording as Recording
    await sleep(200)
    return undefined
  }, client)
}

/** The session's messages as text. */
export async function sessionText(data: string, callId: string): Promise<string> {
  const out = join(data, 'session.txt')
  await run(earshot, ['export', callId, '--out', out, '--data', data])
  return readFileSync(out, 'latin1')
}

/** The sound of a recording. */
export function soundOf(data: string, recording: Recording): Buffer {
  return readFileSync(join(data, 'sound', recording.media[0]?.soundKey ?? ''))
}
