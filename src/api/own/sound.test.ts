// The sound of a call over HTTP: whole and in ranges, as outline, picture and findings, and not for
// those who may not hear it.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { likeness } from '../../audio/captured-rtp.fixture.ts'
import { floatsOf } from '../../audio/ffmpeg.fixture.ts'
import { damageBlock } from '../../query/store.fixture.ts'
import { talkingCall, type TalkingCallOptions } from '../../sound/talking-call.fixture.ts'
import { startFixture } from '../http/server.fixture.ts'

async function start(t: TestContext, options: TalkingCallOptions = {}) {
  const { app, authorize, dataFolder } = await startFixture(t)
  const said = talkingCall(options)
  const headers = await authorize()
  const imported = await app.inject({
    method: 'POST',
    url: '/api/v1/imports?name=talk.pcapng',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    payload: said.capture,
  })
  assert.ok(imported.statusCode < 300, imported.body)
  const [{ callKey }] = (await app.inject({ url: '/api/v1/calls', headers })).json().calls
  const ask = (path: string, more: Record<string, string> = {}) =>
    app.inject({ url: `/api/v1/calls/${callKey}/${path}`, headers: { ...headers, ...more } })
  return { app, ask, authorize, callKey, dataFolder, said }
}

test('a call is heard as WAV, whole or from the middle', async (t) => {
  const { ask, said } = await start(t)
  const whole = await ask('sound.wav?layout=callee')
  assert.equal(whole.statusCode, 200)
  assert.equal(whole.headers['content-type'], 'audio/wav')
  assert.equal(whole.headers['accept-ranges'], 'bytes')
  const heard = floatsOf(whole.rawPayload.subarray(44))
  assert.ok(likeness(said.callee, heard, 4).correlation > 0.99)
  const part = await ask('sound.wav?layout=callee', { range: 'bytes=1000-1999' })
  assert.equal(part.statusCode, 206)
  const size = whole.rawPayload.length
  assert.equal(part.headers['content-range'], `bytes 1000-1999/${size}`)
  assert.deepEqual(part.rawPayload, whole.rawPayload.subarray(1_000, 2_000))
  const last = await ask('sound.wav?layout=callee', { range: 'bytes=-10' })
  assert.deepEqual(last.rawPayload, whole.rawPayload.subarray(-10))
  const beyond = await ask('sound.wav?layout=callee', { range: `bytes=${size}-` })
  assert.equal(beyond.statusCode, 416)
  assert.equal(beyond.headers['content-range'], `bytes */${size}`)
})

test('a range is of GET alone, and of no version that the asker has to be asked for', async (t) => {
  const { app, ask, authorize, callKey } = await start(t)
  const whole = await ask('sound.wav')
  const range = { range: 'bytes=0-3' }
  const head = await app.inject({
    method: 'HEAD',
    url: `/api/v1/calls/${callKey}/sound.wav`,
    headers: { ...(await authorize()), ...range },
  })
  assert.equal(head.statusCode, 200)
  assert.equal(head.headers['content-range'], undefined)
  assert.equal(head.headers['content-length'], String(whole.rawPayload.length))
  for (const validator of ['"abc"', 'Sat, 21 Nov 2026 06:00:33 GMT']) {
    const answered = await ask('sound.wav', { ...range, 'if-range': validator })
    assert.equal(answered.statusCode, 200)
    assert.deepEqual(answered.rawPayload, whole.rawPayload)
  }
})

test('the same call is an MP3, an outline, a picture and a list of findings', async (t) => {
  const { ask } = await start(t)
  const mp3 = await ask('sound.mp3?layout=mixed')
  assert.equal(mp3.headers['content-type'], 'audio/mpeg')
  assert.equal((mp3.rawPayload[0] ?? 0) & 0xff, 0xff)
  const peaks = (await ask('peaks?points=20')).json()
  assert.equal(peaks.sampleRateHz, 8_000)
  assert.equal(peaks.channels.length, 2)
  assert.equal(peaks.channels[0].length, 2 * Math.ceil(peaks.samples / peaks.samplesPerPeak))
  const packed = await ask('peaks.bin')
  assert.equal(packed.rawPayload.subarray(0, 4).toString(), 'EPK1')
  const picture = await ask('spectrogram?layout=caller')
  assert.equal(picture.headers['content-type'], 'image/png')
  const found = (await ask('findings')).json()
  assert.equal(found.unheard, null)
  assert.deepEqual(found.unread, [])
  const digits = found.findings.filter(({ kind }: { kind: string }) => kind === 'dtmf')
  assert.deepEqual(
    digits.map((one: { digit: string; source: string }) => [one.digit, one.source]),
    [['7', 'event']],
  )
})

test('what cannot be heard is an error that says why', async (t) => {
  const { ask } = await start(t, { isEncrypted: true, hasKey: false })
  const locked = await ask('sound.wav')
  assert.equal(locked.statusCode, 409)
  assert.equal(locked.json().error.kind, 'conflict')
  assert.match(locked.json().error.message, /encrypted/)
  assert.equal((await ask('peaks')).statusCode, 409)
  assert.match((await ask('findings')).json().unheard, /encrypted/)
  assert.equal((await ask('sound.wav?layout=sideways')).statusCode, 400)
})

test('of a call with a lost block the rest is heard, and its findings say so', async (t) => {
  const { ask, dataFolder } = await start(t, { packets: 5_000 })
  damageBlock(dataFolder)
  const sound = await ask('sound.wav?layout=caller')
  assert.equal(sound.statusCode, 200)
  assert.ok(Math.abs(sound.rawPayload.length - 44 - 2 * 5_000 * 160) <= 2 * 160)
  const found = (await ask('findings')).json()
  assert.match(found.unread[0], /^block 2 of 2023-11-14 cannot be read: /)
  assert.deepEqual(
    found.findings.map(({ kind }: { kind: string }) => kind),
    ['dtmf'],
  )
  assert.equal(found.unheard, null)
})

test('nobody hears a call whom it is not shown', async (t) => {
  const { app, authorize, callKey } = await start(t)
  const url = `/api/v1/calls/${callKey}/sound.wav`
  assert.equal((await app.inject({ url })).statusCode, 401)
  const limited = await authorize({ permissions: ['view'], scope: ['user:nobody'] })
  for (const path of ['sound.wav', 'sound.mp3', 'peaks', 'peaks.bin', 'spectrogram', 'findings']) {
    const asked = { url: `/api/v1/calls/${callKey}/${path}`, headers: limited }
    assert.equal((await app.inject(asked)).statusCode, 404, path)
  }
})
