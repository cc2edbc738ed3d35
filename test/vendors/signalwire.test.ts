// The vendor's own client, unchanged, against a running Earshot over TLS. What it brings is held
// against the truth of a made capture, never against Earshot's own words.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { CallKind, TruthLeg } from '../tools/make-calls/truth.ts'
import { makeDataFolder, runEarshot, serveEarshot } from './earshot-process.ts'
import { type MadeCalls, makeCalls, newestFirst, parentOf, talkedSeconds } from './made-calls.ts'

interface Call {
  readonly sid: string
  readonly parentCallSid: string | null
  readonly accountSid: string
  readonly dateCreated: Date
  readonly startTime: Date
  readonly endTime: Date | null
  readonly to: string
  readonly toFormatted: string
  readonly from: string
  readonly fromFormatted: string
  readonly status: string
  readonly duration: number
  readonly price: number | null
  readonly priceUnit: string
  readonly direction: string
  readonly apiVersion: string
  readonly uri: string
  readonly subresourceUris: Record<string, string | null>
}

interface Rejection {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly moreInfo: string
}

interface Client {
  readonly calls: ((sid: string) => {
    fetch(): Promise<Call>
    readonly recordings: { list(): Promise<unknown[]> }
  }) & { list(options?: object): Promise<Call[]> }
  readonly recordings: ((sid: string) => { fetch(): Promise<unknown> }) & {
    list(options?: object): Promise<unknown[]>
  }
}

type RestClientOf = (project: string, token: string, options: object) => Client

const PROJECT = 'b08dacad-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
const TOKEN = 'PTtoken'
const AUTHORIZATION = `Basic ${Buffer.from(`${PROJECT}:${TOKEN}`).toString('base64')}`

// One process for all tests; its certificate is made for them, and the client is told to trust it.
const ends: (() => unknown)[] = []
const shared = { after: (end: () => unknown) => void ends.unshift(end) }
const dataFolder = makeDataFolder(shared)
const folder = makeDataFolder(shared)
let made: MadeCalls
let port = 0

before(async () => {
  made = makeCalls(folder, '--calls 30 --cps 3 --talk 2 --b2bua 0.4 --seed 7'.split(' '))
  const [cert, key] = makeCertificate()
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(cert, 'utf8')])
  const rates = join(folder, 'rates.csv')
  writeFileSync(
    rates,
    [
      'prefix,since,currency,perMinute,minimumSeconds,stepSeconds,decimals,direction',
      '44,2026-01-01,USD,0.0117,6,6,6,inbound',
      '44,2026-12-01,USD,9,60,60,2,both',
      '4420,2020-01-01,EUR,0.5,60,60,2,outbound',
    ].join('\n'),
  )
  addProject(PROJECT)
  const flags = ['--tls-cert', cert, '--tls-key', key, '--rates', rates, '--country-code', '44']
  const trunks = 'carrier=192.0.2.0/24,carrier=198.51.100.20,pbx=203.0.113.5'
  flags.push('--trunks', trunks, '--carrier-trunks', 'carrier', '--internal-trunks', 'pbx')
  port = (await serveEarshot(shared, { dataFolder, files: [made.capture], flags })).port
})
after(async () => {
  for (const end of ends) await end()
})

function makeCertificate(): [string, string] {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const text = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', key, '-out', cert]
  execFileSync('openssl', [...text.split(' '), ...names, ...files], { stdio: 'pipe' })
  return [cert, key]
}

function addProject(id: string, ...flags: string[]): void {
  const text = `account create --dialect signalwire --id ${id} --secret ${TOKEN} --json`
  runEarshot([...text.split(' '), ...flags, '--data', dataFolder])
}

function connect(project = PROJECT, token = TOKEN): Client {
  const { RestClient } = createRequire(import.meta.url)('@signalwire/compatibility-api') as {
    RestClient: RestClientOf & (new (...args: Parameters<RestClientOf>) => Client)
  }
  return new RestClient(project, token, { signalwireSpaceUrl: `127.0.0.1:${port}` })
}

async function get(path: string, authorization = AUTHORIZATION): Promise<Response> {
  return fetch(`https://127.0.0.1:${port}${path}`, { headers: { authorization } })
}

async function rejectionOf(work: Promise<unknown>): Promise<Rejection> {
  try {
    await work
  } catch (error) {
    return error as Rejection
  }
  throw new Error('the call was expected to be rejected')
}

const statusOfKind: Readonly<Record<CallKind, string>> = {
  answered: 'completed',
  challenged: 'completed',
  busy: 'busy',
  notfound: 'failed',
  error: 'failed',
  cancelled: 'canceled',
  timeout: 'no-answer',
}

/** A number as it is shown: second legs of the capture have British ones written nationally. */
const shown = (number: string): string => number.replace(/^0/, '+44')
const seconds = (tUs: number): Date => new Date(Math.floor(tUs / 1e6) * 1000)

/** Exact: a started step of six seconds counts whole, 0.0117 a minute. */
function priceOf(leg: TruthLeg): number | null {
  if (leg.endUs === null) return null
  const isInbound = leg.parentCallId === null
  if (leg.answerUs === null) return 0
  if (!isInbound) return Math.max(1, Math.ceil(talkedSeconds(leg) / 60)) / 2
  return (Math.max(1, Math.ceil(talkedSeconds(leg) / 6)) * 6 * 117) / 600_000
}

async function callOf(client: Client, leg: TruthLeg): Promise<Call> {
  const calls = await client.calls.list({ from: leg.from, to: shown(leg.to) })
  const found = calls.find(
    ({ startTime, parentCallSid }) =>
      startTime.getTime() === seconds(leg.startUs).getTime() &&
      (parentCallSid === null) === (leg.parentCallId === null),
  )
  assert.ok(found !== undefined, JSON.stringify(leg))
  return found
}

test('the list brings every leg of the truth once, newest first, over all its pages', async () => {
  const calls = await connect().calls.list({ pageSize: 7 })
  assert.ok(calls.length > 35)
  assert.deepEqual(
    calls.map((call) => [call.from, call.to, call.startTime]),
    newestFirst(made.truth.legs).map((leg) => [leg.from, shown(leg.to), seconds(leg.startUs)]),
  )
  assert.equal(new Set(calls.map(({ sid }) => sid)).size, calls.length)
})

test('pages go back as well as on', async () => {
  interface Page {
    readonly page: number
    readonly page_size: number
    readonly next_page_uri: string | null
    readonly previous_page_uri: string | null
    readonly calls: readonly { readonly sid: string }[]
  }
  const read = async (uri: string): Promise<Page> => (await get(uri)).json() as Promise<Page>
  const first = await read(`/api/laml/2010-04-01/Accounts/${PROJECT}/Calls?PageSize=9`)
  assert.equal(first.previous_page_uri, null)
  const pages = [first]
  for (let next = first.next_page_uri; next !== null; ) {
    const page: Page = await read(next)
    pages.push(page)
    next = page.next_page_uri
  }
  const sids = pages.map(({ calls }) => calls.map(({ sid }) => sid))
  assert.equal(new Set(sids.flat()).size, made.truth.legs.length)
  let uri = pages.at(-1)?.previous_page_uri ?? null
  for (let at = pages.length - 1; uri !== null; ) {
    const page: Page = await read(uri)
    at--
    assert.equal(page.page, at)
    assert.deepEqual(
      page.calls.map(({ sid }) => sid),
      sids[at],
      `page ${at}`,
    )
    if (at > 0) {
      const forward = await read(page.next_page_uri ?? '')
      assert.deepEqual(
        forward.calls.map(({ sid }) => sid),
        sids[at + 1],
      )
    }
    uri = page.previous_page_uri
  }
})

test('a call has the fields of the truth, for every leg', async () => {
  const client = connect()
  for (const leg of made.truth.legs) {
    const listed = await callOf(client, leg)
    const call = await client.calls(listed.sid).fetch()
    const { dateCreated, startTime, endTime, status, duration, price, priceUnit, direction } = call
    assert.deepEqual(
      { dateCreated, startTime, endTime, status, duration, price, priceUnit, direction },
      {
        dateCreated: seconds(leg.startUs),
        startTime: seconds(leg.startUs),
        endTime: leg.endUs === null ? null : seconds(leg.endUs),
        status: statusOfKind[leg.kind],
        duration: Math.round(talkedSeconds(leg)),
        price: priceOf(leg),
        priceUnit: leg.endUs === null || leg.parentCallId === null ? 'USD' : 'EUR',
        direction: leg.parentCallId === null ? 'inbound' : 'outbound',
      },
      JSON.stringify(leg),
    )
    assert.match(call.sid, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    assert.equal(call.accountSid, PROJECT)
    const path = `/api/laml/2010-04-01/Accounts/${PROJECT}/Calls/${call.sid}`
    assert.equal(call.uri, `${path}.json`)
    assert.deepEqual(call.subresourceUris, {
      notifications: null,
      recordings: `${path}/Recordings.json`,
    })
    const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(leg.from) ?? []
    assert.equal(call.fromFormatted, `(${area}) ${exchange}-${line}`)
    assert.equal(call.toFormatted, shown(leg.to))
  }
})

test('a leg that another one was made for names it as its parent', async () => {
  const client = connect()
  const children = made.truth.legs.filter(({ parentCallId }) => parentCallId !== null)
  assert.ok(children.length > 5)
  for (const leg of children) {
    const parent = parentOf(leg, made.truth)
    assert.ok(parent !== undefined)
    const { sid } = await callOf(client, parent)
    assert.equal((await callOf(client, leg)).parentCallSid, sid)
    const below = await client.calls.list({ parentCallSid: sid })
    assert.deepEqual(
      below.map(({ to }) => to),
      [shown(leg.to)],
    )
  }
})

test('every field of the document is there, and null where nothing is known', async () => {
  const leg = made.truth.legs.find(({ kind }) => kind === 'busy')
  assert.ok(leg !== undefined)
  const { sid } = await callOf(connect(), leg)
  const paths = [
    `/api/laml/2010-04-01/Accounts/${PROJECT}/Calls/${sid}`,
    `/api/laml/2010-04-01/Accounts/${PROJECT}/Calls/${sid}.json`,
    `/2010-04-01/Accounts/${PROJECT}/Calls/${sid}`,
    `/2010-04-01/Accounts/${PROJECT}/Calls/${sid}.json`,
  ]
  const bodies = await Promise.all(paths.map(async (path) => (await get(path)).text()))
  assert.equal(new Set(bodies).size, 1)
  const call: Record<string, unknown> = JSON.parse(bodies[0] ?? '')
  const document =
    'sid account_sid date_created date_updated parent_call_sid to formatted_to ' +
    'to_formatted from formatted_from from_formatted ' +
    'phone_number_sid status start_time end_time duration price price_unit direction ' +
    'answered_by api_version forwarded_from caller_name uri subresource_uris annotation ' +
    'group_sid audio_in_mos sip_result_code audio_rtt_avg audio_rtt_min audio_rtt_max ' +
    'audio_out_jitter_min audio_out_jitter_max audio_out_jitter_avg audio_out_lost'
  assert.deepEqual(Object.keys(call), document.split(' '))
  const names = 'forwarded_from caller_name annotation group_sid answered_by phone_number_sid'
  for (const name of names.split(' ')) assert.equal(call[name], null, name)
  assert.equal(call.api_version, '2010-04-01')
  assert.equal(call.sip_result_code, '486')
  assert.match(String(call.date_created), /^\w{3}, \d\d \w{3} 2026 \d\d:\d\d:\d\d \+0000$/)
})

test('the figures of sound are those of the truth, and null without any', async () => {
  interface Sound {
    readonly sid: string
    readonly audio_in_mos: number | null
    readonly audio_out_lost: number | null
    readonly audio_out_jitter_min: number | null
    readonly audio_out_jitter_avg: number | null
    readonly audio_out_jitter_max: number | null
    readonly audio_rtt_avg: number | null
  }
  const client = connect()
  let heard = 0
  for (const leg of made.truth.legs) {
    const { sid } = await callOf(client, leg)
    const path = `/2010-04-01/Accounts/${PROJECT}/Calls/${sid}.json`
    const call = (await (await get(path)).json()) as Sound
    // What goes out on an inbound leg is what its callee sends.
    const isInbound = leg.parentCallId === null
    const sender = isInbound ? leg.dst : leg.src
    const sent = made.truth.streams.find(
      ({ callId, src }) => callId === leg.callId && src === sender,
    )
    assert.equal(call.audio_out_lost, sent?.lost ?? null, JSON.stringify(leg))
    assert.equal(call.audio_rtt_avg, null)
    if (sent === undefined) {
      assert.equal(call.audio_in_mos, null)
      assert.equal(call.audio_out_jitter_avg, null)
      continue
    }
    heard++
    const { audio_in_mos: mos } = call
    assert.ok(mos !== null && mos > 1 && mos <= 4.5, String(mos))
    const jitter = [call.audio_out_jitter_min, call.audio_out_jitter_avg, call.audio_out_jitter_max]
    assert.ok(jitter.every((one) => Number.isInteger(one)))
    assert.deepEqual(
      jitter.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
      jitter,
    )
  }
  assert.ok(heard > 20)
})

test('the list is narrowed by status, by number and by time', async () => {
  const client = connect()
  for (const status of new Set(Object.values(statusOfKind))) {
    const wanted = made.truth.legs.filter(({ kind }) => statusOfKind[kind] === status)
    const calls = await client.calls.list({ status, pageSize: 3 })
    assert.equal(calls.length, wanted.length, status)
    assert.ok(calls.every((call) => call.status === status))
  }
  for (const status of ['queued', 'ringing', 'in-progress']) {
    assert.deepEqual(await client.calls.list({ status }), [], status)
  }
  const starts = made.truth.legs.map(({ startUs }) => startUs).toSorted((a, b) => a - b)
  const middle = seconds(starts[Math.floor(starts.length / 2)] ?? 0)
  const before = starts.filter((tUs) => seconds(tUs) <= middle).length
  const from = starts.filter((tUs) => seconds(tUs) >= middle).length
  assert.equal((await client.calls.list({ startTimeBefore: middle })).length, before)
  assert.equal((await client.calls.list({ startTimeAfter: middle })).length, from)
  assert.equal((await client.calls.list({ startTime: middle })).length, starts.length)
  const dayBefore = new Date(middle.getTime() - 86_400_000)
  assert.deepEqual(await client.calls.list({ startTime: dayBefore }), [])
  const ended = made.truth.legs.filter(({ endUs }) => endUs !== null && seconds(endUs) <= middle)
  assert.equal((await client.calls.list({ endTimeBefore: middle })).length, ended.length)
  const later = made.truth.legs.filter(({ endUs }) => endUs !== null && seconds(endUs) >= middle)
  assert.equal((await client.calls.list({ endTimeAfter: middle })).length, later.length)
  const rfc = encodeURIComponent(middle.toUTCString().replace('GMT', '+0000'))
  const path = `/2010-04-01/Accounts/${PROJECT}/Calls?StartTime%3C=${rfc}&PageSize=1000`
  const body = (await (await get(path)).json()) as { calls: unknown[] }
  assert.equal(body.calls.length, before)
  assert.equal((await client.calls.list({ limit: 5 })).length, 5)
  assert.deepEqual(await client.calls.list({ to: '+440000000' }), [])
})

test('every error is the JSON that the client understands', async () => {
  const unknown = '00005117-0000-8000-9000-000000000000'
  const client = connect()
  const cases: [Promise<unknown>, number, number][] = [
    [client.calls(unknown).fetch(), 404, 20_404],
    [client.calls('no-uuid').fetch(), 404, 20_404],
    [client.recordings(unknown).fetch(), 404, 20_404],
    [connect(PROJECT, 'wrong').calls.list(), 401, 20_003],
    [connect('nobody', TOKEN).calls(unknown).fetch(), 401, 20_003],
  ]
  for (const [work, status, code] of cases) {
    const error = await rejectionOf(work)
    assert.equal(error.status, status)
    assert.equal(error.code, code)
    assert.match(error.moreInfo, /^https:\/\//)
    assert.ok(error.message !== '')
  }
  for (const [query, status] of [
    ['PageSize=0', 400],
    ['PageSize=1001', 400],
    ['Page=1', 400],
    ['PageToken=x', 400],
    ['Page=1&PageToken=PA!', 400],
    ['Page=1&PageToken=PAzz', 400],
    ['Status=gone', 400],
    ['StartTime=soon', 400],
    ['EndTime%3C=1600000000000000', 400],
    ['EndTime%3E=2018-02-30', 400],
    ['To=a&To=b', 400],
  ] as const) {
    const response = await get(`/2010-04-01/Accounts/${PROJECT}/Calls.json?${query}`)
    assert.equal(response.status, status, query)
    const body = (await response.json()) as Record<string, unknown>
    assert.deepEqual(Object.keys(body), ['code', 'message', 'more_info', 'status'])
    assert.equal(body.code, 10_000)
    assert.equal(body.status, status)
    const [name = ''] = decodeURIComponent(query).split('=')
    if (name.includes('Time')) {
      assert.ok(String(body.message).startsWith(`${name}: expected Wed, `), String(body.message))
    }
  }
  const none = await get('/api/laml/2010-04-01/Nothing')
  assert.equal(none.status, 404)
  assert.equal(((await none.json()) as { code: number }).code, 20_404)
})

test('one project is shown nothing of another, and nothing of its existence', async () => {
  const other = '0b2f1c1e-0f0e-4d59-8f0b-6a1d7c9c1a77'
  addProject(other)
  const response = await get(`/2010-04-01/Accounts/${other}/Calls.json`)
  const nobody = await get('/2010-04-01/Accounts/made-up/Calls.json')
  assert.equal(response.status, 404)
  assert.equal(await response.text(), await nobody.text())
})

test('a project with a scope sees its own calls, and no parent outside of them', async () => {
  const project = 'c3c0a8f2-2d0c-4a4e-9a53-0f5f3f9d1b11'
  addProject(project, '--scope', 'ip:203.0.113.9')
  const calls = await connect(project).calls.list()
  const own = made.truth.legs.filter(({ dst }) => dst === '203.0.113.9')
  assert.equal(calls.length, own.length)
  assert.ok(calls.every(({ parentCallSid }) => parentCallSid === null))
  const hidden = made.truth.legs.find(({ parentCallId }) => parentCallId === null)
  assert.ok(hidden !== undefined)
  const { sid } = await callOf(connect(), hidden)
  assert.equal((await rejectionOf(connect(project).calls(sid).fetch())).code, 20_404)
})

test('a token without the scope of the operation is refused', async () => {
  const project = '5f4d0b1e-8a43-4c7e-9a39-1d9f7f9a7a55'
  addProject(project, '--permission', 'Messaging')
  const error = await rejectionOf(connect(project).calls.list())
  assert.equal(error.status, 401)
  assert.equal(error.code, 20_003)
})

test('answered_by is what was heard of the callee', async () => {
  const id = `listener-${port}`
  const account = `account create --dialect own --id ${id} --secret secret --permission view --json`
  runEarshot([...account.split(' '), '--data', dataFolder])
  const base = `https://127.0.0.1:${port}/api/v1`
  const login = await fetch(`${base}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, secret: 'secret' }),
  })
  const { token } = (await login.json()) as { token: string }
  const own = async (path: string) => {
    const response = await fetch(base + path, { headers: { authorization: `Bearer ${token}` } })
    return response.json() as Promise<Record<string, unknown>>
  }
  const alone = made.truth.legs.filter(
    ({ answerUs, callId, parentCallId }) =>
      answerUs !== null &&
      parentCallId === null &&
      made.truth.legs.every((other) => other.parentCallId !== callId),
  )
  const [leg] = alone
  assert.ok(leg !== undefined)
  const { sid } = await callOf(connect(), leg)
  const path = `/2010-04-01/Accounts/${PROJECT}/Calls/${sid}.json`
  const call = (await (await get(path)).json()) as Record<string, unknown>
  const { calls } = (await own(`/calls?callId=${encodeURIComponent(leg.callId)}`)) as {
    calls: { callKey: string }[]
  }
  const { answeredBy } = await own(`/calls/${calls[0]?.callKey}/findings`)
  assert.ok(answeredBy !== undefined)
  assert.equal(call.answered_by, answeredBy)
})
