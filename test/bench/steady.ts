// Minutes in, what a server holds in memory every half of one out, while 1,500 messages a second
// come by HEP over TCP: whether a server that runs for days would grow.
import { join } from 'node:path'
import { memoryOf, startLiveServer } from './live-server.ts'
import { untilIdle } from './live.ts'
import { measureRun } from './measured-run.ts'

const RATE = 1_500
/** Messages that a made call has on average, registrations and second legs included. */
const MESSAGES_PER_CALL = 8.6
const SAMPLE_MS = 30_000
const MS_PER_MINUTE = 60_000

export interface MemorySample {
  readonly minute: number
  readonly bytes: number
}

export interface SteadyResult {
  readonly commands: readonly string[]
  readonly sent: number
  readonly stored: number
  readonly dropped: number
  readonly seconds: number
  readonly samples: readonly MemorySample[]
  /** Of a straight line through the samples of the second half. */
  readonly bytesPerMinute: number
}

/** Sends for so many minutes; `tell` hears of each sample. */
export async function measureSteady(
  parts: { earshot: string; make: string; folder: string; minutes: number },
  tell: (sample: MemorySample) => void,
): Promise<SteadyResult> {
  const { earshot, make, folder, minutes } = parts
  const capture = join(folder, 'steady.pcap')
  const truth = join(folder, 'steady.json')
  const perSecond = Math.round(RATE / MESSAGES_PER_CALL)
  const size = ['--calls', String(perSecond * 60 * minutes), '--cps', String(perSecond)]
  const out = ['--rtp', '0', '--out', capture, '--truth', truth]
  const making = await measureRun(process.execPath, [make, ...size, ...out])
  if (making.exitCode !== 0) throw new Error(`exit code ${making.exitCode}: ${making.command}`)
  const { server, hep, counts, end } = await startLiveServer(earshot, join(folder, 'steady'))
  const samples: MemorySample[] = []
  const startMs = performance.now()
  const sample = (): void => {
    const minute = (performance.now() - startMs) / MS_PER_MINUTE
    const taken = { minute, bytes: memoryOf(server.pid, 'VmRSS') }
    samples.push(taken)
    tell(taken)
  }
  sample()
  const timer = setInterval(sample, SAMPLE_MS)
  try {
    const to = `tcp://127.0.0.1:${hep}`
    // Not at the pace of the capture, whose last calls end one by one over minutes.
    const pace = ['--speed', 'max', '--rate', String(RATE)]
    const sending = await measureRun(earshot, ['replay', capture, '--to', to, ...pace, '--json'])
    const { messages: sent } = JSON.parse(sending.stdout) as { messages: number }
    clearInterval(timer)
    const { command, seconds } = sending
    // What came last is stored within a second.
    await untilIdle(server.pid)
    const told = await counts()
    const bytesPerMinute = slopeOf(samples.slice(samples.length >> 1))
    return { commands: [making.command, command], sent, ...told, seconds, samples, bytesPerMinute }
  } finally {
    clearInterval(timer)
    await end()
  }
}

/** Least squares. */
function slopeOf(samples: readonly MemorySample[]): number {
  const mean = (of: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const minuteMean = mean(({ minute }) => minute)
  const bytesMean = mean(({ bytes }) => bytes)
  const spread = mean(({ minute }) => (minute - minuteMean) ** 2)
  return mean(({ minute, bytes }) => (minute - minuteMean) * (bytes - bytesMean)) / spread
}
