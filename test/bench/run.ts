// npm run bench: imports a large made capture beside tshark and sngrep, weighs the store, and asks
// it by HTTP. Prints ratios with the commands that were run; the machine may be slow or busy, so
// only what ran side by side is compared.
//
//   npm run bench -- [--calls N] [--media-calls N] [--runs N] [--keep]
//   npm run bench -- --minutes 10
//
// With `--minutes` a server takes 1,500 messages a second by HEP over TCP for so long, and nothing
// else is measured: its resident memory every half minute, and how fast that grows in the second
// half. It shall stay below 400 MB and flat: what fills up (the caches of SQLite, open calls) is
// full within some minutes, so ten of them are the least that tell anything.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type LiveResult, measureLive } from './live.ts'
import { measureLookups } from './lookups.ts'
import { type MeasuredRun, measureRun, median } from './measured-run.ts'
import { measureSteady } from './steady.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const EARSHOT = join(ROOT, 'bin', 'earshot')
const MAKE_CALLS = join(ROOT, 'test', 'tools', 'make-calls.ts')

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '60000' },
    'media-calls': { type: 'string', default: '800' },
    runs: { type: 'string', default: '3' },
    minutes: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'))
try {
  if (values.minutes === undefined) {
    await bench()
    await benchMedia()
  } else await benchSteady(Number(values.minutes))
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  const capture = join(folder, 'calls.pcap')
  const truth = join(folder, 'calls.json')
  say(`making a capture of ${values.calls} calls …`)
  const flags = ['--calls', values.calls, '--cps', '500', '--rtp', '0']
  await mustRun(process.execPath, [MAKE_CALLS, ...flags, '--out', capture, '--truth', truth])
  const { messages } = JSON.parse(readFileSync(truth, 'utf8')) as { messages: number }
  say(`${messages} messages, ${megabytes(statSync(capture).size)}\n`)

  const ours: MeasuredRun[] = []
  const tshark: MeasuredRun[] = []
  const sngrep: MeasuredRun[] = []
  const data = join(folder, 'data')
  // Turn by turn, so that a slow minute of the machine is slow for all of them.
  for (let i = 0; i < runs; i++) {
    rmSync(data, { recursive: true, force: true })
    ours.push(await mustRun(EARSHOT, ['import', capture, '--data', data, '--json']))
    await peer(tshark, '/usr/bin/tshark', ['-r', capture, '-q', '-z', 'sip,stat'])
    const out = join(folder, 'sngrep.pcap')
    if (i === 0) {
      await peer(sngrep, '/usr/bin/sngrep', ['-N', '-q', '-I', capture, '-l', '100000', '-O', out])
    }
  }
  tell('import', ours)
  compare('tshark', tshark, ours)
  compare('sngrep', sngrep, ours)
  say(`memory of the import: ${megabytes(Math.max(...ours.map((run) => run.memoryBytesMax)))}\n`)

  const { store, lookups } = await measureLookups(EARSHOT, data, truth)
  const perMessage = (total: number): string => (total / messages).toFixed(1)
  say(`store: ${perMessage(store.blockBytes + store.indexBytes)} bytes a message`)
  say(`  blocks ${perMessage(store.blockBytes)}, index ${perMessage(store.indexBytes)}\n`)
  for (const { name, medianMs, slowestMs, count } of lookups) {
    say(`${name}: median ${medianMs.toFixed(1)} ms, slowest ${slowestMs.toFixed(1)} ms of ${count}`)
  }
  say('')
  for (const transport of ['tcp', 'udp'] as const) {
    tellLive(await measureLive(EARSHOT, capture, folder, transport))
  }
}

/** The same for sound: every stream measured, beside tshark's own table of streams. */
async function benchMedia(): Promise<void> {
  const capture = join(folder, 'media.pcap')
  const truth = join(folder, 'media.json')
  say(`\nmaking a capture of ${values['media-calls']} calls with sound …`)
  const flags = ['--calls', values['media-calls'], '--cps', '20', '--talk', '40']
  await mustRun(process.execPath, [MAKE_CALLS, ...flags, '--out', capture, '--truth', truth])
  const { streams } = JSON.parse(readFileSync(truth, 'utf8')) as { streams: unknown[] }
  say(`${streams.length} streams, ${megabytes(statSync(capture).size)}\n`)
  const ours: MeasuredRun[] = []
  const tshark: MeasuredRun[] = []
  const data = join(folder, 'media-data')
  for (let i = 0; i < runs; i++) {
    rmSync(data, { recursive: true, force: true })
    ours.push(await mustRun(EARSHOT, ['import', capture, '--data', data, '--json']))
    await peer(tshark, '/usr/bin/tshark', ['-r', capture, '-q', '-z', 'rtp,streams'])
  }
  tell('import of sound', ours)
  compare('tshark', tshark, ours)
}

/** Memory over minutes. */
async function benchSteady(minutes: number): Promise<void> {
  const parts = { earshot: EARSHOT, make: MAKE_CALLS, folder, minutes }
  const result = await measureSteady(parts, ({ minute, bytes }) => {
    say(`minute ${minute.toFixed(1)}: ${megabytes(bytes)}`)
  })
  const { sent, stored, dropped, seconds, bytesPerMinute, commands } = result
  say(`${sent} sent, ${stored} stored, ${dropped} dropped and counted`)
  say(`  ${Math.round(sent / seconds)} messages a second for ${seconds.toFixed(0)} s`)
  say(`  second half: ${(bytesPerMinute / 1e6).toFixed(2)} MB more each minute`)
  for (const command of commands) say(`  ${command}`)
}

function tellLive(result: LiveResult): void {
  const { transport, command, sent, stored, dropped, seconds, cpuSeconds, memoryBytesMax } = result
  say(`HEP over ${transport}: ${sent} sent, ${stored} stored, ${dropped} dropped and counted`)
  const rate = Math.round(sent / cpuSeconds).toLocaleString('en')
  say(`  ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU: ${rate} a CPU second`)
  say(`  ${megabytes(memoryBytesMax)}\n  ${command}`)
}

async function peer(runs: MeasuredRun[], command: string, args: readonly string[]): Promise<void> {
  if (existsSync(command)) runs.push(await measureRun(command, args))
}

async function mustRun(command: string, args: readonly string[]): Promise<MeasuredRun> {
  const run = await measureRun(command, args)
  if (run.exitCode !== 0) throw new Error(`exit code ${run.exitCode}: ${run.command}`)
  return run
}

function tell(name: string, runs: readonly MeasuredRun[]): void {
  const [first] = runs
  if (first === undefined) return
  const seconds = runs.map((run) => run.seconds.toFixed(2)).join(' ')
  const memory = megabytes(Math.max(...runs.map((run) => run.memoryBytesMax)))
  say(`${name}: ${seconds} s, ${memory}\n  ${first.command}`)
}

function compare(name: string, peers: readonly MeasuredRun[], ours: readonly MeasuredRun[]): void {
  if (peers.length === 0) {
    say(`${name}: not installed`)
    return
  }
  tell(name, peers)
  const secondsOf = (list: readonly MeasuredRun[]) => median(list.map((run) => run.seconds))
  say(`  Earshot is ${(secondsOf(peers) / secondsOf(ours)).toFixed(1)} times as fast\n`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
