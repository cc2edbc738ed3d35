// Streams as the own API answers them: of a call, of a search, one by one, and scored by another
// model.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'

async function start(t: TestContext) {
  const { app, authorize } = await startFixture(t, { captures: [CAPTURE] })
  const headers = await authorize({ permissions: ['view'] })
  return async (url: string, status = 200) => {
    const response = await app.inject({ url, headers })
    assert.equal(response.statusCode, status, response.body)
    return response.json()
  }
}

test('a call has the streams of its legs, and the lowest score of them', async (t) => {
  const ask = await start(t)
  const [{ callKey, mosMin }] = (await ask('/api/v1/calls')).calls
  const { streams } = await ask(`/api/v1/calls/${callKey}/streams`)
  assert.deepEqual(
    streams.map((stream: Record<string, unknown>) => [
      stream['codec'],
      stream['direction'],
      stream['packets'],
      stream['lost'],
      stream['callId'],
      stream['callKey'],
    ]),
    [
      ['PCMU', 'from-callee', 77, 0, CALL_ID, callKey],
      ['PCMU', 'from-caller', 77, 0, CALL_ID, callKey],
      ['opus', 'from-callee', 32, 0, CALL_ID, callKey],
      ['opus', 'from-caller', 32, 0, CALL_ID, callKey],
    ],
  )
  const scores = streams.map(({ mos }: { mos: number }) => mos)
  assert(Math.abs(Math.min(...scores) - mosMin) <= 0.005)
  await ask('/api/v1/calls/20261121-unknown/streams', 404)
})

test('a stream tells what it was measured and scored by', async (t) => {
  const ask = await start(t)
  const { streams } = await ask('/api/v1/streams?codec=pcmu&order=oldest')
  assert.equal(streams.length, 2)
  const { stream } = await ask(`/api/v1/streams/${streams[0].streamKey}`)
  assert.deepEqual(stream, streams[0])
  assert.deepEqual(stream.dscps, [0])
  assert.equal(stream.ptimeMs, 20)
  assert.equal(stream.quality.model, 'g107')
  assert.equal(stream.quality.inputs.packetsExpected, 77)
  assert.equal(stream.intervals[0].packets, 77)
  await ask('/api/v1/streams/20261121-unknown', 404)
})

test('another model scores the same stream', async (t) => {
  const ask = await start(t)
  const query = '/api/v1/streams?codec=pcmu&order=oldest'
  const ours = (await ask(query)).streams[0]
  const theirs = (await ask(`${query}&model=voipmonitor`)).streams[0]
  assert.deepEqual([ours.quality.model, theirs.quality.model], ['g107', 'voipmonitor'])
  assert.equal(theirs.mos, 4.5)
  assert.deepEqual(theirs.quality.inputs, ours.quality.inputs)
  await ask(`${query}&model=other`, 400)
})

test('streams are searched and paged like calls', async (t) => {
  const ask = await start(t)
  const seen: number[] = []
  for (let cursor = ''; ; ) {
    const { streams, next } = await ask(`/api/v1/streams?limit=3${cursor}`)
    seen.push(...streams.map(({ ssrc }: { ssrc: number }) => ssrc))
    if (next === null) break
    cursor = `&cursor=${next}`
  }
  assert.equal(new Set(seen).size, 4)
  const count = async (query: string) => (await ask(`/api/v1/streams?${query}`)).streams.length
  assert.equal(await count(`callId=${CALL_ID}`), 4)
  assert.equal(await count('address=127.0.0.1'), 4)
  assert.equal(await count('isBound=false'), 0)
  assert.equal(await count('mosBelow=1.5'), 0)
  assert.equal(await count(`ssrc=${seen[0]}`), 1)
  assert.equal(await count('end=2020-01-01T00:00:00Z'), 0)
  await ask('/api/v1/streams?unknown=1', 400)
  await ask('/api/v1/streams?start=never', 400)
})
