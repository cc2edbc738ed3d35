// Callbacks of a running Earshot to a receiver that is down, answers badly and comes back, while
// Earshot is killed twice in between. What arrives is held against the truth of a made capture.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../peers/programs.ts'
import type { CallKind, TruthLeg } from '../tools/make-calls/truth.ts'
import { makeDataFolder, runEarshot, serveEarshot } from './earshot-process.ts'
import { makeCalls } from './made-calls.ts'

type Event = Readonly<Record<string, string>>

const causes: Readonly<Record<CallKind, string>> = {
  answered: 'NORMAL_CLEARING',
  challenged: 'NORMAL_CLEARING',
  busy: 'USER_BUSY',
  notfound: 'UNALLOCATED_NUMBER',
  error: 'NORMAL_TEMPORARY_FAILURE',
  cancelled: 'ORIGINATOR_CANCEL',
  timeout: '',
}

const timeOf = (tUs: number | null) => new Date(Math.floor((tUs ?? 0) / 1000)).toISOString()

/** What an application must be told of a leg: type, time, and the cause of its end. */
function wantedEvents(leg: TruthLeg): string[][] {
  const isIncoming = leg.parentCallId === null
  return [
    ...(isIncoming ? [['incomingcall', timeOf(leg.startUs), '']] : []),
    ...(leg.answerUs === null ? [] : [['answer', timeOf(leg.answerUs), '']]),
    ...(leg.endUs === null ? [] : [['hangup', timeOf(leg.endUs), causes[leg.kind]]]),
  ]
}

/** The events of each call in the order in which they came, repetitions of one left out. */
function byCall(events: readonly Event[]): Map<string, Event[]> {
  const calls = new Map<string, Event[]>()
  for (const event of events) {
    const known = calls.get(event['callId'] ?? '') ?? []
    if (known.at(-1)?.['eventType'] !== event['eventType']) known.push(event)
    calls.set(event['callId'] ?? '', known)
  }
  return calls
}

test('every event arrives, in order, over an absent receiver and two kills', async (t) => {
  const folder = makeDataFolder(t)
  const dataFolder = makeDataFolder(t)
  const flagsOfMaker = '--calls 15 --cps 5 --talk 10 --rtp 0 --b2bua 0.3 --seed 5'
  const { capture, truth } = makeCalls(folder, flagsOfMaker.split(' '))
  const account = (text: string) => runEarshot([...text.split(' '), '--data', dataFolder])
  account('account create --dialect bandwidth --id t-1 --secret s-1 --user u-1 --json')
  account('account create --dialect own --id boss --secret secret --permission admin --json')

  const events: Event[] = []
  let requests = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      // Every third is refused, in one way or another.
      if (++requests % 3 === 0) {
        if (requests % 2 === 0) response.destroy()
        else response.writeHead(500).end('<html>')
        return
      }
      events.push(JSON.parse(body))
      response.end()
    })
  })
  const port = await freePort()

  const applications = join(folder, 'applications.json')
  const address = `http://127.0.0.1:${port}/events`
  const application = { id: 'app-1', account: 't-1', match: ['ip:0.0.0.0/0'], tag: 'a tag' }
  writeFileSync(applications, JSON.stringify([{ ...application, callbackUrl: address }]))
  const flags = ['--applications', applications, '--callback-networks', '127.0.0.0/8']
  flags.push('--callback-age-seconds-max', '0', '--public-url', 'https://earshot.example')
  flags.push('--hep', '0')
  const start = (files: readonly string[]) => serveEarshot(t, { dataFolder, files, flags })

  const first = await start([capture])
  while ((await countsOf(first.port)).waiting === 0) await sleep(20)
  await first.kill()
  assert.equal(events.length, 0)

  const second = await start([])
  await once(server.listen(port, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  while (events.length < 10) await sleep(20)
  await second.kill()

  const third = await start([])
  for (;;) {
    const { waiting, delivered } = await countsOf(third.port)
    if (waiting === 0 && delivered > 0) break
    await sleep(50)
  }
  assert.equal((await countsOf(third.port)).givenUp, 0)

  const calls = byCall(events)
  const told = [...calls.values()].map((list) =>
    list.map(({ eventType = '', time = '', cause = '' }) => [eventType, time, cause]),
  )
  const wanted = truth.legs.map(wantedEvents).filter((list) => list.length > 0)
  const sorted = (lists: string[][][]) =>
    lists.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  // An INVITE that nobody answered is told of as such, beside what the truth has.
  const withoutTimeouts = told.map((list) => list.filter(([type]) => type !== 'timeout'))
  assert.deepEqual(sorted(withoutTimeouts.filter((list) => list.length > 0)), sorted(wanted))
  const timeouts = told.flat().filter(([type]) => type === 'timeout')
  assert.equal(timeouts.length, truth.legs.filter(({ kind }) => kind === 'timeout').length)

  for (const event of events) {
    const { callId = '', callUri, tag, from = '', to = '' } = event
    assert.equal(callUri, `https://earshot.example/v1/users/u-1/calls/${callId}`)
    assert.equal(tag, 'a tag')
    assert.ok(truth.legs.some((leg) => leg.from === from && leg.to === to))
  }
  const one = calls.keys().next().value ?? ''
  const authorization = `Basic ${Buffer.from('t-1:s-1').toString('base64')}`
  const url = `http://127.0.0.1:${third.port}/v1/users/u-1/calls/${one}`
  const call = (await (await fetch(url, { headers: { authorization } })).json()) as Event
  assert.equal(call['callbackUrl'], address)
  assert.equal(call['callbackHttpMethod'], 'POST')
  assert.equal(call['callbackTimeout'], 10_000)
  assert.equal(call['tag'], 'a tag')
  assert.equal(call['fallbackUrl'], undefined)
})

interface Counts {
  readonly waiting: number
  readonly delivered: number
  readonly givenUp: number
}

/** What the own API shows of the deliveries. */
async function countsOf(port: number): Promise<Counts> {
  const base = `http://127.0.0.1:${port}/api/v1`
  const login = await fetch(`${base}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'boss', secret: 'secret' }),
  })
  const { token } = (await login.json()) as { token: string }
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${base}/callbacks/deliveries?limit=1000`, { headers })
  const { deliveries } = (await answer.json()) as { deliveries: { state: string }[] }
  const count = (wanted: string) => deliveries.filter(({ state }) => state === wanted).length
  return { waiting: count('waiting'), delivered: count('delivered'), givenUp: count('given-up') }
}
