// A command in, its seconds, its largest memory and its output out: how every figure of the
// benchmark is taken, ours and the peers' alike.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface MeasuredRun {
  readonly command: string
  readonly seconds: number
  /** Largest resident memory of the process, bytes; 0 where the system does not tell. */
  readonly memoryBytesMax: number
  readonly stdout: string
  readonly exitCode: number
}

const MEMORY_POLL_MS = 10

/** Runs a command to its end. Its memory is what Linux says was its highest. */
export async function measureRun(command: string, args: readonly string[]): Promise<MeasuredRun> {
  const startMs = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let memoryBytesMax = 0
  const poll = setInterval(() => {
    memoryBytesMax = Math.max(memoryBytesMax, highestMemory(child.pid))
  }, MEMORY_POLL_MS)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  }).finally(() => clearInterval(poll))
  return {
    command: [command, ...args].join(' '),
    seconds: (performance.now() - startMs) / 1000,
    memoryBytesMax,
    stdout: Buffer.concat(chunks).toString('utf8'),
    exitCode,
  }
}

/** VmHWM of a process: the most that it ever had resident. */
function highestMemory(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
