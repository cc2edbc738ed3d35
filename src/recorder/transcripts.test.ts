// Transcripts: what known transcribers print, read; and a real one on speech made by espeak-ng.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '../base/failure.ts'
import { hasProgram } from '../siprec/siprec.fixture.ts'
import { makeFolder, startOffice } from './office.fixture.ts'
import { commandWords, Transcriber } from './transcriber.ts'
import { parseTranscript } from './transcript-text.ts'

test("whisper.cpp's lines are segments with times, and what is no speech is left out", () => {
  const output = `
[00:00:00.000 --> 00:00:02.500]   Good morning.
[00:00:02.500 --> 00:00:04.000]   [BLANK_AUDIO]
[01:02:03.040 --> 01:02:05.000]   (music)
[01:02:05.040 --> 01:02:07.250]   It's "overdue" [sic], I'm afraid.
`
  assert.deepEqual(parseTranscript(output, 0), [
    { startMs: 0, endMs: 2_500, text: 'Good morning.' },
    { startMs: 3_725_040, endMs: 3_727_250, text: 'It\'s "overdue" [sic], I\'m afraid.' },
  ])
})

test("pocketsphinx's words are utterances, without silences and pronunciation numbers", () => {
  const output = `where there is
<s> 0.000 0.050 0.999400
where(2) 0.060 0.380 0.267175
there 0.390 0.580 0.227508
<sil> 0.740 0.820 0.990643
is 0.830 0.940 0.042397
</s> 0.950 1.060 1.000000
++NOISE++ 1.100 1.200 0.500000
again
<s> 2.000 2.050 0.999400
again 2.060 2.380 0.267175
</s> 2.400 2.460 1.000000
`
  assert.deepEqual(parseTranscript(output, 0), [
    { startMs: 60, endMs: 940, text: 'where there is' },
    { startMs: 2_060, endMs: 2_380, text: 'again' },
  ])
})

test('any other text is one segment as long as the sound, and no text is none', () => {
  assert.deepEqual(parseTranscript(' all of\n it \n', 7_000), [
    { startMs: 0, endMs: 7_000, text: 'all of it' },
  ])
  assert.deepEqual(parseTranscript('\n \n', 7_000), [])
})

test('a command is words, of which quotes make one', () => {
  assert.deepEqual(commandWords(`run --model 'a b' "c d" {wav}`), [
    'run',
    '--model',
    'a b',
    'c d',
    '{wav}',
  ])
  assert.throws(
    () => new Transcriber('  '),
    (error) => isFailure(error, 'bad-input'),
  )
  assert.throws(
    () => new Transcriber(`run "open`),
    (error) => isFailure(error, 'bad-input'),
  )
})

/** A recording of speech, by way of the watched folder. */
async function startWithSpeech(t: Parameters<typeof startOffice>[0], transcriber: string) {
  const recordingsFolder = makeFolder(t)
  const speech = join(makeFolder(t), 'speech.wav')
  const words = 'the people of the united states'
  spawnSync('espeak-ng', ['-v', 'en-us+f3', '-s', '130', '-w', speech, words])
  const path = join(recordingsFolder, 'speech.wav')
  const stereo = 'pan=stereo|c0=c0|c1=0*c0'
  const flags = ['-nostdin', '-loglevel', 'error', '-y', '-i', speech]
  spawnSync('ffmpeg', [...flags, '-ar', '16000', '-af', stereo, path])
  utimesSync(path, 1_795_000_000, 1_795_000_000)
  const office = await startOffice(t, { recordingsFolder, transcriber })
  for (let i = 0; i < 4; i++) {
    await office.office.finishDue()
    office.clock.tUs += 61_000_000
  }
  const [recording] = await office.all()
  assert.equal(recording?.state, 'completed')
  return { ...office, recordingId: recording.recordingId }
}

const needed = ['espeak-ng', 'ffmpeg', 'pocketsphinx_continuous']
const missing = needed.find((name) => !hasProgram(name, '--version'))
const skip = missing === undefined ? false : `${missing} is not installed`

test('pocketsphinx writes down what espeak-ng said, and it is found by its words', {
  skip,
}, async (t) => {
  const { office, recordingId, all } = await startWithSpeech(t, 'pocketsphinx')
  await office.recorder.transcribe(recordingId)
  await office.finishDue()
  const [recording] = await all()
  const [transcription] = recording?.transcriptions ?? []
  assert.equal(transcription?.state, 'completed', transcription?.error ?? '')
  assert.match(transcription.text, /people.*united states/)
  assert.ok(transcription.segments.every(({ channel }) => channel === 0))
  const [first] = transcription.segments
  assert.ok((first?.startMs ?? -1) >= 0 && (first?.endMs ?? 0) > (first?.startMs ?? 0))
  const found = await office.recordings.find({ text: 'united people' }, { limit: 5 })
  assert.equal(found.rows.length, 1)
})

test('a transcriber that fails is tried again, and given up with its words', {
  skip,
}, async (t) => {
  const script = join(makeFolder(t), 'fail.mjs')
  writeFileSync(script, `process.stderr.write('no model'); process.exit(3)`)
  const command = `${process.execPath} ${script}`
  const { office, recordingId, all, clock } = await startWithSpeech(t, command)
  await office.recorder.transcribe(recordingId)
  for (let i = 0; i < 5; i++) {
    await office.finishDue()
    clock.tUs += 60_000_000
  }
  const [transcription] = (await all())[0]?.transcriptions ?? []
  assert.equal(transcription?.state, 'failed')
  assert.equal(transcription.attempts, 4)
  assert.match(transcription.error ?? '', /failed \(3\): no model/)
  assert.equal((await office.recordings.counters()).jobsFailed, 1)
})
