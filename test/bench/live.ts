// The live half of the benchmark: a made capture sent by HEP to a server that runs, over TCP as
// fast as it takes it and over UDP at a steady rate; what the server spent, stored and dropped.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryOf, startLiveServer } from './live-server.ts'
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
  const { server, hep, counts, end } = await startLiveServer(earshot, data)
  try {
    const startTicks = ticksOf(server.pid)
    const pace = transport === 'udp' ? ['--rate', String(UDP_RATE)] : []
    const to = `${transport}://127.0.0.1:${hep}`
    const args = ['replay', capture, '--to', to, '--speed', 'max', '--json', ...pace]
    const sending = await measureRun(earshot, args)
    const { messages: sent } = JSON.parse(sending.stdout) as { messages: number }
    const cpuSeconds = ((await untilIdle(server.pid)) - startTicks) / TICKS_PER_SECOND
    const memoryBytesMax = memoryOf(server.pid, 'VmHWM')
    const told = await counts()
    const { command, seconds } = sending
    return { transport, command, sent, ...told, seconds, cpuSeconds, memoryBytesMax }
  } finally {
    await end()
  }
}

/** Waits until a process spends next to nothing; what it has spent by then, in ticks. */
export async function untilIdle(pid: number | undefined): Promise<number> {
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
