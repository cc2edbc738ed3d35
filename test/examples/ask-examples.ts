// In: the running program over the bundled captures. Out: what it answers to a request of each
// operation of its own API, as files for the OpenAPI document. What is another thing at each run
// (ids made by chance, times of the run, figures of the machine) is put at rest; all else stays.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Example } from '../../src/api/own/examples.ts'
import { systemClock } from '../../src/base/clock.ts'
import {
  type CleanUp,
  examplePath,
  makeDataFolder,
  runEarshot,
  serveEarshot,
} from '../vendors/earshot-process.ts'

const SPOKEN_CALL = '20261121-1kj2yalnwxh'
const REFUSED_CALL = '20050704-qavrp2ypyx'

const captures = ['real-failed-calls.pcap', 'made-spoken-call.pcap']
const flags = [
  ['--hep', '0'],
  ['--public-url', 'https://earshot.example'],
  // Longer than all of this takes, so that times of the run differ by whole hours or not at all.
  ['--reboot-delay-seconds', '3600'],
  ['--transcriber', 'node -e console.log("hello") {wav}'],
  ['--callback-networks', '127.0.0.0/8'],
  ['--callback-age-seconds-max', '0'],
].flat()

/** Operations of which no example is asked, and why. */
export const withoutExample: ReadonlyMap<string, string> = new Map([
  ['postRecordingPause', 'no capture holds a call that goes on'],
  ['postRecordingResume', 'the same'],
  ['postRecordingStop', 'the same'],
  ['getOpenapi', 'another document is the answer'],
])

/** The text of each example's file, by its path from the repository's folder. */
export async function madeExamples(cleanUp: CleanUp): Promise<Map<string, string>> {
  const examples = await askExamples(cleanUp)
  return new Map(
    Object.entries(examples).map(([name, example]) => {
      return [`src/api/own/examples/${name}.json`, formatExample(example)]
    }),
  )
}

type Examples = Readonly<Record<string, Example>>
type Ask = (asked: string, body?: object) => Promise<Record<string, unknown>>

/** Asks for each of them in turn; some make what later ones are about. */
async function askExamples(cleanUp: CleanUp): Promise<Examples> {
  const receiver = await startReceiver(cleanUp)
  const startedUs = systemClock.nowUs()
  const asker = await startAsker(cleanUp)
  const ask: Ask = async (asked, body) => asker.ask(asked, body)
  await askOfHouse(ask, receiver)
  for (const name of captures) await asker.sendCapture(name)
  await askOfCalls(ask)
  // Now, for recordings are told too, and when is nobody's to say.
  await asker.until('GET /api/v1/callbacks/deliveries?state=delivered&limit=1', '"hangup"')
  await ask('GET /api/v1/counters')
  await askOfRecordings(ask, asker)
  return atRest(asker.examples, startedUs, receiver)
}

async function askOfHouse(ask: Ask, receiver: string): Promise<void> {
  await ask('GET /api/v1/session')
  await ask('POST /api/v1/session', { id: 'admin', secret: 'SECRET' })
  await ask('POST /api/v1/accounts', {
    dialect: 'bandwidth',
    id: 'API_TOKEN',
    secret: 'API_SECRET',
    userId: 'u-abc',
    scope: ['to:+1919*', 'to:bob'],
  })
  await ask('PATCH /api/v1/accounts/bandwidth/API_TOKEN', { scope: [] })
  await ask('GET /api/v1/accounts')
  await ask('PUT /api/v1/callbacks/applications/sales', {
    account: 'API_TOKEN',
    match: ['to:bob', 'to:+1919*'],
    callbackUrl: receiver,
    tag: 'sales',
  })
  await ask('GET /api/v1/callbacks/applications')
  const site = { name: 'London', networks: ['10.1.0.0/16'] }
  await ask('PUT /api/v1/inventory/sites/london', site)
  await ask('PUT /api/v1/inventory/phones/reception', {
    name: 'Reception',
    siteId: 'london',
    hardwareId: '00:15:65:12:34:56',
    contact: 'sip:100@10.1.0.20',
  })
  await ask('GET /api/v1/inventory')
  const { jobId } = await ask('POST /api/v1/sites/london/reboots')
  await ask('GET /api/v1/reboots')
  await ask(`GET /api/v1/reboots/${String(jobId)}`)
  await ask('GET /api/v1/arrivals')
}

async function askOfCalls(ask: Ask): Promise<void> {
  await ask('GET /api/v1/calls?q=from:alice&limit=1')
  const call = await ask(`GET /api/v1/calls/${SPOKEN_CALL}`)
  const [message] = call['messages'] as { messageId: string }[]
  await ask('GET /api/v1/legs?status=4xx&limit=1')
  await ask(`GET /api/v1/legs/${SPOKEN_CALL}/messages/${message?.messageId}`)
  const { streams } = await ask(`GET /api/v1/calls/${SPOKEN_CALL}/streams?model=g107`)
  const [stream] = streams as { streamKey: string }[]
  await ask('GET /api/v1/streams?mosBelow=4.4&limit=1')
  await ask(`GET /api/v1/streams/${stream?.streamKey}`)
  await ask(`GET /api/v1/calls/${SPOKEN_CALL}/peaks?points=1`)
  await ask(`GET /api/v1/calls/${SPOKEN_CALL}/findings`)
  await ask(`GET /api/v1/calls/${REFUSED_CALL}/vendors`)
  await ask('GET /api/v1/calls/nothing')
  await ask('GET /api/v1/media-regions')
}

async function askOfRecordings(ask: Ask, asker: Asker): Promise<void> {
  const { recordingId } = await ask(`POST /api/v1/calls/${SPOKEN_CALL}/recordings`)
  const path = `/api/v1/recordings/${String(recordingId)}`
  await asker.until(`GET ${path}`, '"state":"completed"')
  await ask(`POST ${path}/consent`, { given: true })
  await ask(`POST ${path}/pin`, { reason: 'the customer asked for it' })
  await ask(`POST ${path}/unpin`)
  await ask(`POST ${path}/transcriptions`)
  await asker.until(`GET ${path}/transcriptions`, '"state":"completed"')
  await ask(`GET /api/v1/recordings?callKey=${SPOKEN_CALL}&limit=1`)
}

/** Takes what it is sent, so that there is something that was delivered. */
async function startReceiver(cleanUp: CleanUp): Promise<string> {
  const server = createServer((_request, response) => response.end())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  cleanUp.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startAsker(cleanUp: CleanUp): Promise<Asker> {
  const dataFolder = makeDataFolder(cleanUp)
  const account = '--dialect own --id admin --secret SECRET --permission admin'
  runEarshot(['account', 'create', ...account.split(' '), '--data', dataFolder, '--json'])
  const { port } = await serveEarshot(cleanUp, { dataFolder, flags })
  const asker = new Asker(`http://127.0.0.1:${port}`)
  await asker.logIn({ id: 'admin', secret: 'SECRET' })
  return asker
}

interface Answered {
  readonly isOk: boolean
  readonly answer: unknown
}

class Asker {
  readonly examples: Record<string, Example> = {}
  readonly #base: string
  #token = ''
  /** Of each operation, its name and what its requests begin with. */
  #operations: readonly { readonly name: string; readonly pattern: RegExp }[] = []

  constructor(base: string) {
    this.#base = base
  }

  async logIn(credentials: object): Promise<void> {
    const asked = 'POST /api/v1/tokens'
    const answered = await this.#fetch(asked, credentials)
    this.#token = (answered.answer as { token: string }).token
    const { paths } = (await this.#fetch('GET /api/openapi.json')).answer as {
      paths: Record<string, Record<string, { operationId: string }>>
    }
    this.#operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => {
        const place = path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/?]+')
        const pattern = new RegExp(`^${method.toUpperCase()} ${place}(?:\\?|$)`)
        return { name: operationId, pattern }
      }),
    )
    this.#keep(asked, credentials, answered)
  }

  /** The latest answer of an operation is its example. */
  async ask(asked: string, body?: object): Promise<Record<string, unknown>> {
    const answered = await this.#fetch(asked, body)
    this.#keep(asked, body, answered)
    return { ...(answered.answer as object) }
  }

  /** Asks again and again, until a text stands in the answer. */
  async until(asked: string, text: string): Promise<void> {
    while (!JSON.stringify(await this.ask(asked)).includes(text)) await sleep(100)
  }

  async sendCapture(name: string): Promise<void> {
    const asked = `POST /api/v1/imports?name=${name}`
    this.#keep(asked, undefined, await this.#fetch(asked, readFileSync(examplePath(name))))
  }

  async #fetch(asked: string, body?: object): Promise<Answered> {
    const [method = '', path = ''] = asked.split(' ')
    const isFile = Buffer.isBuffer(body)
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined
          ? {}
          : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isFile ? new Uint8Array(body) : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { isOk: response.ok, answer: text === '' ? undefined : JSON.parse(text) }
  }

  #keep(asked: string, body: object | undefined, { isOk, answer }: Answered): void {
    const name = this.#operations.find(({ pattern }) => pattern.test(asked))?.name
    if (name === undefined) throw new Error(`no operation is asked by ${asked}`)
    this.examples[isOk ? name : 'Error'] = {
      asked,
      ...(body === undefined ? {} : { body }),
      ...(answer === undefined ? {} : { answer }),
    }
  }
}

/** Figures of the machine, and of the programs that it runs. */
const figures: Readonly<Record<string, number>> = {
  seconds: 0.1,
  blockBytes: 300_000,
  indexBytes: 1_500_000,
  uptimeSeconds: 3_600,
  rssBytes: 200_000_000,
}
/** All of the run is told as if it had begun then. */
const RUN_US = Date.UTC(2026, 10, 22) * 1_000
const HOUR_US = 3_600_000_000

function atRest(examples: Examples, startedUs: number, receiver: string): Examples {
  const ids = new Map<string, string>()
  const idOf = (id: string) => {
    const known = ids.get(id) ?? `00000000-0000-4000-8000-${String(ids.size + 1).padStart(12, '0')}`
    ids.set(id, known)
    return known
  }
  const names = Object.keys(examples).toSorted()
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, examples[name]])))
    .replaceAll(receiver, 'https://calls.example/events')
    // Ids made by chance (RFC 9562 §5.4); those that are made from calls have another version.
    .replace(/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}/g, idOf)
    .replace(/"token":"[^"]+"/, `"token":"${'x'.repeat(43)}"`)
  return JSON.parse(text, (key, value: unknown) => {
    if (typeof value !== 'number') return value
    if (key.endsWith('Us') && value >= startedUs) {
      return RUN_US + Math.round((value - startedUs) / HOUR_US) * HOUR_US
    }
    return figures[key] ?? value
  })
}

/** Lists of numbers stand in one line. */
function formatExample(example: Example): string {
  const text = JSON.stringify(example, undefined, 2)
  return `${text.replace(/\[[-\d.,\s]+\]/g, (list) => list.replace(/\s+/g, ' '))}\n`
}
