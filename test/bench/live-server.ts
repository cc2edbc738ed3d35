// A data folder in, a server on it that takes HEP out, on ports that were free: how the live parts
// of the benchmark begin and end, and what they ask of it. The folder is removed at the end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'

export interface LiveServer {
  readonly server: ChildProcess
  /** The port that takes HEP. */
  readonly hep: number
  /** What the server says that it stored and dropped. */
  readonly counts: () => Promise<{ stored: number; dropped: number }>
  readonly end: () => Promise<void>
}

/** Resolves when the server takes requests. */
export async function startLiveServer(earshot: string, data: string): Promise<LiveServer> {
  const [hep, web] = [await freePort(), await freePort()]
  const flags = ['--hep', String(hep), '--hep-host', '127.0.0.1', '--port', String(web)]
  const server = spawn(earshot, ['serve', '--data', data, ...flags, '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let secret = ''
  server.stderr.on('data', (chunk: Buffer) => {
    secret = /password: (\S+)/.exec(String(chunk))?.[1] ?? secret
  })
  for await (const chunk of server.stdout) if (String(chunk).includes('ready ')) break
  const end = async (): Promise<void> => {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
  return { server, hep, counts: () => askServer(web, secret), end }
}

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

/** Resident memory of a process, bytes: now, or the most that it ever was. */
export function memoryOf(pid: number | undefined, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return typeof address === 'object' && address !== null ? address.port : 0
}
