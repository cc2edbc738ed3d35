// The live half of the benchmark: a made capture sent by HEP to a server that runs, over TCP as
// fast as it takes it and over UDP at a steady rate; what the server spent, stored and dropped.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { measureRun } from './measured-run.ts'

const UDP_RATE = 20_000
/** Clock ticks of Linux in a second, as /proc counts them. */
const TICKS_PER_SECOND = 100
/** A server that spends less than this share of a second is done with what it was sent. */
const IDLE_TICKS = 5
const IDLE_SECONDS = 3

export interface LiveResult {
  readonly transport: 'tcp' | 'udp'
  readonly command: string
  readonly sent: number
  readonly stored: number
  readonly dropped: number
  readonly seconds: number
  /** User and system, all threads of the server, from its start to when it was done. */
  readonly cpuSeconds: number
  readonly memoryBytesMax: number
}

/** Sends the capture to a server of its own over one transport. */
export async function measureLive(
  earshot: string,
  capture: string,
  folder: string,
  transport: 'tcp' | 'udp',
): Promise<LiveResult> {
  const data = join(folder, `live-${transport}`)
  const [hep, web] = [await freePort(), await freePort()]
  const flags = ['--hep', String(hep), '--hep-host', '127.0.0.1', '--port', String(web)]
  const server = spawn(earshot, ['serve', '--data', data, ...flags, '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    let secret = ''
    server.stderr.on('data', (chunk: Buffer) => {
      secret = /password: (\S+)/.exec(String(chunk))?.[1] ?? secret
    })
    for await (const chunk of server.stdout) if (String(chunk).includes('ready ')) break
    const startTicks = ticksOf(server.pid)
    const pace = transport === 'udp' ? ['--rate', String(UDP_RATE)] : []
    const to = `${transport}://127.0.0.1:${hep}`
    const args = ['replay', capture, '--to', to, '--speed', 'max', '--json', ...pace]
    const sending = await measureRun(earshot, args)
    const { messages: sent } = JSON.parse(sending.stdout) as { messages: number }
    const cpuSeconds = ((await untilIdle(server.pid)) - startTicks) / TICKS_PER_SECOND
    const memoryBytesMax = memoryOf(server.pid)
    const told = await askServer(web, secret)
    const { command, seconds } = sending
    return { transport, command, sent, ...told, seconds, cpuSeconds, memoryBytesMax }
  } finally {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
}

/** What the server says that it stored and dropped. */
async function askServer(
  port: number,
  secret: string,
): Promise<{ stored: number; dropped: number }> {
  const base = `http://localhost:${port}/api/v1`
  const login = await fetch(`${base}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'admin', secret }),
  })
  const headers = { cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' }
  const ask = async (path: string): Promise<unknown> => {
    return (await fetch(`${base}/${path}`, { headers })).json()
  }
  const { store } = (await ask('counters')) as { store: { messages: number } }
  const { arrivals, intakes } = (await ask('arrivals')) as {
    arrivals: { packetsDropped: number }[]
    intakes: { packetsDroppedByKernel: number | null }[]
  }
  const dropped =
    arrivals.reduce((sum, { packetsDropped }) => sum + packetsDropped, 0) +
    intakes.reduce((sum, { packetsDroppedByKernel }) => sum + (packetsDroppedByKernel ?? 0), 0)
  return { stored: store.messages, dropped }
}

/** Waits until a process spends next to nothing; what it has spent by then, in ticks. */
async function untilIdle(pid: number | undefined): Promise<number> {
  let before = ticksOf(pid)
  for (let idleSeconds = 0; idleSeconds < IDLE_SECONDS; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const now = ticksOf(pid)
    idleSeconds = now - before < IDLE_TICKS ? idleSeconds + 1 : 0
    before = now
  }
  return before
}

/** User and system time of a process with all its threads. */
function ticksOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function memoryOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return typeof address === 'object' && address !== null ? address.port : 0
}
