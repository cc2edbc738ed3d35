// A store in, how long its answers take by HTTP out: a server on it, a login, and the questions
// that people ask, each for another call of the truth.
import { spawn, type ChildProcess, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { StoreCounters } from '../../src/query/finder.ts'
import { median } from './measured-run.ts'

export interface LookupFigure {
  readonly name: string
  readonly count: number
  readonly medianMs: number
  readonly slowestMs: number
}

interface TruthLeg {
  readonly callId: string
  readonly from: string
  readonly to: string
}

const QUESTIONS = 200
const ACCOUNT = { id: 'bench', secret: 'bench-secret' }

export async function measureLookups(
  earshot: string,
  data: string,
  truthPath: string,
): Promise<{ store: StoreCounters; lookups: LookupFigure[] }> {
  const { legs } = JSON.parse(readFileSync(truthPath, 'utf8')) as { legs: TruthLeg[] }
  const step = Math.max(1, Math.floor(legs.length / QUESTIONS))
  const asked = legs.filter((_, i) => i % step === 0).slice(0, QUESTIONS)
  const { id, secret } = ACCOUNT
  const create = ['account', 'create', '--dialect', 'own', '--id', id, '--secret', secret]
  execFileSync(earshot, [...create, '--data', data])
  const { server, origin } = await startServer(earshot, data)
  try {
    const ask = await login(origin)
    const counters = (await ask('/api/v1/counters')) as { store: StoreCounters }
    const time = async (name: string, query: (leg: TruthLeg) => string) => {
      const times: number[] = []
      for (const leg of asked) {
        const startMs = performance.now()
        const answer = (await ask(`/api/v1/calls?${query(leg)}`)) as { calls: unknown[] }
        times.push(performance.now() - startMs)
        if (answer.calls.length === 0) throw new Error(`${name}: nothing found by ${query(leg)}`)
      }
      return {
        name,
        count: times.length,
        medianMs: median(times),
        slowestMs: Math.max(...times),
      }
    }
    const text = encodeURIComponent
    const lookups = [
      await time('Call-ID', ({ callId }) => `callId=${text(callId)}`),
      await time('last 6 digits of a number', ({ to }) => `user=${text(`*${to.slice(-6)}`)}`),
      await time('6 digits in the middle', ({ to }) => `user=${text(`*${to.slice(-7, -1)}*`)}`),
      await time('first 9 digits', ({ from }) => `from=${text(`${from.slice(0, 10)}*`)}`),
    ]
    return { store: counters.store, lookups }
  } finally {
    server.kill('SIGTERM')
  }
}

async function startServer(
  earshot: string,
  data: string,
): Promise<{ server: ChildProcess; origin: string }> {
  const server = spawn(earshot, ['serve', '--data', data, '--port', '0', '--hep', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, EARSHOT_LOG_LEVEL: 'error' },
  })
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('ready ')) return { server, origin: line.slice('ready '.length) }
  }
  throw new Error('the server ended before it was ready')
}

async function login(origin: string): Promise<(path: string) => Promise<unknown>> {
  const response = await fetch(`${origin}/api/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ACCOUNT),
  })
  const { token } = (await response.json()) as { token: string }
  return async (path) => {
    const answer = await fetch(origin + path, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }
}
