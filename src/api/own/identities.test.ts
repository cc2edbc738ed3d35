// Numbers that an INVITE has elsewhere than in From and To: what the own API finds by them and
// shows of them, to whom; and that the search of a vendor means From and To alone, as before.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Identity, Leg } from '../../calls/leg.ts'
import { captureOf, INVITE, sip } from '../../query/store.fixture.ts'
import { udpFrame } from '../../decode/frames.fixture.ts'
import { startFixture } from '../http/server.fixture.ts'

const START_NS = BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n
/** Headers of one INVITE each, from alice to bob; the first has none. */
const INVITES = [
  [],
  ['P-Asserted-Identity: "Carol" <sip:+15550100@a.test>, <tel:+15550100>'],
  ['Remote-Party-ID: <sip:+15550100@a.test>;party=called', 'History-Info: <sip:bob@b>;index=1'],
  ['Diversion: <sip:<script>@a.test>', 'Diversion: <sip:+15550155@a.test>;reason=no-answer'],
]

async function start(t: TestContext) {
  const fixture = await startFixture(t)
  const frames = INVITES.map((headers, i) => ({
    interfaceId: 0,
    ticks: START_NS / 1_000n + BigInt(i),
    bytes: udpFrame(sip([INVITE, ...headers].join('\r\n'), `${i}@test`)),
  }))
  const upload = await fixture.app.inject({
    method: 'POST',
    url: '/api/v1/imports',
    headers: {
      ...(await fixture.authorize({ permissions: ['admin'] })),
      'content-type': 'application/octet-stream',
    },
    payload: captureOf([{ linkType: 1 }], frames),
  })
  assert.equal(upload.json().messages, INVITES.length, upload.body)
  return fixture
}

/** Asks for legs with one account's headers; gives the Call-IDs without their host. */
function asking({ app }: Awaited<ReturnType<typeof start>>, headers: Record<string, string>) {
  return async (query: string): Promise<string[]> => {
    const url = `/api/v1/legs?order=oldest&${query.replaceAll('+', '%2B')}`
    const response = await app.inject({ url, headers })
    assert.equal(response.statusCode, 200, response.body)
    return response.json<{ legs: Leg[] }>().legs.map(({ callId }) => String(callId).charAt(0))
  }
}

test('a number is found on the side of whom it names', async (t) => {
  const fixture = await start(t)
  const found = asking(fixture, await fixture.authorize({ permissions: ['view'] }))
  assert.deepEqual(await found('q=5550100'), ['1', '2'])
  assert.deepEqual(await found('q=from:+1555*'), ['1'])
  assert.deepEqual(await found('from=*50100'), ['1'])
  assert.deepEqual(await found('to=+15550100'), ['2'])
  assert.deepEqual(await found('to=*550155'), ['3'])
  assert.deepEqual(await found('user=*5501*'), ['1', '2', '3'])
  assert.deepEqual(await found('from=alice&to=*155'), ['3'])
  assert.deepEqual(await found('from=*155'), [])
})

test('a leg and its call show whom their INVITE names', async (t) => {
  const { app, authorize } = await start(t)
  const headers = await authorize({ permissions: ['view'] })
  const { legs } = (await app.inject({ url: '/api/v1/legs?order=oldest', headers })).json()
  const shown: readonly (readonly Identity[])[] = legs.map((leg: Leg) => leg.identities)
  assert.deepEqual(shown, [
    [],
    [{ header: 'P-Asserted-Identity', side: 'caller', user: '+15550100' }],
    [{ header: 'Remote-Party-ID', side: 'callee', user: '+15550100' }],
    [{ header: 'Diversion', side: 'callee', user: '+15550155' }],
  ])
  const { call } = (await app.inject({ url: `/api/v1/calls/${legs[3].callKey}`, headers })).json()
  assert.deepEqual(call.legs[0].identities, shown[3])
})

test('a number that a rule means makes no leg visible from such a header', async (t) => {
  const fixture = await start(t)
  const scoped = async (...scope: string[]) => {
    return asking(fixture, await fixture.authorize({ permissions: ['view'], scope }))
  }
  for (const rule of [
    'user:+1555*',
    'from:+15550100',
    'to:+15550155',
    'user:+15550000..+15559999',
  ]) {
    assert.deepEqual(await (await scoped(rule))('q=5550'), [], rule)
  }
  // What it sees, it sees with all its messages: by their headers too.
  assert.deepEqual(await (await scoped('user:alice'))('q=5550155'), ['3'])
})

test('a search in a vendor’s words means From and To', async (t) => {
  const { app, authorize } = await start(t)
  await authorize({ dialect: 'signalwire', id: 'project' })
  const authorization = `Basic ${Buffer.from('project:secret').toString('base64')}`
  const calls = async (query: string) => {
    const url = `/api/laml/2010-04-01/Accounts/project/Calls?${query}`
    const response = await app.inject({ url, headers: { authorization } })
    assert.equal(response.statusCode, 200, response.body)
    return response.json().calls.length
  }
  assert.equal(await calls('From=alice@a.test'), INVITES.length)
  assert.equal(await calls('From=%2B15550100'), 0)
  assert.equal(await calls('To=%2B15550155'), 0)
})
