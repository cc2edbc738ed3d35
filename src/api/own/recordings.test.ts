// Recordings over the own API: made by a rule of an imported call, heard, changed and deleted.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { parseRules } from '../../recorder/recording-rules.ts'
import { startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'examples/real-answered-call.pcap'

async function start(t: TestContext, rule: object = {}) {
  const rules = parseRules(JSON.stringify({ rules: [{ name: 'all', ...rule }] }))
  const { app, authorize, office } = await startFixture(t, {
    captures: [CAPTURE],
    office: { rules, transcriber: 'node -e console.log("one","two") {wav}' },
  })
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const headers = await authorize({ permissions: ['admin'] })
    return app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  }
  return { ask, app, authorize, office }
}

test('an imported call that a rule wants is recorded, listed and heard in part', async (t) => {
  const { ask } = await start(t)
  const { recordings, next } = (await ask('GET', '/api/v1/recordings')).json()
  assert.equal(next, null)
  assert.equal(recordings.length, 1)
  const [recording] = recordings
  assert.equal(recording.state, 'completed', recording.failure)
  assert.equal(recording.rule, 'all')
  assert.equal(recording.media[0].soundKey, undefined)
  const one = await ask('GET', `/api/v1/recordings/${recording.recordingId}`)
  assert.deepEqual(one.json(), recording)
  const { calls } = (await ask('GET', '/api/v1/calls')).json()
  assert.equal(calls[0].callKey, recording.callKey)
  assert.equal(calls[0].recordings, 1)
  const url = `/api/v1/recordings/${recording.recordingId}/media/${recording.media[0].mediaId}`
  const sound = await ask('GET', url)
  assert.equal(sound.headers['content-type'], 'audio/wav')
  assert.equal(sound.rawPayload.length, recording.media[0].bytes)
  assert.equal(sound.rawPayload.toString('latin1', 0, 4), 'RIFF')
})

test('recordings are found by what they are', async (t) => {
  const { ask } = await start(t)
  const [{ callKey, from, startUs }] = (await ask('GET', '/api/v1/recordings')).json().recordings
  const count = async (query: string) => {
    const answer = await ask('GET', `/api/v1/recordings?${query}`)
    return answer.json().recordings?.length ?? answer.json().error.field
  }
  assert.equal(await count(`callKey=${callKey}`), 1)
  assert.equal(await count('callKey=20200101-abc'), 0)
  assert.equal(await count(`from=${encodeURIComponent(from)}&state=completed&source=rtp`), 1)
  assert.equal(await count(`start=${startUs + 1}`), 0)
  assert.equal(await count('isPinned=true'), 0)
  assert.equal(await count('start=yesterday'), 'start')
  assert.equal(await count('state=happy'), 'state')
})

test('a pinned recording is kept until it is unpinned', async (t) => {
  const { ask } = await start(t)
  const [{ recordingId }] = (await ask('GET', '/api/v1/recordings')).json().recordings
  const url = `/api/v1/recordings/${recordingId}`
  assert.equal((await ask('POST', `${url}/pin`, { reason: 'case 7' })).json().pin.reason, 'case 7')
  assert.equal((await ask('DELETE', url)).statusCode, 409)
  assert.equal((await ask('POST', `${url}/unpin`)).json().pin, null)
  assert.equal((await ask('DELETE', url)).statusCode, 204)
  assert.equal((await ask('GET', url)).statusCode, 404)
  assert.equal((await ask('DELETE', url)).statusCode, 404)
})

test('what has ended is not paused, and what was never there is not found', async (t) => {
  const { ask } = await start(t)
  const [{ recordingId, callKey }] = (await ask('GET', '/api/v1/recordings')).json().recordings
  for (const act of ['pause', 'resume', 'stop']) {
    const answer = await ask('POST', `/api/v1/recordings/${recordingId}/${act}`)
    assert.equal(answer.statusCode, 409, act)
    assert.equal(answer.json().error.kind, 'conflict')
  }
  assert.equal((await ask('POST', '/api/v1/recordings/nothing/pause')).statusCode, 404)
  assert.equal((await ask('POST', '/api/v1/calls/20200101-abc/recordings')).statusCode, 404)
  const again = await ask('POST', `/api/v1/calls/${callKey}/recordings`)
  assert.equal(again.statusCode, 201)
  assert.equal(again.json().cause, 'demand')
})

test('a transcript is asked for, made, read and searched', async (t) => {
  const { ask, office } = await start(t)
  const [{ recordingId }] = (await ask('GET', '/api/v1/recordings')).json().recordings
  const url = `/api/v1/recordings/${recordingId}/transcriptions`
  const asked = await ask('POST', url)
  assert.equal(asked.statusCode, 201)
  assert.equal(asked.json().state, 'pending')
  await office?.finishDue()
  const [transcription] = (await ask('GET', url)).json().transcriptions
  assert.equal(transcription.state, 'completed', transcription.error)
  assert.deepEqual(
    transcription.segments.map((one: { channel: number; text: string }) => [one.channel, one.text]),
    [
      [0, 'one two'],
      [1, 'one two'],
    ],
  )
  const found = (await ask('GET', '/api/v1/recordings?text=two')).json().recordings
  assert.equal(found.length, 1)
  assert.equal((await ask('GET', '/api/v1/recordings?text=three')).json().recordings.length, 0)
})

test('who may only look changes nothing, and who sees other calls sees nothing', async (t) => {
  const { ask, app, authorize } = await start(t)
  const [{ recordingId }] = (await ask('GET', '/api/v1/recordings')).json().recordings
  const url = `/api/v1/recordings/${recordingId}`
  const viewer = await authorize({ permissions: ['view'] })
  const pin = { method: 'POST', url: `${url}/pin`, payload: { reason: 'x' } } as const
  assert.equal((await app.inject({ ...pin, headers: viewer })).statusCode, 403)
  assert.equal((await app.inject({ url, headers: viewer })).statusCode, 200)
  const limited = await authorize({ permissions: ['view'], scope: ['user:nobody'] })
  assert.equal((await app.inject({ url, headers: limited })).statusCode, 404)
  const list = await app.inject({ url: '/api/v1/recordings', headers: limited })
  assert.deepEqual(list.json(), { recordings: [], next: null })
})
