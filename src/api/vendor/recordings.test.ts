// One recorded call as three vendors' APIs show it: what is told of it, its sound in both formats,
// its transcript, and that nobody else is shown any of it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import type { Dialect } from '../../accounts/account.ts'
import type { Call } from '../../calls/leg.ts'
import { parseRules } from '../../recorder/recording-rules.ts'
import type { RecordingMedia } from '../../store/recordings/recording.ts'
import { makeRecording, recordingId } from '../../store/recordings/recordings.fixture.ts'
import { bandwidthLimits } from '../bandwidth/limits.ts'
import { startFixture } from '../http/server.fixture.ts'
import { sidOf } from '../signalwire/sid.ts'

const CAPTURE = 'examples/real-answered-call.pcap'
/** Calls of several legs. */
const JOINED = 'examples/made-morning.pcap'
const PROJECT = 'b08dacad-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
const PUBLIC = 'https://earshot.example'
const SIGNALWIRE = `/api/laml/2010-04-01/Accounts/${PROJECT}`

async function start(t: TestContext, captures: readonly string[] = []) {
  const rules = parseRules(JSON.stringify({ rules: [{ name: 'all' }] }))
  const transcriber = 'node -e console.log("one","two","ééé") {wav}'
  const fixture = await startFixture(t, {
    captures: [CAPTURE, ...captures],
    office: { rules, transcriber },
    settings: { publicUrl: PUBLIC },
  })
  const { accounts, app } = fixture
  const add = (dialect: Dialect, id: string, scope: readonly string[] = []) =>
    accounts.create({ dialect, id, secret: 'secret', scope })
  await add('signalwire', PROJECT)
  await add('bandwidth', 'u-1')
  await add('gws', 'admin')
  const ask = (url: string, id?: string, headers: Record<string, string> = {}) => {
    const authorization = `Basic ${Buffer.from(`${id}:secret`).toString('base64')}`
    return app.inject({ url, headers: id === undefined ? headers : { ...headers, authorization } })
  }
  const own = await fixture.authorize({ permissions: ['admin'] })
  const known = async (url: string) => (await app.inject({ url, headers: own })).json()
  const [recording] = (await known('/api/v1/recordings')).recordings
  return { ...fixture, add, ask, known, own, recording }
}

function okJson(response: LightMyRequestResponse) {
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

/** A sound file of so many bytes, of which nothing is kept. */
function mediaOf(bytes: number): RecordingMedia {
  return {
    mediaId: `m-${bytes}`,
    format: 'wav',
    bytes,
    startUs: 0,
    durationMs: 60_000,
    channels: 1,
    sampleRateHz: 8_000,
    participants: [],
    soundKey: `none/${bytes}.wav`,
    digest: '',
  }
}

const rfc2822 = (tUs: number) =>
  new Date(Math.floor(tUs / 1000)).toUTCString().replace('GMT', '+0000')
const hasFfmpeg = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test('signalwire: a recording is listed with its call and alone, every field of it', async (t) => {
  const { ask, recording } = await start(t)
  const { calls } = okJson(await ask(`${SIGNALWIRE}/Calls`, PROJECT))
  const { recordings, ...page } = okJson(await ask(calls[0].subresource_uris.recordings, PROJECT))
  assert.equal(page.next_page_uri, null)
  assert.equal(page.page, 0)
  const uri = `${SIGNALWIRE}/Recordings/${recording.recordingId}`
  assert.deepEqual(recordings, [
    {
      sid: recording.recordingId,
      account_sid: PROJECT,
      api_version: '2010-04-01',
      call_sid: calls[0].sid,
      conference_sid: null,
      channel: '2',
      channels: '2',
      date_created: rfc2822(recording.createdAtUs),
      date_updated: rfc2822(recording.updatedAtUs),
      start_time: rfc2822(recording.startUs),
      end_time: rfc2822(recording.endUs),
      duration: Math.round(recording.durationMs / 1000),
      price: null,
      price_unit: 'USD',
      source: 'Trunking',
      status: 'completed',
      error_code: null,
      uri: `${uri}.json`,
      subresource_uris: { transcriptions: `${uri}/Transcriptions.json` },
      encryption_details: null,
      trim: 'do-not-trim',
    },
  ])
  assert.deepEqual(okJson(await ask(`${uri}.json`, PROJECT)), recordings[0])
  const all = okJson(await ask(`${SIGNALWIRE}/Recordings.json?CallSid=${calls[0].sid}`, PROJECT))
  assert.deepEqual(all.recordings, recordings)
  const created = encodeURIComponent(rfc2822(recording.createdAtUs))
  for (const [query, count] of [
    [`DateCreated=${created}`, 1],
    [`DateCreated%3C=${created}`, 1],
    [`DateCreated%3E=${created}`, 1],
    ['DateCreated%3C=2001-01-01', 0],
    ['DateCreated%3E=2100-01-01', 0],
    ['ConferenceSid=x', 0],
    ['CallSid=x', 0],
  ] as const) {
    const found = okJson(await ask(`${SIGNALWIRE}/Recordings?${query}`, PROJECT))
    assert.equal(found.recordings.length, count, query)
  }
})

test('signalwire: the sound needs no credentials, in parts or whole', async (t) => {
  const { ask, recording } = await start(t)
  const uri = `${SIGNALWIRE}/Recordings/${recording.recordingId}`
  for (const url of [uri, `${uri}.wav`]) {
    const sound = await ask(url)
    assert.equal(sound.statusCode, 200)
    assert.equal(sound.headers['content-type'], 'audio/wav')
    assert.equal(sound.rawPayload.length, recording.media[0].bytes)
    assert.equal(sound.rawPayload.toString('latin1', 0, 4), 'RIFF')
  }
  const inCapitals = `${SIGNALWIRE}/Recordings/${recording.recordingId.toUpperCase()}`
  assert.deepEqual(
    okJson(await ask(`${inCapitals}.json`, PROJECT)),
    okJson(await ask(`${uri}.json`, PROJECT)),
  )
  assert.equal((await ask(`${inCapitals}.wav`)).statusCode, 200)
  const part = await ask(`${uri}.wav`, undefined, { range: 'bytes=0-3' })
  assert.equal(part.statusCode, 206)
  assert.equal(part.rawPayload.toString('latin1'), 'RIFF')
  assert.equal(part.headers['content-range'], `bytes 0-3/${recording.media[0].bytes}`)
  assert.equal((await ask(`${uri}.json`)).statusCode, 401)
  const other = uri.replace(PROJECT, '00000000-0000-4000-8000-000000000000')
  assert.equal((await ask(`${other}.wav`)).statusCode, 404)
})

test('a recording that is kept as WAV is had as MP3 too', {
  skip: !hasFfmpeg && 'no ffmpeg',
}, async (t) => {
  const { ask, recording } = await start(t)
  const { recordings } = okJson(await ask('/api/v2/recordings?startTime=0', 'admin'))
  const mediaUri = new URL(recordings[0].mediaFiles[0].mediaUri)
  for (const [url, id] of [
    [`${SIGNALWIRE}/Recordings/${recording.recordingId}.mp3`, undefined],
    [mediaUri.pathname, 'admin'],
  ] as const) {
    const sound = await ask(url, id)
    assert.equal(sound.statusCode, 200, sound.body)
    assert.equal(sound.headers['content-type'], 'audio/mpeg')
    const head = sound.rawPayload.toString('latin1', 0, 3)
    assert.ok(head === 'ID3' || sound.rawPayload[0] === 0xff, head)
    const part = await ask(url, id, { range: 'bytes=0-1' })
    assert.equal(part.statusCode, 206)
    assert.deepEqual(part.rawPayload, sound.rawPayload.subarray(0, 2))
  }
})

test('bandwidth: a recorded call says so, and its media file is had by name', async (t) => {
  const { ask, recording } = await start(t)
  const base = '/v1/users/u-1'
  const [call] = okJson(await ask(`${base}/calls`, 'u-1'))
  assert.equal(call.recordingEnabled, true)
  assert.equal(call.recordingFileFormat, 'wav')
  assert.equal(call.transcriptionEnabled, false)
  const recordings = okJson(await ask(`${base}/calls/${call.id}/recordings`, 'u-1'))
  const timeOf = (tUs: number) =>
    new Date(Math.floor(tUs / 1000)).toISOString().replace('.000Z', 'Z')
  const mediaName = `${call.id}-1.wav`
  assert.deepEqual(recordings, [
    {
      id: `rec-${recording.recordingId}`,
      startTime: timeOf(recording.startUs),
      endTime: timeOf(recording.endUs),
      call: `${PUBLIC}${base}/calls/${call.id}`,
      media: `${PUBLIC}${base}/media/${mediaName}`,
      state: 'complete',
    },
  ])
  assert.deepEqual(okJson(await ask(`${base}/recordings`, 'u-1')), recordings)
  const one = await ask(`${base}/recordings/${recordings[0]?.id}`, 'u-1')
  assert.deepEqual(okJson(one), recordings[0])
  const { bytes } = recording.media[0]
  assert.deepEqual(okJson(await ask(`${base}/media`, 'u-1')), [
    { mediaName, contentLength: bytes, content: recordings[0]?.media },
  ])
  const sound = await ask(`${base}/media/${mediaName}`, 'u-1')
  assert.equal(sound.headers['content-type'], 'audio/wav')
  assert.equal(sound.rawPayload.length, bytes)
  assert.equal((await ask(`${base}/media/${mediaName}`)).statusCode, 401)
  assert.equal((await ask(`${base}/media/${call.id}-2.wav`, 'u-1')).statusCode, 404)
})

test('bandwidth: a sound is had by its name when its call is kept no longer', async (t) => {
  const { add, ask, recording, store } = await start(t)
  await add('bandwidth', 'u-2', [`to:${recording.to}`])
  const named: { content: string }[] = okJson(await ask('/v1/users/u-1/media', 'u-1'))
  const { pathname } = new URL(named[0]?.content ?? '')
  const ofOther = pathname.replace('u-1', 'u-2')
  assert.match(pathname, /\/c-[^/]+\.wav$/)
  assert.equal((await ask(ofOther, 'u-2')).statusCode, 200)
  for (const day of await store.index.days()) await store.index.drop(day)
  const again: { content: string }[] = okJson(await ask('/v1/users/u-1/media', 'u-1'))
  const names = [pathname, ...again.map(({ content }) => new URL(content).pathname)]
  assert.equal(names.length, 2)
  for (const name of names) assert.equal((await ask(name, 'u-1')).statusCode, 200)
  // Whose scope it is in can be told no longer.
  assert.equal((await ask(ofOther, 'u-2')).statusCode, 404)
})

test('bandwidth: the list of media has all that the user has, without pages', async (t) => {
  const { ask, office, recording } = await start(t)
  const { legKeys } = recording
  const numbers = Array.from({ length: 2 * bandwidthLimits.recordingsPerLook }, (_, i) => i + 1)
  for (const number of numbers) {
    const startUs = recording.startUs + number * 1_000_000
    const media = number % 100 === 0 ? [] : [mediaOf(number)]
    const wanted = { recordingId: recordingId(number), legKeys, startUs, media }
    await office?.recordings.put(makeRecording(wanted))
  }
  const listed: { mediaName: string; contentLength: number }[] = okJson(
    await ask('/v1/users/u-1/media?size=25', 'u-1'),
  )
  const newestFirst = numbers.filter((number) => number % 100 !== 0).toReversed()
  assert.deepEqual(
    listed.map(({ contentLength }) => contentLength),
    [...newestFirst, recording.media[0].bytes],
  )
  assert.equal(new Set(listed.map(({ mediaName }) => mediaName)).size, listed.length)
})

test('bandwidth: a recording of no call names none, and its media by itself', async (t) => {
  const { add, ask, office } = await start(t)
  const kept = await office?.recordings.find({ state: 'completed' }, { limit: 1 })
  const [heard] = kept?.rows ?? []
  assert.ok(heard !== undefined)
  const ofNoCall = { recordingId: recordingId(1), legKeys: [], callKey: null, callIds: [] }
  await office?.recordings.put({ ...heard, ...ofNoCall })
  const base = '/v1/users/u-1'
  const one = okJson(await ask(`${base}/recordings/rec-${recordingId(1)}`, 'u-1'))
  assert.ok(!('call' in one))
  const mediaName = `rec-${recordingId(1)}-1.wav`
  assert.equal(one.media, `${PUBLIC}${base}/media/${mediaName}`)
  const listed: { content: string }[] = okJson(await ask(`${base}/media`, 'u-1'))
  assert.ok(listed.some(({ content }) => content === one.media))
  const sound = await ask(`${base}/media/${mediaName}`, 'u-1')
  assert.equal(sound.rawPayload.length, heard.media[0]?.bytes)
  for (const other of [
    `rec-${recordingId(1)}-2.wav`,
    `rec-${recordingId(2)}-1.wav`,
    'rec--1.wav',
  ]) {
    assert.equal((await ask(`${base}/media/${other}`, 'u-1')).json().code, 'media-not-found', other)
  }
  await add('bandwidth', 'u-2', [`to:${heard.to}`])
  assert.equal((await ask(`/v1/users/u-2/media/${mediaName}`, 'u-2')).statusCode, 404)
})

test('bandwidth: a transcript is shown in short, and whole as a file', async (t) => {
  const { app, ask, office, own, recording } = await start(t)
  const url = `/api/v1/recordings/${recording.recordingId}/transcriptions`
  await app.inject({ method: 'POST', url, headers: own })
  const base = '/v1/users/u-1'
  const [call] = okJson(await ask(`${base}/calls`, 'u-1'))
  const ofCall = `${base}/calls/${call.id}/transcriptions`
  const [pending] = okJson(await ask(ofCall, 'u-1'))
  assert.equal(pending.state, 'transcribing')
  assert.equal(pending.text, undefined)
  await office?.finishDue()
  const [done] = okJson(await ask(ofCall, 'u-1'))
  assert.equal(done.state, 'completed')
  assert.match(done.text, /one two ééé/)
  assert.equal(done.chargeableDuration, Math.ceil(recording.durationMs / 60_000) * 60)
  const text = await ask(new URL(done.textUrl).pathname, 'u-1')
  assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(text.body.length, done.textSize)
  assert.ok(text.body.startsWith(done.text))
  const ofRecording = `${base}/recordings/rec-${recording.recordingId}/transcriptions`
  assert.deepEqual(okJson(await ask(ofRecording, 'u-1')), [done])
  assert.deepEqual(okJson(await ask(`${ofRecording}/${done.id}`, 'u-1')), done)
  assert.equal((await ask(`${ofRecording}/t-x_y`, 'u-1')).json().code, 'transcription-not-found')
})

test('gws: a recording is found, shown and played with every field', async (t) => {
  const { ask, recording } = await start(t)
  const { statusCode, recordings } = okJson(await ask('/api/v2/recordings?startTime=0', 'admin'))
  assert.equal(statusCode, 0)
  assert.equal(recordings.length, 1)
  const [shown] = recordings
  const timeOf = (tUs: number) =>
    new Date(Math.floor(tUs / 1000)).toISOString().replace('Z', '+0000')
  const id = recording.recordingId.replaceAll('-', '').toUpperCase()
  const [media] = recording.media
  const { eventHistory, mediaFiles, ...rest } = shown
  assert.deepEqual(rest, {
    id,
    callerPhoneNumber: recording.from,
    dialedPhoneNumber: recording.to,
    startTime: timeOf(recording.startUs),
    stopTime: timeOf(recording.endUs),
    region: 'default',
  })
  const { callUUID, ...file } = mediaFiles[0]
  assert.match(callUUID, /^[\da-f-]{36}$/)
  assert.deepEqual(file, {
    startTime: timeOf(media.startUs),
    stopTime: timeOf(media.startUs + media.durationMs * 1000),
    mediaUri: `${PUBLIC}/api/v2/recordings/${id}/play/${media.mediaId}.mp3`,
  })
  const moves = recording.events.filter(({ kind }: { kind: string }) => /joined|left/.test(kind))
  assert.deepEqual(
    eventHistory.map((one: { occurredAt: string; event: string }) => [one.occurredAt, one.event]),
    moves.map((one: { tUs: number; kind: string }) => [
      timeOf(one.tUs),
      one.kind === 'joined' ? 'Joined' : 'Left',
    ]),
  )
  assert.ok(eventHistory.length >= 2)
  for (const prefix of ['/api/v2', '/cloud-web/api/v2', '']) {
    const one = await ask(`${prefix}/recordings/${id}`, 'admin')
    assert.equal(one.headers['content-type'], 'application/json;charset=UTF-8')
    assert.deepEqual(okJson(one), { statusCode: 0, recording: shown })
    const play = `${prefix}/recordings/${id}/play/${media.mediaId}.wav`
    const sound = await ask(play, 'admin')
    assert.equal(sound.headers['content-type'], 'audio/wav')
    assert.equal(sound.rawPayload.length, media.bytes)
    const tail = await ask(play, 'admin', { range: 'bytes=-5' })
    assert.equal(tail.statusCode, 206)
    assert.deepEqual(tail.rawPayload, sound.rawPayload.subarray(-5))
    const beyond = await ask(play, 'admin', { range: `bytes=${media.bytes}-` })
    assert.equal(beyond.statusCode, 416)
    assert.equal(beyond.json().statusCode, 2)
    assert.equal((await ask(play)).json().statusCode, 20)
  }
})

test('whoever sees other calls alone is shown nothing of the recording', async (t) => {
  const { add, ask, recording } = await start(t)
  const scope = ['to:nobody']
  const project = '11111111-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
  await add('signalwire', project, scope)
  await add('bandwidth', 'u-2', scope)
  await add('gws', 'other', scope)
  const mine = SIGNALWIRE.replace(PROJECT, project)
  const id = recording.recordingId
  assert.deepEqual(okJson(await ask(`${mine}/Recordings`, project)).recordings, [])
  for (const url of [`${mine}/Recordings/${id}.json`, `${mine}/Recordings/${id}.wav`]) {
    assert.equal((await ask(url, project)).statusCode, 404)
  }
  assert.deepEqual(okJson(await ask('/v1/users/u-2/recordings', 'u-2')), [])
  assert.deepEqual(okJson(await ask('/v1/users/u-2/media', 'u-2')), [])
  const { id: callId } = okJson(await ask('/v1/users/u-1/calls', 'u-1'))[0]
  for (const path of [`recordings/rec-${id}`, `media/${callId}-1.wav`, `calls/${callId}`]) {
    assert.equal((await ask(`/v1/users/u-2/${path}`, 'u-2')).statusCode, 404, path)
  }
  assert.deepEqual(okJson(await ask('/recordings?startTime=0', 'other')).recordings, [])
  const gwsId = id.replaceAll('-', '').toUpperCase()
  assert.equal((await ask(`/recordings/${gwsId}`, 'other')).json().statusCode, 6)
})

test('a recording of two legs is told of as one of the leg that the asker sees', async (t) => {
  const { add, ask, known, office } = await start(t, [JOINED])
  const { calls }: { calls: Call[] } = await known('/api/v1/calls?limit=1000')
  const joined = calls.find(({ legs: [one, other] }) => other && one && other.to !== one.to)
  const [first, second] = joined?.legs ?? []
  assert.ok(first !== undefined && second !== undefined)
  const kept = await office?.recordings.find({ state: 'completed' }, { limit: 1 })
  const [heard] = kept?.rows ?? []
  assert.ok(heard !== undefined)
  const legKeys = [first.legKey, second.legKey]
  await office?.recordings.put({ ...heard, recordingId: recordingId(1), legKeys })
  const scope = [`to:${second.to}`]
  const project = '11111111-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
  await add('signalwire', project, scope)
  await add('bandwidth', 'u-2', scope)
  await add('gws', 'other', scope)
  const ofUser = okJson(await ask(`/v1/users/u-2/recordings/rec-${recordingId(1)}`, 'u-2'))
  assert.ok(ofUser.call.endsWith(`/calls/c-${second.legKey}`), ofUser.call)
  const listed: { content: string }[] = okJson(await ask('/v1/users/u-2/media', 'u-2'))
  assert.ok(listed.some(({ content }) => content === ofUser.media))
  assert.ok(listed.every(({ content }) => !content.includes(first.legKey)))
  assert.equal((await ask(new URL(ofUser.media).pathname, 'u-2')).statusCode, 200)
  const gwsId = recordingId(1).replaceAll('-', '').toUpperCase()
  const ofGws = okJson(await ask(`/recordings/${gwsId}`, 'other')).recording
  assert.equal(ofGws.mediaFiles[0].callUUID, sidOf(second.legKey))
  const mine = SIGNALWIRE.replace(PROJECT, project)
  const ofProject = okJson(await ask(`${mine}/Recordings/${recordingId(1)}.json`, project))
  assert.equal(ofProject.call_sid, sidOf(second.legKey))
})
