// An agent's packets to the real server, which is killed and started again in the middle, several
// times: every message is stored, and each once.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { freePort } from '../../../test/peers/programs.ts'
import { systemClock } from '../../base/clock.ts'
import type { Frame } from '../../source/frame.ts'
import { readCaptureFile } from '../../source/capture-file.ts'
import { importInto, type Picture, pictureOf, writeCapture } from '../store.fixture.ts'
import { AgentLine } from './agent-line.ts'
import { AgentLink } from './agent-link.ts'
import { AgentQueue } from './agent-queue.ts'

const program = join(import.meta.dirname, '../../main.ts')
const CALLS = 400
const KILLS = 3

async function serve(data: string, hepPort: number): Promise<ChildProcess> {
  const flags = ['--data', data, '--port', '0', '--hep', String(hepPort), '--log-level', 'error']
  const child = spawn(process.execPath, [program, 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) if (line.startsWith('ready ')) return child
  throw new Error('the server did not start')
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** Packets of a capture, as an agent makes them. */
async function packetsOf(path: string): Promise<Buffer[]> {
  const packets: Buffer[] = []
  const line = new AgentLine({
    run: Buffer.alloc(8, 7),
    agentId: 1,
    node: 'test',
    dropped: () => 0,
    emit: (packet) => packets.push(packet),
  })
  // A server does not believe times of weeks ago, and an agent has none.
  let shiftUs: number | undefined
  const emit = (frame: Frame): void => {
    shiftUs ??= systemClock.nowUs() - frame.tUs
    frame.tUs += shiftUs
    line.push(frame)
  }
  await readCaptureFile(path, { emit })
  line.finish()
  return packets
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-agent-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What does not depend on how a message came to us. */
function texts({ messages }: Picture): string[] {
  return messages.map((line) => line.slice(line.indexOf('} ') + 2)).sort()
}

test('agent: every message is stored once though the server is killed three times', async (t) => {
  const folder = folderOf(t)
  const data = join(folder, 'data')
  const capture = writeCapture(join(folder, 'a.pcap'), { calls: CALLS, callsPerSecond: 50 })
  const packets = await packetsOf(capture)
  const port = await freePort()
  const queue = new AgentQueue({
    memoryBytesMax: 200_000,
    folder: join(folder, 'buffer'),
    folderBytesMax: 1e9,
  })
  const target = { scheme: 'tcp', host: '127.0.0.1', port, path: '' } as const
  const link = new AgentLink({ target, isCertificateChecked: true, queue, onNews: () => {} })
  let server = await serve(data, port)
  link.open()
  for (const [i, packet] of packets.entries()) {
    queue.push(packet)
    if (i % 20 === 0) {
      link.pump()
      await wait(5)
    }
    const killAt = Math.floor(packets.length / (KILLS + 1))
    if (i > 0 && i % killAt === 0 && i / killAt <= KILLS) {
      await end(server, 'SIGKILL')
      server = await serve(data, port)
    }
  }
  while (!queue.isEmpty) {
    queue.flush()
    link.pump()
    await wait(20)
  }
  link.close()
  queue.close()
  await end(server, 'SIGTERM')

  const plain = join(folder, 'plain')
  await importInto(plain, capture)
  const found = await pictureOf(data)
  assert.deepEqual(texts(found), texts(await pictureOf(plain)))
})
