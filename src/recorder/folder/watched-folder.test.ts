// Recordings that a PBX left in a folder, tied to the calls of a capture by name, number and time.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { capturePath } from '../../api/http/server.fixture.ts'
import { wavHeader } from '../../audio/wav.ts'
import { hasProgram } from '../../siprec/siprec.fixture.ts'
import { makeFolder, startOffice } from '../office.fixture.ts'
import { readFileName } from './pbx-file-name.ts'

const skip = hasProgram('ffprobe', '-version') ? false : 'ffprobe is not installed'
const CAPTURE = capturePath('examples/real-answered-call.pcap')

/** A WAV of some seconds that was written last at its end. */
function leave(path: string, seconds: number, endUs: number): Buffer {
  const samples = seconds * 8_000
  const format = { sampleRateHz: 8_000, channels: 1 }
  const wav = Buffer.concat([wavHeader(format, samples), Buffer.alloc(samples * 2, 7)])
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, wav)
  utimesSync(path, endUs / 1_000_000, endUs / 1_000_000)
  return wav
}

async function start(t: TestContext) {
  const recordingsFolder = makeFolder(t)
  const office = await startOffice(t, { recordingsFolder })
  await office.take(CAPTURE)
  const { rows } = await office.finder.findCalls({ state: 'completed' }, { limit: 1 })
  const [call] = rows
  assert.ok(call?.endUs && call.answerUs)
  /** Scans until what is there counts as complete. */
  const settle = async () => {
    for (let i = 0; i < 3; i++) {
      await office.office.finishDue()
      office.clock.tUs += 4_000_000
    }
  }
  return { ...office, recordingsFolder, call, endUs: call.endUs, settle }
}

test('a file is tied to its call by Call-ID, UNIQUEID with numbers, or notes beside it', {
  skip,
}, async (t) => {
  const { recordingsFolder, call, endUs, settle, all, sound } = await start(t)
  const callId = call.legs[0]?.callId ?? ''
  const epoch = Math.floor((call.answerUs ?? 0) / 1_000_000)
  const names = [
    `${encodeURIComponent(callId)}-0123456789abcdef-mix.wav`,
    `2007/01/10/out-${call.to}-${call.from}-20070110-015116-${epoch}.17.wav`,
    'channel-7.wav',
  ]
  const files = names.map((name) => leave(join(recordingsFolder, name), 21, endUs))
  writeFileSync(join(recordingsFolder, 'channel-7.json'), JSON.stringify({ call_id: callId }))
  await settle()
  const recordings = await all()
  assert.deepEqual(new Set(recordings.map(({ originName }) => originName)), new Set(names))
  for (const recording of recordings) {
    assert.equal(recording.callKey, call.callKey, recording.originName ?? '')
    assert.equal(recording.state, 'completed')
    assert.equal(recording.source, 'folder')
    assert.equal(recording.from, call.from)
    assert.equal(recording.durationMs, 21_000)
    const i = names.indexOf(recording.originName ?? '')
    assert.ok((await sound(recording)).equals(files[i] ?? Buffer.alloc(0)))
    const digest = createHash('sha256')
      .update(files[i] ?? '')
      .digest('hex')
    assert.equal(recording.media[0]?.digest, digest)
    assert.ok(
      readFileSync(join(recordingsFolder, names[i] ?? '')).equals(files[i] ?? Buffer.alloc(0)),
    )
  }
})

test('a file that grows is left alone until it has stopped', { skip }, async (t) => {
  const { recordingsFolder, endUs, settle, all, clock, office, call } = await start(t)
  const path = join(recordingsFolder, `${call.legs[0]?.callId}.wav`)
  leave(path, 5, endUs)
  await office.finishDue()
  clock.tUs += 10_000_000
  appendFileSync(path, Buffer.alloc(1_600))
  await office.finishDue()
  assert.deepEqual(await all(), [])
  await settle()
  assert.equal((await all()).length, 1)
})

test('a file of no call is kept by itself after a while, once, and not again when deleted', {
  skip,
}, async (t) => {
  const { recordingsFolder, endUs, settle, all, clock, office } = await start(t)
  leave(join(recordingsFolder, '2031-05-06-07-08-09_5550100_5550101.wav'), 3, endUs)
  writeFileSync(join(recordingsFolder, 'broken.wav'), 'no sound')
  writeFileSync(join(recordingsFolder, 'notes.txt'), 'no recording')
  await settle()
  assert.deepEqual(await all(), [])
  clock.tUs += 60_000_000
  await settle()
  const [recording, ...others] = await all()
  assert.deepEqual(others, [])
  assert.equal(recording?.callKey, null)
  assert.equal(recording?.startUs, Date.UTC(2031, 4, 6, 7, 8, 9) * 1000)
  assert.equal(office.stats()['folderFilesUnreadable'], 1)
  await office.recorder.remove(recording?.recordingId ?? '')
  leave(join(recordingsFolder, '2031-05-06-07-08-09_5550100_5550101.wav'), 4, endUs)
  await settle()
  clock.tUs += 60_000_000
  await settle()
  assert.deepEqual(await all(), [])
})

test('names of PBXes are read for what they tell', () => {
  const freepbx = readFileName('/x/out-15551234-101-20261121-120000-1795262400.17.wav')
  assert.deepEqual(freepbx.numbers, ['15551234', '101'])
  assert.deepEqual(freepbx.startsUs, [1_795_262_400_000_000, Date.UTC(2026, 10, 21, 12) * 1000])
  const freeswitch = readFileName('2026-11-21-12-00-00_+15551234_101.wav', 3_600_000)
  assert.deepEqual(freeswitch.numbers, ['+15551234', '101'])
  assert.deepEqual(freeswitch.startsUs, [
    Date.UTC(2026, 10, 21, 11) * 1000,
    Date.UTC(2026, 10, 21, 12) * 1000,
  ])
  const uuid = '8ab1d0b4-1c5e-4a55-9a66-0123456789ab'
  assert.equal(readFileName(`archive/${uuid}.wav`).callIds[0], uuid)
  assert.deepEqual(readFileName(`archive/${uuid}.wav`).numbers, [])
  const rtpengine = readFileName('a%2Fb%40h.example-0123456789abcdef-mix.wav')
  assert.equal(rtpengine.callIds[0], 'a/b@h.example')
  assert.doesNotThrow(() => readFileName('%E0%A4%A.wav'))
})
