// Calls of captures that rules want, from their import to the sound that is kept; what pauses,
// consents and years do to it.
import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { likeness } from '../audio/captured-rtp.fixture.ts'
import { withoutFfmpeg } from '../audio/ffmpeg.fixture.ts'
import { isFailure } from '../base/failure.ts'
import { capturePath } from '../api/http/server.fixture.ts'
import { partMedia } from '../line/store.fixture.ts'
import { damageBlock } from '../query/store.fixture.ts'
import { talkingCall } from '../sound/talking-call.fixture.ts'
import { readSigns } from './call-signs.ts'
import { channelOf, makeFolder, startOffice } from './office.fixture.ts'
import { recorderLimits } from './limits.ts'
import { RecordingOffice } from './recording-office.ts'
import { parseRules } from './recording-rules.ts'
import { RuleMatcher } from './rule-matcher.ts'

const ANSWERED = capturePath('examples/real-answered-call.pcap')
const KEYPAD = capturePath('examples/real-keypad.pcap')
const FOREIGN = capturePath('sipnab__sip-rtp-g729a.pcap')

const rulesOf = (...rules: object[]) =>
  parseRules(JSON.stringify({ rules: rules.map((rule, i) => ({ name: `rule ${i}`, ...rule })) }))

test('a call that a rule wants is kept from its answer to its end', async (t) => {
  const { take, all, sound, finder } = await startOffice(t, { rules: rulesOf({}) })
  await take(ANSWERED)
  const [recording, ...others] = await all()
  assert.deepEqual(others, [])
  const { rows } = await finder.findCalls({ kind: 'call', state: 'completed' }, { limit: 10 })
  const [call] = rows
  assert.equal(recording?.callKey, call?.callKey)
  assert.equal(recording?.startUs, call?.answerUs)
  assert.equal(recording?.endUs, call?.endUs)
  assert.equal(recording?.state, 'completed')
  assert.equal(recording?.rule, 'rule 0')
  assert.deepEqual(
    recording?.events.map(({ kind, participantId }) => [kind, participantId]).slice(0, 3),
    [
      ['started', null],
      ['joined', 'caller'],
      ['joined', 'callee'],
    ],
  )
  assert.ok(recording !== undefined)
  const wav = await sound(recording)
  const soundMs = channelOf(wav, 0).length / 8
  assert.ok(Math.abs((recording.media[0]?.durationMs ?? 0) - soundMs) < 1)
  const lastMs = ((recording.endUs ?? 0) - recording.startUs) / 1_000
  assert.ok(soundMs > 1_000 && soundMs <= lastMs + 40, `${soundMs} of ${lastMs} ms`)
})

test('a call that is handed over is recorded to the end of its last leg', async (t) => {
  const { take, all, sound } = await startOffice(t, { rules: rulesOf({}) })
  const first = talkingCall({ packets: 100, transfers: true })
  const next = { callId: 'next', afterUs: 4_000_000 }
  const second = talkingCall({ packets: 100, follows: next })
  const path = join(makeFolder(t), 'call.pcapng')
  writeFileSync(path, Buffer.concat([first.capture, second.capture]))
  await take(path)
  const [recording, ...others] = await all()
  assert.deepEqual(others, [])
  assert.equal(recording?.legKeys.length, 2)
  assert.ok(recording !== undefined)
  const heard = channelOf(await sound(recording), 0)
  for (const from of [0, 32_000]) {
    const piece = heard.subarray(from, from + first.caller.length)
    assert.ok(likeness(first.caller, piece, 4).correlation > 0.99, `from sample ${from}`)
  }
})

test('what a call was handed over to after its recording had ended has its own', async (t) => {
  const { take, all, sound } = await startOffice(t, { rules: rulesOf({}) })
  const folder = makeFolder(t)
  const calls = [
    talkingCall({ packets: 100, transfers: true }),
    talkingCall({ packets: 100, follows: { callId: 'next', afterUs: 4_000_000 } }),
  ]
  for (const [i, { capture }] of calls.entries()) {
    const path = join(folder, `${i}.pcapng`)
    writeFileSync(path, capture)
    await take(path)
    await take(path)
  }
  const recordings = await all()
  assert.equal(recordings.length, 2)
  for (const [i, recording] of recordings.entries()) {
    assert.equal(recording.legKeys.length, i + 1)
    const heard = channelOf(await sound(recording), 0)
    assert.ok(likeness(calls[i]!.caller, heard, 4).correlation > 0.99)
    assert.ok(Math.abs(heard.length - 16_000) <= 480, `${heard.length} samples`)
  }
})

test('importing again records nothing twice', async (t) => {
  const { take, all } = await startOffice(t, { rules: rulesOf({}) })
  await take(ANSWERED)
  const before = await all()
  await take(ANSWERED)
  assert.deepEqual(await all(), before)
})

test('a call whose media comes in another capture is recorded when it is there', async (t) => {
  const { take, all, sound } = await startOffice(t, { rules: rulesOf({}) })
  const whole = join(makeFolder(t), 'call.pcap')
  copyFileSync(ANSWERED, whole)
  const { others, media } = partMedia(whole)
  await take(others)
  assert.equal((await all())[0]?.state, 'absent')
  await take(media)
  const [recording, ...more] = await all()
  assert.deepEqual(more, [])
  assert.equal(recording?.state, 'completed')
  assert.equal(recording?.failure, null)
  const atOnce = await startOffice(t, { rules: rulesOf({}) })
  await atOnce.take(ANSWERED)
  const [expected] = await atOnce.all()
  assert.ok(recording !== undefined && expected !== undefined)
  assert.deepEqual(await sound(recording), await atOnce.sound(expected))
})

test('the first rule that matches decides, by user, address, header and share', async (t) => {
  const cases: [object[], string | undefined][] = [
    [[{ calls: ['user:nobody'] }], undefined],
    [[{ calls: ['user:nobody'] }, { calls: ['from:grex'] }], 'rule 1'],
    [[{ calls: ['to:500'] }, {}], 'rule 0'],
    [[{ calls: ['ip:192.168.0.0/16'] }], 'rule 0'],
    [[{ calls: ['ip:10.0.0.0/8'] }], undefined],
    [[{ share: 0 }], undefined],
    [[{ onDemand: true }], undefined],
    [[{ header: { name: 'To', value: 'nobody' } }], undefined],
    [[{ account: 'own/limited' }], undefined],
    [[{ account: 'own/all' }], 'rule 0'],
  ]
  const { take, finder } = await startOffice(t)
  await take(ANSWERED)
  const { rows } = await finder.findCalls({ state: 'completed' }, { limit: 1 })
  const [call] = rows
  assert.ok(call !== undefined)
  for (const [rules, expected] of cases) {
    const matcher = new RuleMatcher({
      finder,
      rules: rulesOf(...rules),
      trunks: new Map(),
      scopeOf: (account) => (account === 'own/all' ? [] : ['user:nobody']),
    })
    assert.equal((await matcher.find(call))?.name, expected, JSON.stringify(rules))
  }
})

test('keys sent as INFO pause a recording, and a call without an end ends', async (t) => {
  const rules = rulesOf({ pause: { pause: '13', resume: '42' } })
  const { take, all } = await startOffice(t, { rules })
  await take(KEYPAD)
  const [recording] = await all()
  const told = recording?.events.filter(({ by }) => by === 'info').map(({ kind }) => kind)
  assert.deepEqual(told, ['paused', 'digits-hidden', 'resumed'])
  assert.ok(recording?.endUs !== null)
  assert.equal(recording?.state, 'absent')
  assert.equal(recording?.failure, 'no sound of this call was captured')
})

test('no sound is kept until consent is given, and none when it is refused', async (t) => {
  const rules = rulesOf({ consent: true })
  const { take, all, office, sound } = await startOffice(t, { rules })
  await take(ANSWERED)
  const [asked] = await all()
  assert.equal(asked?.state, 'absent')
  assert.equal(asked?.consent, 'missing')
  const id = asked?.recordingId ?? ''
  await office.recorder.consent(id, true, 'account a')
  await office.finishDue()
  const [given] = await all()
  assert.equal(given?.state, 'completed')
  assert.equal(given?.consent, 'given')
  assert.ok(given !== undefined)
  await sound(given)
  await office.recorder.consent(id, false, 'account a')
  const [refused] = await all()
  assert.equal(refused?.state, 'absent')
  assert.deepEqual(refused?.media, [])
  await assert.rejects(sound(given), (error) => isFailure(error, 'not-found'))
})

test('a header of the call can give the consent that a rule asks for', async (t) => {
  const rules = rulesOf({ consent: { header: { name: 'CSeq', value: '1 INVITE' } } })
  const { take, all } = await startOffice(t, { rules })
  await take(ANSWERED)
  const [recording] = await all()
  assert.equal(recording?.consent === 'given', recording?.state === 'completed')
})

test('a recording is deleted when its time has come, unless it is pinned', async (t) => {
  const rules = rulesOf({ retentionDays: 30 })
  const { take, all, office, clock, sound } = await startOffice(t, { rules })
  await take(ANSWERED)
  const [recording] = await all()
  assert.ok(recording !== undefined)
  // The capture is years old; its time begins when it was taken in.
  assert.equal(recording.deleteAfterUs, clock.tUs + 30 * 86_400_000_000)
  assert.equal(await office.recorder.sweep(), 0)
  await office.recorder.pin(recording.recordingId, 'account a', 'case 7')
  clock.tUs += 31 * 86_400_000_000
  assert.equal(await office.recorder.sweep(), 0)
  await office.recorder.unpin(recording.recordingId, 'account a')
  assert.equal(await office.recorder.sweep(), 1)
  assert.deepEqual(await all(), [])
  await assert.rejects(sound(recording), (error) => isFailure(error, 'not-found'))
})

test('a deletion that the disk or a crash hinders is ended by a later sweep', async (t) => {
  const rules = rulesOf({ retentionDays: 30 }, { retentionDays: 30 })
  const { take, all, office, clock } = await startOffice(t, { rules })
  await take(ANSWERED)
  const [recording] = await all()
  assert.ok(recording !== undefined)
  const { recordingId, media } = recording
  const path = await office.sounds.localPath(media[0]?.soundKey ?? '')
  // What removes a file removes no folder in its place.
  rmSync(path)
  mkdirSync(path)
  await assert.rejects(office.recorder.remove(recordingId), (error) => isFailure(error))
  assert.equal((await all())[0]?.deleteAfterUs, clock.tUs)
  await office.recordings.put({ ...recording, recordingId: 'another', media: [] })
  clock.tUs += 31 * 86_400_000_000
  await assert.rejects(office.recorder.sweep(), (error) => isFailure(error))
  assert.deepEqual((await all()).length, 1)
  rmdirSync(path)
  assert.equal(await office.recorder.sweep(), 1)
  assert.deepEqual(await all(), [])
})

test('a sound is made only where every message that may ask for silence can be read', async () => {
  const messages = (...methods: readonly string[]) =>
    Readable.from(methods.map((method) => ({ tUs: 0, method, bytes: Buffer.alloc(0) })))
  assert.deepEqual((await readSigns(messages('INVITE', 'BYE'), [])).events, [])
  const header = { name: 'X-Consent', value: 'yes' }
  const unknown = /what a lost message \((?:INFO|INVITE)\) says of its recording is unknown/
  await assert.rejects(readSigns(messages('INVITE', 'INFO'), []), unknown)
  await assert.rejects(readSigns(messages('INVITE'), [header]), unknown)
})

test('a call that has ended is kept whole when somebody asks for it', async (t) => {
  const { take, all, office, finder } = await startOffice(t)
  await take(ANSWERED)
  assert.deepEqual(await all(), [])
  const { rows } = await finder.findCalls({ state: 'completed' }, { limit: 10 })
  const [call] = rows
  assert.ok(call !== undefined)
  await office.recorder.begin(call, 'account a')
  await office.finishDue()
  const [recording] = await all()
  assert.equal(recording?.state, 'completed')
  assert.equal(recording?.cause, 'demand')
  assert.equal(recording?.events[0]?.by, 'account a')
})

test('a call that goes on is recorded once, however many ask at once', async (t) => {
  const { all, clock, finder, office, take } = await startOffice(t)
  await take(KEYPAD)
  const { rows } = await finder.findCalls({ kind: 'call' }, { limit: 1 })
  const [call] = rows
  assert.ok(call !== undefined && call.endUs === null)
  clock.tUs = Math.max(...call.legs.map(({ lastUs }) => lastUs))
  const begun = await Promise.allSettled(
    ['a', 'b', 'c'].map((by) => office.recorder.begin(call, `account ${by}`)),
  )
  assert.deepEqual(begun.map(({ status }) => status).toSorted(), [
    'fulfilled',
    'rejected',
    'rejected',
  ])
  const refused = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  assert.ok(refused.every((reason) => isFailure(reason, 'conflict')))
  assert.deepEqual(
    (await all()).map(({ state }) => state),
    ['recording'],
  )
})

test('a call that can be read in part is not recorded, and the lost block is named', async (t) => {
  const { take, all, office, finder, dataFolder, clock } = await startOffice(t)
  const path = join(makeFolder(t), 'talk.pcapng')
  writeFileSync(path, talkingCall({ packets: 5_000 }).capture)
  await take(path)
  damageBlock(dataFolder)
  const [call] = (await finder.findCalls({}, { limit: 1 })).rows
  assert.ok(call !== undefined)
  await office.recorder.begin(call, 'account a')
  for (let attempt = 0; attempt < recorderLimits.renderAttemptsMax; attempt++) {
    await office.finishDue()
    clock.tUs += 3_600_000_000
  }
  const [recording] = await all()
  assert.equal(recording?.state, 'failed')
  assert.match(recording.failure ?? '', /^block 2 of 2023-11-14 cannot be read: /)
  assert.deepEqual(recording.media, [])
})

test('of a sound that a stop cuts off nothing is left, and it is made after the next start', {
  skip: withoutFfmpeg,
}, async (t) => {
  const { take, all, office, finder, dataFolder, clock } = await startOffice(t)
  await take(FOREIGN)
  const [call] = (await finder.findCalls({}, { limit: 1 })).rows
  assert.ok(call !== undefined)
  const parts = { rules: [], trunks: new Map(), scopeOf: () => undefined, settleUs: 0 }
  const stopped = new RecordingOffice({ dataFolder, finder, clock, ...parts })
  await stopped.recorder.begin(call, 'account a')
  // The last attempt, in which a failure would give the recording up.
  for (let attempt = 1; attempt < recorderLimits.renderAttemptsMax; attempt++) {
    const job = await stopped.recordings.takeJob('render', clock.nowUs())
    await stopped.recordings.retryJob(job?.jobId ?? 0, clock.nowUs(), 'the disk is full')
  }
  const isHanging = withHangingFfmpeg(t)
  await stopped.start()
  while (!isHanging()) await sleep(5)
  const work = await stopped.sounds.workFolder()
  // As a thread leaves it that is ended while it writes.
  writeFileSync(join(work, 'half.wav.part'), 'RIFF')
  await stopped.close()
  assert.ok(!existsSync(work))
  await office.recorder.start()
  await office.finishDue()
  const [recording] = await all()
  assert.equal(recording?.state, 'completed', recording?.failure ?? '')
})

/** Puts an ffmpeg in front of the real one that hangs when it is run first; whether it does. */
function withHangingFfmpeg(t: TestContext): () => boolean {
  const folder = makeFolder(t)
  const path = join(folder, 'pid')
  const before = process.env['PATH']
  const hang = `if [ ! -e '${path}' ]; then echo $$ >'${path}'; exec sleep 600; fi`
  const script = `#!/bin/sh\n${hang}\nPATH='${before}'\nexec ffmpeg "$@"\n`
  writeFileSync(join(folder, 'ffmpeg'), script, { mode: 0o755 })
  process.env['PATH'] = `${folder}:${before}`
  let pid = 0
  t.after(() => {
    process.env['PATH'] = before
    if (pid > 0) process.kill(pid)
  })
  return () => {
    pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
    return pid > 0
  }
}

test('a rule may ask for MP3 and for one channel', async (t) => {
  const rules = rulesOf({ format: 'mp3', channels: 'mono' })
  const { take, all, sound } = await startOffice(t, { rules })
  await take(ANSWERED)
  const [recording] = await all()
  assert.equal(recording?.media[0]?.format, 'mp3')
  assert.equal(recording?.media[0]?.channels, 1)
  assert.ok(recording !== undefined)
  const bytes = await sound(recording)
  // The frame sync of MPEG audio, 11 bits of ones.
  assert.equal(bytes.readUInt16BE(0) >> 5, 0x7ff)
})
