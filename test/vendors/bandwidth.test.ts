// The vendor's own client, unchanged, against a running Earshot. What it brings is held against the
// truth of a made capture, never against Earshot's own words.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { CallKind, TruthLeg } from '../tools/make-calls/truth.ts'
import { capturePath, makeDataFolder, runEarshot, serveEarshot } from './earshot-process.ts'
import { type MadeCalls, makeCalls, newestFirst, talkedSeconds } from './made-calls.ts'

interface Call {
  readonly id: string
  readonly direction: string
  readonly from: string
  readonly to: string
  readonly state: string
  readonly startTime: string
  readonly activeTime?: string
  readonly endTime?: string
  readonly chargeableDuration?: number
  readonly events: string
  readonly bridgeId?: string
  readonly sipHeaders?: Record<string, string>
}

interface CallEvent {
  readonly id: string
  readonly time: string
  readonly name: string
  readonly data: string
}

interface Client {
  readonly Call: {
    get(id: string): Promise<Call>
    list(query?: object): Promise<Call[]>
    getEvents(id: string): Promise<CallEvent[]>
    getEvent(id: string, eventId: string): Promise<CallEvent>
    getRecordings(id: string): Promise<unknown[]>
    getTranscriptions(id: string): Promise<unknown[]>
  }
  readonly Recording: {
    get(id: string): Promise<unknown>
    list(query?: object): Promise<unknown[]>
  }
  readonly Media: {
    list(): Promise<unknown[]>
    download(name: string, encoding: null): Promise<unknown>
  }
  readonly Error: {
    get(id: string): Promise<unknown>
    list(query?: object): Promise<{ errors: unknown[]; hasNextPage: boolean }>
  }
}

type ClientOf = new (options: object) => Client

const AUTHORIZATION = `Basic ${Buffer.from('t-1:s-1').toString('base64')}`
const PHONES = 'sipnab__register-invite-reinvite-bye.pcap'

const ends: (() => unknown)[] = []
const shared = { after: (end: () => unknown) => void ends.unshift(end) }
const dataFolder = makeDataFolder(shared)
const folder = makeDataFolder(shared)
let made: MadeCalls
let base = ''

before(async () => {
  made = makeCalls(folder, '--calls 60 --cps 3 --talk 20 --rtp 0 --b2bua 0.4 --seed 9'.split(' '))
  addUser('t-1', 'u-1')
  const flags = ['--trunks', 'carrier=192.0.2.0/24,carrier=198.51.100.20']
  flags.push('--carrier-trunks', 'carrier')
  const files = [made.capture, capturePath(PHONES)]
  const { port } = await serveEarshot(shared, { dataFolder, files, flags })
  base = `http://127.0.0.1:${port}`
})
after(async () => {
  for (const end of ends) await end()
})

function addUser(id: string, user: string, ...flags: string[]): void {
  const text = `account create --dialect bandwidth --id ${id} --secret s-1 --user ${user} --json`
  runEarshot([...text.split(' '), ...flags, '--data', dataFolder])
}

function connect(userId = 'u-1', apiToken = 't-1', apiSecret = 's-1'): Client {
  const Bandwidth = createRequire(import.meta.url)('node-bandwidth') as ClientOf
  return new Bandwidth({ userId, apiToken, apiSecret, baseUrl: base })
}

async function get(path: string, authorization = AUTHORIZATION): Promise<Response> {
  return fetch(`${base}/v1/users/u-1${path}`, { headers: { authorization } })
}

const stateOfKind: Readonly<Record<CallKind, string>> = {
  answered: 'completed',
  challenged: 'completed',
  busy: 'rejected',
  notfound: 'rejected',
  error: 'rejected',
  cancelled: 'completed',
  timeout: 'completed',
}

const causeOfKind: Readonly<Record<CallKind, string | null>> = {
  answered: 'NORMAL_CLEARING',
  challenged: 'NORMAL_CLEARING',
  busy: 'USER_BUSY',
  notfound: 'UNALLOCATED_NUMBER',
  error: 'NORMAL_TEMPORARY_FAILURE',
  cancelled: 'ORIGINATOR_CANCEL',
  timeout: null,
}

/** As the vendor writes it: milliseconds only where there are any. */
function timeOf(tUs: number): string {
  return new Date(Math.floor(tUs / 1000)).toISOString().replace('.000Z', 'Z')
}

async function callOf(client: Client, leg: TruthLeg): Promise<Call> {
  const calls = await client.Call.list({ from: leg.from, to: leg.to })
  const found = calls.find(({ startTime }) => startTime === timeOf(leg.startUs))
  assert.ok(found !== undefined, JSON.stringify(leg))
  return found
}

const madeOnly = (calls: readonly Call[]): Call[] =>
  calls.filter(({ from }) => from.startsWith('+1'))

test('the list brings every leg of the truth once, newest first or oldest first', async () => {
  const client = connect()
  const wanted = newestFirst(made.truth.legs).map(({ from, to, startUs }) => [
    from,
    to,
    timeOf(startUs),
  ])
  const rowsOf = (calls: readonly Call[]) =>
    madeOnly(calls).map(({ from, to, startTime }) => [from, to, startTime])
  assert.deepEqual(rowsOf(await client.Call.list({ size: 1_000 })), wanted)
  const oldest = await client.Call.list({ size: 1_000, sortOrder: 'asc' })
  assert.deepEqual(rowsOf(oldest), wanted.toReversed())
  const byNumber: Call[] = []
  for (let page = 0; ; page++) {
    const calls = await client.Call.list({ size: 10, page })
    byNumber.push(...calls)
    if (calls.length === 0) break
  }
  assert.deepEqual(rowsOf(byNumber), wanted)
  assert.equal((await client.Call.list()).length, 25)
})

test('the Link header leads through all pages, and back by their numbers', async () => {
  const ids: string[] = []
  let url: string | undefined = `${base}/v1/users/u-1/calls/?size=10&sortOrder=asc`
  for (let page = 0; url !== undefined; page++) {
    const response: Response = await fetch(url, { headers: { authorization: AUTHORIZATION } })
    assert.equal(response.status, 200)
    ids.push(...((await response.json()) as Call[]).map(({ id }) => id))
    const links = new Map(
      [...(response.headers.get('link') ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(
        (match) => [match[2], new URL(match[1] ?? '')] as const,
      ),
    )
    assert.equal(links.get('first')?.searchParams.get('page'), '0')
    assert.equal(
      links.get('previous')?.searchParams.get('page'),
      page ? String(page - 1) : undefined,
    )
    const next = links.get('next')
    assert.equal(next?.searchParams.get('page'), next && String(page + 1))
    assert.equal(next?.searchParams.get('sortOrder'), next && 'asc')
    url = next?.href
  }
  const all = await connect().Call.list({ size: 1_000, sortOrder: 'asc' })
  assert.deepEqual(
    ids,
    all.map(({ id }) => id),
  )
})

test('a call has the fields of the truth, for every leg', async () => {
  const client = connect()
  for (const leg of made.truth.legs) {
    const { id } = await callOf(client, leg)
    const call = await client.Call.get(id)
    const isOver = leg.endUs !== null
    const minutes = leg.answerUs === null ? 0 : Math.max(1, Math.ceil(talkedSeconds(leg) / 60))
    const url = `${base}/v1/users/u-1/calls/${id}`
    const isJoined =
      leg.parentCallId !== null ||
      made.truth.legs.some(({ parentCallId }) => parentCallId === leg.callId)
    const { bridgeId, sipHeaders, ...rest } = call
    assert.deepEqual(
      rest,
      {
        id,
        direction: leg.parentCallId === null ? 'in' : 'out',
        from: leg.from,
        to: leg.to,
        state: stateOfKind[leg.kind],
        startTime: timeOf(leg.startUs),
        ...(leg.answerUs === null ? {} : { activeTime: timeOf(leg.answerUs) }),
        ...(leg.endUs === null ? {} : { endTime: timeOf(leg.endUs) }),
        ...(isOver ? { chargeableDuration: 60 * minutes } : {}),
        events: `${url}/events`,
        recordings: `${url}/recordings`,
        transcriptions: `${url}/transcriptions`,
        recordingEnabled: false,
        transcriptionEnabled: false,
      },
      JSON.stringify(leg),
    )
    assert.match(id, /^c-[\w-]+$/)
    assert.equal(bridgeId !== undefined, isJoined)
    const header = leg.parentCallId === null ? undefined : { 'X-Call-ID': leg.parentCallId }
    assert.deepEqual(sipHeaders, header)
  }
})

test('a bridge lists the legs that it joins, and a conference none', async () => {
  const client = connect()
  const child = made.truth.legs.find(({ parentCallId }) => parentCallId !== null)
  assert.ok(child !== undefined)
  const { bridgeId } = await callOf(client, child)
  const legs = await client.Call.list({ bridgeId })
  assert.deepEqual(
    legs.map(({ from }) => from),
    [child.from, child.from],
  )
  assert.deepEqual(await client.Call.list({ bridgeId: 'brg-nothing' }), [])
  assert.deepEqual(await client.Call.list({ conferenceId: 'conf-1' }), [])
})

test('the events of a call are those of the truth, together and one by one', async () => {
  const client = connect()
  for (const leg of made.truth.legs) {
    const { id } = await callOf(client, leg)
    const cause = causeOfKind[leg.kind]
    const wanted = [
      ['create', timeOf(leg.startUs), ''],
      ...(leg.answerUs === null ? [] : [['answer', timeOf(leg.answerUs), '']]),
      ...(leg.endUs === null ? [] : [['hangup', timeOf(leg.endUs), JSON.stringify({ cause })]]),
    ]
    const events = await client.Call.getEvents(id)
    assert.deepEqual(
      events.map(({ name, time, data }) => [name, time, data]),
      wanted,
    )
    for (const event of events) {
      assert.match(event.id, /^ce-/)
      assert.deepEqual(await client.Call.getEvent(id, event.id), event)
    }
  }
})

test('a call that nobody recorded has no recordings and no transcriptions', async () => {
  const client = connect()
  const [call] = await client.Call.list({ size: 1 })
  assert.deepEqual(await client.Call.getRecordings(call?.id ?? ''), [])
  assert.deepEqual(await client.Call.getTranscriptions(call?.id ?? ''), [])
  assert.deepEqual(await client.Recording.list(), [])
  assert.deepEqual(await client.Media.list(), [])
})

test('a user has no errors, on no page', async () => {
  const client = connect()
  for (const query of [{}, { size: 10 }, { page: 0, size: 1_000 }]) {
    const { errors, hasNextPage } = await client.Error.list(query)
    assert.deepEqual({ errors, hasNextPage }, { errors: [], hasNextPage: false })
  }
  const gone = await rejectionOf(client.Error.get('ue-1'))
  assert.equal(gone.statusCode, 404)
  assert.equal(gone.message, 'The resource ue-1 could not be found')
  const links = (await get('/errors?size=10')).headers.get('link')
  assert.equal(links, `<${base}/v1/users/u-1/errors?page=0&size=10>; rel="first"`)
})

test('a SIP address is shown without its scheme, and found with it or without', async () => {
  const client = connect()
  const [call, ...others] = await client.Call.list({ from: 'alice@example.com' })
  assert.equal(others.length, 0)
  assert.equal(call?.from, 'alice@example.com')
  assert.equal(call?.to, 'bob@example.com')
  assert.deepEqual(await client.Call.list({ from: 'sip:alice@example.com' }), [call])
})

interface Rejection {
  readonly statusCode: number
  readonly message: unknown
  readonly limitReset?: string
}

async function rejectionOf(work: Promise<unknown>): Promise<Rejection> {
  try {
    await work
  } catch (error) {
    return error as Rejection
  }
  throw new Error('the call was expected to be rejected')
}

test('every error is in the form that the client understands', async () => {
  const client = connect()
  const gone = await rejectionOf(client.Call.get('c-1'))
  assert.equal(gone.statusCode, 404)
  assert.equal(gone.message, 'The call c-1 could not be found')
  assert.equal((await rejectionOf(client.Recording.get('rec-1'))).statusCode, 404)
  assert.equal((await rejectionOf(connect('u-1', 't-1', 'wrong').Call.list())).statusCode, 401)
  const [call] = await client.Call.list({ size: 1 })
  const callId = call?.id ?? ''
  const cases: [string, number, string, string][] = [
    ['/calls/c-1', 404, 'not-found', 'call-not-found'],
    ['/calls/made-up', 404, 'not-found', 'call-not-found'],
    [`/calls/${callId}/events/ce-1`, 404, 'not-found', 'resource-not-found'],
    [`/calls/${callId}/nothing`, 404, 'not-found', 'resource-not-found'],
    ['/recordings/rec-1', 404, 'not-found', 'recording-not-found'],
    ['/media/none.wav', 404, 'not-found', 'media-not-found'],
    ['/errors/ue-1', 404, 'not-found', 'resource-not-found'],
    ['/errors?size=1001', 400, 'bad-request', 'validation-error'],
    ['/calls?size=1001', 400, 'bad-request', 'validation-error'],
    ['/calls?size=0', 400, 'bad-request', 'validation-error'],
    ['/calls?size=many', 400, 'bad-request', 'validation-error'],
    ['/calls?page=-1', 400, 'bad-request', 'validation-error'],
    ['/calls?sortOrder=up', 400, 'bad-request', 'validation-error'],
    ['/calls?after=x', 400, 'bad-request', 'validation-error'],
  ]
  for (const [path, status, category, code] of cases) {
    const response = await get(path)
    assert.equal(response.status, status, path)
    const { details, message, ...body } = (await response.json()) as Record<string, unknown>
    assert.deepEqual(body, { category, code }, path)
    assert.ok(typeof message === 'string' && message !== '')
    assert.deepEqual(details, [
      { name: 'requestMethod', value: 'GET' },
      { name: 'remoteAddress', value: '127.0.0.1' },
      { name: 'requestPath', value: `users/u-1${path.replace(/\?.*/, '')}` },
    ])
  }
  const denied = await get('/calls', 'Basic !')
  assert.equal(denied.status, 401)
  assert.match(denied.headers.get('www-authenticate') ?? '', /^Basic /)
  assert.equal(((await denied.json()) as { category: string }).category, 'authentication')
})

test('a token is good for its own user alone', async () => {
  addUser('t-2', 'u-2')
  const response = await fetch(`${base}/v1/users/u-2/calls`, {
    headers: { authorization: AUTHORIZATION },
  })
  assert.equal(response.status, 401)
  const { category, code } = (await response.json()) as Record<string, unknown>
  assert.deepEqual({ category, code }, { category: 'authorization', code: 'user-access-denied' })
})

test('a user with a scope is shown its own calls, and no others by any name', async () => {
  const leg = made.truth.legs.find(({ parentCallId }) => parentCallId !== null)
  assert.ok(leg !== undefined)
  addUser('t-3', 'u-3', '--scope', `to:${leg.to}`)
  const own = connect('u-3', 't-3')
  const calls = await own.Call.list()
  assert.ok(calls.length > 0 && calls.every(({ to }) => to === leg.to))
  const [call] = calls
  assert.equal((await own.Call.get(call?.id ?? '')).bridgeId, undefined)
  const hidden = (await connect().Call.list({ size: 1_000 })).find(({ to }) => to !== leg.to)
  const id = hidden?.id ?? ''
  const asked = [own.Call.get(id), own.Call.getEvents(id), own.Call.getRecordings(id)]
  for (const failure of await Promise.all(asked.map(rejectionOf))) {
    assert.equal(failure.statusCode, 404)
  }
})
