// Requests that nobody would write to the vendors' APIs: each is answered in the words of its API,
// and none of them is our fault. And random accounts over random calls: none is shown anything of
// what is not its own.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import type { Dialect } from '../../accounts/account.ts'
import { formatKey } from '../../calls/keys.ts'
import { hashText53 } from '../../base/hash.ts'
import { udpFrame } from '../../decode/frames.fixture.ts'
import { captureOf } from '../../query/store.fixture.ts'
import { makeRecording, recordingId } from '../../store/recordings/recordings.fixture.ts'
import { startFixture } from '../http/server.fixture.ts'
import { sidOf } from '../signalwire/sid.ts'

const seed = 20261121
const PROJECT = 'b08dacad-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
const DAY = '2026-11-20'
const START_US = Date.parse(`${DAY}T08:00:00Z`) * 1000
const USERS = ['+442079460018', '+442079460019', '+14155550101', 'alice', 'bob'] as const

interface MadeCall {
  readonly from: string
  readonly to: string
}

const callIdOf = (number: number) => `call-${number}@example.com`
const legKeyOf = (number: number) => formatKey({ day: DAY, hash: hashText53(callIdOf(number)) })

/** Calls that were answered and ended, ten seconds apart. */
function captureWith(calls: readonly MadeCall[]): Buffer {
  const frames = calls.flatMap(({ from, to }, number) =>
    [
      ['INVITE sip:x@example.com SIP/2.0', '1 INVITE'],
      ['SIP/2.0 200 OK', '1 INVITE'],
      ['BYE sip:x@example.com SIP/2.0', '2 BYE'],
    ].map(([startLine, cseq], at) => {
      const lines = [
        startLine,
        `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${number}-${at}`,
        `From: <sip:${from}@example.com>;tag=a`,
        `To: <sip:${to}@example.com>;tag=b`,
        `Call-ID: ${callIdOf(number)}`,
        `CSeq: ${cseq}`,
        'Content-Length: 0',
      ]
      const ticks = BigInt(START_US + number * 10_000_000 + at * 1_000_000)
      return { interfaceId: 0, ticks, bytes: udpFrame(`${lines.join('\r\n')}\r\n\r\n`) }
    }),
  )
  return captureOf([{ linkType: 1 }], frames)
}

async function start(t: TestContext, calls: readonly MadeCall[]) {
  const fixture = await startFixture(t, { office: { rules: [] } })
  const { app, accounts, authorize, office } = fixture
  const headers = await authorize({ permissions: ['admin'] })
  const type = { 'content-type': 'application/octet-stream' }
  const imported = await app.inject({
    method: 'POST',
    url: '/api/v1/imports?name=made.pcapng',
    headers: { ...headers, ...type },
    payload: captureWith(calls),
  })
  assert.equal(imported.json().legs, calls.length, imported.body)
  for (const [number, { from, to }] of calls.entries()) {
    const startUs = START_US + number * 10_000_000
    const legKeys = [legKeyOf(number)]
    const times = { startUs, endUs: startUs + 2_000_000 }
    const recording = makeRecording({ recordingId: recordingId(number), legKeys, from, to })
    await office?.recordings.put({ ...recording, ...times })
  }
  const add = async (dialect: Dialect, id: string, scope: readonly string[] = []) => {
    await accounts.create({ dialect, id, secret: 's', scope })
    const authorization = `Basic ${Buffer.from(`${id}:s`).toString('base64')}`
    return (url: string) => app.inject({ url, headers: { authorization } })
  }
  return { ...fixture, add }
}

const text = fc.oneof(
  fc.constantFrom('', '*', '..', '%', '%00', '__proto__', "' OR 1=1 --", '99999999999', '-1', '😀'),
  fc.constantFrom('PAx', `PA${Buffer.from(`${DAY} 1`).toString('base64url')}`, 'c-20261120-a'),
  fc.constantFrom(sidOf(legKeyOf(0)), legKeyOf(0), `c-${legKeyOf(0)}`, DAY, '+442079460018'),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const encoded = text.map((one) => encodeURIComponent(one.toWellFormed()))
const names = fc
  .constantFrom(
    'Status To From ParentCallSid StartTime StartTime< EndTime> CallSid Page PageSize PageToken ' +
      'DateCreated from to page size sortOrder after bridgeId conferenceId callerPhoneNumber ' +
      'dialedPhoneNumber startTime endTime userName',
  )
  .chain((all) => fc.constantFrom(...all.split(' ')))
const query = fc
  .array(fc.tuple(names, encoded), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join('&'))

const formOf: Readonly<Record<string, readonly string[]>> = {
  signalwire: ['code', 'message', 'more_info', 'status'],
  bandwidth: ['category', 'code', 'message', 'details'],
  gws: ['statusCode', 'statusMessage'],
}

function assertAnswered(response: LightMyRequestResponse, dialect: string, what: string): void {
  assert.ok(response.statusCode < 500, `${what}: ${response.statusCode} ${response.body}`)
  if (response.statusCode < 400) return
  assert.match(String(response.headers['content-type']), /^application\/json/, what)
  assert.deepEqual(Object.keys(response.json()), formOf[dialect], what)
}

test('any path and any query is answered in the words of its API', async (t) => {
  const { add } = await start(t, [{ from: USERS[0], to: USERS[3] }])
  const asks = {
    signalwire: await add('signalwire', PROJECT),
    bandwidth: await add('bandwidth', 'u-1'),
    gws: await add('gws', 'admin'),
  }
  const account = `/2010-04-01/Accounts/${PROJECT}`
  // Whoever asks takes these two out of a path before it is sent.
  const part = encoded.filter((one) => one !== '.' && one !== '..')
  const requests = fc
    .tuple(part, part)
    .chain(([one, other]) =>
      fc.constantFrom<[keyof typeof asks, string]>(
        ['signalwire', `${account}/Calls`],
        ['signalwire', `${account}/Calls/${one}.json`],
        ['signalwire', `${account}/Calls/${one}/Recordings`],
        ['signalwire', `/api/laml${account}/Recordings`],
        ['signalwire', `${account}/Recordings/${one}.wav`],
        ['signalwire', `/api/laml/${one}/${other}`],
        ['bandwidth', '/v1/users/u-1/calls'],
        ['bandwidth', `/v1/users/u-1/calls/${one}`],
        ['bandwidth', `/v1/users/u-1/calls/${one}/events/${other}`],
        ['bandwidth', '/v1/users/u-1/recordings'],
        ['bandwidth', `/v1/users/u-1/recordings/${one}/transcriptions/${other}`],
        ['bandwidth', `/v1/users/u-1/media/${one}`],
        ['bandwidth', `/v1/users/${one}/${other}`],
        ['gws', '/api/v2/recordings'],
        ['gws', `/recordings/${one}`],
        ['gws', `/cloud-web/api/v2/recordings/${one}/play/${other}`],
      ),
    )
  await fc.assert(
    fc.asyncProperty(requests, query, async ([dialect, path], search) => {
      const url = `${path}?${search}`
      assertAnswered(await asks[dialect](url), dialect, url)
    }),
    { seed, numRuns: 800 },
  )
})

const user = fc.constantFrom(...USERS)
const rule = fc.oneof(
  user.map((one) => `user:${one}`),
  user.map((one) => `from:${one}`),
  user.map((one) => `to:${one}`),
  fc.constantFrom('user:+4420*', 'from:+44207946001..+44207946099', 'to:*01', 'to:nobody'),
  fc.tuple(user, user).map(([from, to]) => `from:${from} to:${to}`),
)

/** The plain meaning of the rules above. */
function isVisible(rules: readonly string[], { from, to }: MadeCall): boolean {
  const matches = (pattern: string, one: string) => {
    if (pattern.includes('..')) return false
    if (pattern.startsWith('*')) return one.endsWith(pattern.slice(1))
    return pattern.endsWith('*') ? one.startsWith(pattern.slice(0, -1)) : one === pattern
  }
  return rules.some((written) =>
    written.split(' ').every((term) => {
      const [field = '', pattern = ''] = term.split(':')
      if (field === 'from') return matches(pattern, from)
      if (field === 'to') return matches(pattern, to)
      return matches(pattern, from) || matches(pattern, to)
    }),
  )
}

test('no account is shown a call, an event or a recording that is not its own', async (t) => {
  const calls = USERS.flatMap((from) => USERS.map((to) => ({ from, to })))
  const { add } = await start(t, calls)
  let made = 0
  await fc.assert(
    fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 3 }), async (rules) => {
      const id = `account-${made++}`
      const visible = [...calls.keys()].filter((number) => {
        const call = calls[number]
        return call !== undefined && isVisible(rules, call)
      })
      const hidden = [...calls.keys()].filter((number) => !visible.includes(number))
      const newest = visible.toReversed()
      const signalwire = await add('signalwire', id, rules)
      const bandwidth = await add('bandwidth', id, rules)
      const gws = await add('gws', id, rules)
      const base = `/2010-04-01/Accounts/${id}`
      const sids = (rows: readonly { sid: string }[]) => rows.map(({ sid }) => sid)
      const ids = (rows: readonly { id: string }[]) => rows.map((row) => row.id)

      const listed = (await signalwire(`${base}/Calls?PageSize=1000`)).json()
      assert.deepEqual(
        sids(listed.calls),
        newest.map((number) => sidOf(legKeyOf(number))),
      )
      const recorded = (await signalwire(`${base}/Recordings`)).json()
      assert.deepEqual(sids(recorded.recordings), newest.map(recordingId))
      const ownCalls = (await bandwidth(`/v1/users/${id}/calls`)).json()
      assert.deepEqual(
        ids(ownCalls),
        newest.map((number) => `c-${legKeyOf(number)}`),
      )
      const ownRecordings = (await bandwidth(`/v1/users/${id}/recordings`)).json()
      assert.deepEqual(
        ids(ownRecordings),
        newest.map((number) => `rec-${recordingId(number)}`),
      )
      const gwsIdOf = (number: number) => recordingId(number).replaceAll('-', '').toUpperCase()
      const found = (await gws('/recordings?startTime=0')).json()
      assert.deepEqual(ids(found.recordings), visible.map(gwsIdOf))

      const [number] = hidden
      if (number === undefined) return
      const callId = `c-${legKeyOf(number)}`
      for (const response of [
        await signalwire(`${base}/Calls/${sidOf(legKeyOf(number))}`),
        await signalwire(`${base}/Calls/${sidOf(legKeyOf(number))}/Recordings`),
        await signalwire(`${base}/Recordings/${recordingId(number)}.json`),
        await signalwire(`${base}/Recordings/${recordingId(number)}.wav`),
        await bandwidth(`/v1/users/${id}/calls/${callId}`),
        await bandwidth(`/v1/users/${id}/calls/${callId}/events`),
        await bandwidth(`/v1/users/${id}/calls/${callId}/recordings`),
        await bandwidth(`/v1/users/${id}/recordings/rec-${recordingId(number)}`),
        await bandwidth(`/v1/users/${id}/media/${callId}-1.wav`),
        await gws(`/recordings/${gwsIdOf(number)}`),
        await gws(`/recordings/${gwsIdOf(number)}/play/x.mp3`),
      ]) {
        assert.equal(response.statusCode, 404, response.body)
      }
    }),
    { seed, numRuns: 40 },
  )
})
