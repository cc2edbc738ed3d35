// The vendor's own client, unchanged, against a running Earshot. What it brings is held against
// what tshark read from the capture, never against Earshot's own words.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  capturePath,
  examplePath,
  makeDataFolder,
  runEarshot,
  serveEarshot,
} from './earshot-process.ts'

interface TraceResult {
  readonly status: number
  readonly count: number
  readonly data: readonly Record<string, string>[]
}

interface TelephonyApi {
  getTelephonySiptraces(
    dateStart: Date | string,
    dateEnd: Date | string,
    opts?: Record<string, string>,
  ): Promise<TraceResult>
  postTelephonySiptracesDownload(
    body: Record<string, unknown>,
  ): Promise<{ downloadId: string; documentId: string }>
  getTelephonySiptracesDownloadDownloadId(
    downloadId: string,
  ): Promise<{ id: string; name: string; url: string; selfUri: string }>
}

interface PlatformClient {
  readonly ApiClient: {
    readonly instance: {
      readonly config: { setGateway(gateway: object): void }
      loginClientCredentialsGrant(
        id: string,
        secret: string,
      ): Promise<{ accessToken: string; tokenExpiryTime: number }>
      setAccessToken(token: string): void
      setReturnExtendedResponses(on: boolean): void
    }
  }
  readonly TelephonyApi: new () => TelephonyApi
}

// Its own type declarations do not load as a module; these are the parts that we use.
const platformClient: PlatformClient = createRequire(import.meta.url)(
  'purecloud-platform-client-v2',
)
const client = platformClient.ApiClient.instance

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'
const DATE_START = new Date('2026-06-24T00:00:00.000Z')
const DATE_END = new Date('2026-06-25T00:00:00.000Z')
const ALL = 'telephony:pcap:view,telephony:pcap:add'

function addClient(dataFolder: string, id: string, permissions: string): void {
  const text = `account create --dialect genesys-cloud --id ${id} --secret SECRET --json`
  const flags = ['--permission', permissions, '--data', dataFolder]
  const [account] = runEarshot([...text.split(' '), ...flags])
  assert.equal(account?.id, id)
}

/** Points the client at a port, logs it in, and gives its telephony calls. */
async function connect(port: number, id = 'ID', secret = 'SECRET'): Promise<TelephonyApi> {
  client.config.setGateway({ host: '127.0.0.1', protocol: 'http', port })
  await client.loginClientCredentialsGrant(id, secret)
  return new platformClient.TelephonyApi()
}

// One process for all tests but those that need another setting.
const ends: (() => unknown)[] = []
const shared = { after: (end: () => unknown) => void ends.unshift(end) }
const dataFolder = makeDataFolder(shared)
const captures = [capturePath(CAPTURE), examplePath('made-morning.pcap')]
let port = 0
before(async () => {
  addClient(dataFolder, 'ID', ALL)
  port = (await serveEarshot(shared, { dataFolder, files: captures })).port
})
after(async () => {
  for (const end of ends) await end()
})

/** What tshark says of the messages that a filter lets through, a row each. */
function tshark(path: string, filter: string): string[][] {
  const names =
    'frame.time_epoch ip.src udp.srcport ip.dst udp.dstport sip.Method sip.Status-Code ' +
    'sip.Call-ID sip.from.user sip.to.user sip.from.tag sip.to.tag sip.CSeq sip.r-uri'
  const fields = names.split(' ').flatMap((name) => ['-e', name])
  const args = ['-r', path, '-Y', filter, '-T', 'fields', ...fields]
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

function asTsharkRow(record: Record<string, string>): string[] {
  const { method = '', ruri = '' } = record
  const seconds = record.microTs?.replace(/(\d{6})$/, '.$1000') ?? ''
  const ends = [record.sourceIp, record.sourcePort, record.destinationIp, record.destinationPort]
  const kind = ruri === '' ? ['', method] : [method, '']
  const users = [record.fromUser, record.toUser, record.fromTag, record.toTag]
  const row = [seconds, ...ends, ...kind, record.callid, ...users, record.cseq, ruri]
  return row.map((value) => value ?? '')
}

interface Rejection {
  readonly status?: number
  readonly code?: string
  readonly message: string
  readonly contextId?: string
  readonly errors?: readonly unknown[]
  readonly response?: { readonly status: number; readonly data: { readonly error: string } }
}

/** The rejection of a call, as the client hands it on. */
async function rejectionOf(call: Promise<unknown>): Promise<Rejection> {
  try {
    await call
  } catch (error) {
    return error as Rejection
  }
  throw new Error('the call was expected to be rejected')
}

test('the client logs in, and is refused as by the vendor when its secret is wrong', async () => {
  await connect(port)
  const session = await client.loginClientCredentialsGrant('ID', 'SECRET')
  assert.equal(typeof session.accessToken, 'string')
  const lifetimeMs = session.tokenExpiryTime - Date.parse(new Date().toISOString())
  assert.ok(lifetimeMs > 86_000_000 && lifetimeMs <= 86_400_000)
  for (const [id, secret] of [
    ['ID', 'WRONG'],
    ['NOBODY', 'SECRET'],
  ] as const) {
    const error = await rejectionOf(connect(port, id, secret))
    assert.equal(error.response?.status, 400)
    assert.equal(error.response?.data.error, 'invalid_client')
  }
})

test('siptraces gives the messages that tshark sees, by every filter', async () => {
  const api = await connect(port)
  const path = capturePath(CAPTURE)
  const searches: [Record<string, string>, string][] = [
    [{}, 'sip'],
    [{ callId: CALL_ID }, `sip.Call-ID == "${CALL_ID}"`],
    [{ toUser: 'bob' }, 'sip.to.user == "bob"'],
    [{ fromUser: 'alice' }, 'sip.from.user == "alice"'],
    [{ fromUser: 'alice', toUser: 'bob' }, 'sip.from.user == "alice" && sip.to.user == "bob"'],
    [{ toUser: 'nobody' }, 'sip.to.user == "nobody"'],
  ]
  for (const [opts, filter] of searches) {
    const result = await api.getTelephonySiptraces(DATE_START, DATE_END, opts)
    assert.equal(result.status, 200)
    assert.equal(result.count, result.data.length)
    assert.deepEqual(result.data.map(asTsharkRow), tshark(path, filter), filter)
  }
  const [record] = (await api.getTelephonySiptraces(DATE_START, DATE_END, { callId: CALL_ID })).data
  assert.ok(readFileSync(path).includes(record?.msg ?? 'nothing'))
  const { conversationId = '' } = record ?? {}
  const conversation = await api.getTelephonySiptraces(DATE_START, DATE_END, { conversationId })
  assert.deepEqual(conversation.data.map(asTsharkRow), tshark(path, `sip.Call-ID == "${CALL_ID}"`))
})

test('a Call-ID brings its own records, its conversation those of all legs', async () => {
  const api = await connect(port)
  const path = examplePath('made-morning.pcap')
  const joins = execFileSync('tshark', ['-r', path, '-Y', 'sip.Method == "INVITE"', '-V'], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  // The leg that a back-to-back agent began, and the one that it says it belongs to.
  const pair = /Call-ID: (\S+)\n(?:(?!Session Initiation)[^])*?X-Call-ID: (\S+)/.exec(joins)
  const [, second = '', first = ''] = pair ?? []
  assert.ok(first !== '' && second !== '' && first !== second)
  const window = [new Date(0).toISOString(), new Date('2100-01-01').toISOString()] as const
  const conversations = new Set<string | undefined>()
  for (const callId of [first, second]) {
    const { data } = await api.getTelephonySiptraces(...window, { callId })
    assert.deepEqual(data.map(asTsharkRow), tshark(path, `sip.Call-ID == "${callId}"`))
    for (const { conversationId } of data) conversations.add(conversationId)
  }
  const [conversationId = '', ...others] = conversations
  assert.deepEqual(others, [])
  const { data } = await api.getTelephonySiptraces(...window, { conversationId })
  const wanted = tshark(path, `sip.Call-ID == "${first}" || sip.Call-ID == "${second}"`)
  assert.deepEqual(data.map(asTsharkRow), wanted)
})

test('dates that the client passes on as they are, are checked', async () => {
  const api = await connect(port)
  const withOffset = await api.getTelephonySiptraces(
    '2026-06-24T23:34:35+02:00',
    '2026-06-24T23:34:36+02:00',
    { callId: CALL_ID },
  )
  assert.equal(withOffset.count, 5)
  for (const [dateStart, dateEnd] of [
    ['yesterday', DATE_END],
    [DATE_START, '2026-06-25'],
    [DATE_END, DATE_START],
  ] as const) {
    const error = await rejectionOf(api.getTelephonySiptraces(dateStart, dateEnd))
    assert.equal(error.status, 400)
    assert.equal(error.code, 'invalid.date')
    assert.equal(typeof error.contextId, 'string')
  }
})

test('a client without the permission is told which one it lacks', async () => {
  addClient(dataFolder, 'VIEWER', 'telephony:pcap:view')
  addClient(dataFolder, 'ADDER', 'telephony:pcap:add')
  const order = { callId: CALL_ID, dateStart: DATE_START, dateEnd: DATE_END }
  const viewer = await connect(port, 'VIEWER')
  const noAdd = await rejectionOf(viewer.postTelephonySiptracesDownload(order))
  assert.equal(noAdd.status, 403)
  assert.equal(noAdd.code, 'missing.permissions')
  assert.match(noAdd.message, /telephony:pcap:add/)
  const adder = await connect(port, 'ADDER')
  const noView = await rejectionOf(adder.getTelephonySiptraces(DATE_START, DATE_END))
  assert.match(noView.message, /telephony:pcap:view/)
  client.setAccessToken('made-up')
  const unknown = await rejectionOf(adder.getTelephonySiptraces(DATE_START, DATE_END))
  assert.equal(unknown.status, 401)
  assert.equal(unknown.code, 'bad.credentials')
})

/** Asks until the download is there, as the vendor's users have to. */
async function signedUrlOf(api: TelephonyApi, downloadId: string): Promise<string> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return (await api.getTelephonySiptracesDownloadDownloadId(downloadId)).url
    } catch (error) {
      if ((error as { code?: string }).code !== 'not.found') throw error
      await sleep(250)
    }
  }
  throw new Error('the download was never ready')
}

test('a download is ordered, awaited, fetched without a token, and is the call', async () => {
  const api = await connect(port)
  const order = { callId: CALL_ID, dateStart: DATE_START, dateEnd: DATE_END }
  const { downloadId, documentId } = await api.postTelephonySiptracesDownload(order)
  assert.ok(downloadId !== '' && documentId !== '')
  const url = await signedUrlOf(api, downloadId)
  const response = await fetch(url)
  assert.equal(response.status, 200)
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.equal(bytes.subarray(0, 4).toString('hex'), 'd4c3b2a1')
  const path = join(dataFolder, 'fetched.pcap')
  writeFileSync(path, bytes)
  assert.deepEqual(
    tshark(path, 'frame'),
    tshark(capturePath(CAPTURE), `sip.Call-ID == "${CALL_ID}"`),
  )

  const altered = new URL(url)
  altered.searchParams.set('expires', String(Number(altered.searchParams.get('expires')) + 1))
  const refused = await fetch(altered)
  assert.equal(refused.status, 403)
  const body = (await refused.json()) as Record<string, unknown>
  assert.equal(body.code, 'not.authorized')
  assert.equal(body.contextId, refused.headers.get('inin-correlation-id'))
})

test('a download that cannot be ordered or does not exist is refused', async () => {
  const api = await connect(port)
  const empty = await rejectionOf(api.postTelephonySiptracesDownload({}))
  assert.equal(empty.status, 400)
  const nothing = { callId: 'nobody', dateStart: DATE_START, dateEnd: DATE_END }
  const noMatch = await rejectionOf(api.postTelephonySiptracesDownload(nothing))
  assert.equal(noMatch.code, 'not.found')
  const missing = await rejectionOf(api.getTelephonySiptracesDownloadDownloadId('a/b c'))
  assert.equal(missing.status, 404)
  assert.deepEqual([missing.code, missing.errors], ['not.found', []])
})

test('a signed address ends when it was set to, and its file outlives a restart', async (t) => {
  const folder = makeDataFolder(t)
  addClient(folder, 'ID', ALL)
  const flags = ['--signed-url-seconds', '5']
  const first = await serveEarshot(t, { dataFolder: folder, files: captures, flags })
  const api = await connect(first.port)
  const order = { callId: CALL_ID, dateStart: DATE_START, dateEnd: DATE_END }
  const { downloadId } = await api.postTelephonySiptracesDownload(order)
  const url = await signedUrlOf(api, downloadId)
  assert.equal((await fetch(url)).status, 200)
  let expired = await fetch(url)
  for (; expired.status === 200; expired = await fetch(url)) await sleep(100)
  assert.equal(expired.status, 403)
  assert.match(((await expired.json()) as { message: string }).message, /expired/)

  assert.ok(await first.stop())
  const again = await serveEarshot(t, { dataFolder: folder })
  const kept = await signedUrlOf(await connect(again.port), downloadId)
  assert.notEqual(new URL(kept).port, String(first.port))
  assert.equal((await fetch(kept)).status, 200)
})
