// The whole server with a real recording client: sipp forks two streams to it, live, and a stereo
// recording comes out.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { channelOf, makeFolder, tone, toneShare } from '../recorder/office.fixture.ts'
import {
  body,
  hasProgram,
  participant,
  pause,
  receive,
  runClient,
  scenario,
  section,
  send,
  sendMedia,
} from '../siprec/siprec.fixture.ts'

const skip = hasProgram('sipp', '-v') ? false : 'sipp is not installed'
const earshot = join(import.meta.dirname, '..', '..', 'bin', 'earshot')
const run = promisify(execFile)

test('a client that forks its media live gets a stereo recording', { skip }, async (t) => {
  const data = join(makeFolder(t), 'data')
  const port = await freePort()
  await startServer(t, ['--data', data, '--siprec', String(port)])
  const two = body(
    [section('1', 6000), section('2', 6002)],
    participant('bob', 'Bob', '1') + participant('paul', 'Paul', '2'),
  )
  const client = runClient(t, {
    port,
    scenario: scenario(
      send('INVITE', `CSeq: 1 INVITE\nRequire: siprec\n${two}`, 'first'),
      receive(200),
      send('ACK', 'CSeq: 1 ACK'),
      pause(6_000),
      send('BYE', 'CSeq: 2 BYE'),
      receive(200),
    ),
  })
  const running = await recordingIn(data, ['recording'])
  const ports = await mediaPorts(data, running.callIds[0])
  await sendMedia(
    ports.map((one, i) => ({ port: one, ssrc: i + 1, payload: tone(i === 0 ? 440 : 1_000, 1.5) })),
  )
  const { code, log } = await client
  assert.equal(code, 0, log)
  const recording = await recordingIn(data, ['completed', 'absent', 'failed'])
  assert.equal(recording.state, 'completed', recording.failure)
  const wav = readFileSync(join(data, 'sound', recording.media[0].soundKey))
  const span = { from: 0.1, to: 1.4 }
  assert.ok(toneShare(channelOf(wav, 0), 440, 8_000, span) > 0.98)
  assert.ok(toneShare(channelOf(wav, 1), 1_000, 8_000, span) > 0.98)
})

async function startServer(t: TestContext, args: readonly string[]): Promise<void> {
  const fixed = ['--port', '0', '--hep', '0', '--siprec-host', '127.0.0.1']
  const child: ChildProcess = spawn(earshot, ['serve', ...fixed, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => text.includes('ready http') && resolve())
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
}

/** The recording, once it is in one of these states. */
async function recordingIn(data: string, states: readonly string[]) {
  for (;;) {
    const { stdout } = await run(earshot, ['recordings', '--data', data, '--json']).catch(() => {
      return { stdout: '' }
    })
    const recording = stdout === '' ? undefined : JSON.parse(stdout.split('\n')[0] ?? '')
    if (recording !== undefined && states.includes(recording.state)) return recording
    await sleep(200)
  }
}

/** The ports that the server answered with. */
async function mediaPorts(data: string, callId: string): Promise<number[]> {
  const out = join(data, 'session.txt')
  await run(earshot, ['export', callId, '--out', out, '--data', data])
  const text = readFileSync(out, 'latin1')
  const answer = text.slice(text.indexOf('o=earshot'))
  return [...answer.matchAll(/^m=audio (\d+) /gm)].map(([, port]) => Number(port))
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => void socket.close(() => resolve()))
  return port
}
