// Real recording clients (sipp) with media, from their INVITE to the finished stereo recording.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  body,
  hasProgram,
  participant,
  pause,
  receive,
  runClient,
  scenario,
  section,
  send,
  sendMedia,
  startServer,
  until,
} from '../siprec/siprec.fixture.ts'
import { channelOf, loudness, startOffice, tone, toneShare } from './office.fixture.ts'

const skip = hasProgram('sipp', '-v') ? false : 'sipp is not installed'
const bob = participant('bob', 'Bob', '1')
const paul = participant('paul', 'Paul', '2')
const REQUIRE = 'Require: siprec\n'

test('two participants end in a stereo recording, each on a channel', { skip }, async (t) => {
  const { server, capture, answers, port } = await startServer(t)
  const client = runClient(t, {
    port: port('udp'),
    scenario: scenario(
      send(
        'INVITE',
        `CSeq: 1 INVITE\n${REQUIRE}${body([section('1', 6000), section('2', 6002)], bob + paul)}`,
        'first',
      ),
      receive(200),
      send('ACK', 'CSeq: 1 ACK'),
      pause(1_600),
      send('BYE', 'CSeq: 2 BYE'),
      receive(200),
    ),
  })
  const answer = await until(() => answers()[0])
  const [one, other] = answer.media
  await sendMedia([
    { port: one?.port ?? 0, ssrc: 1, payload: tone(440, 1) },
    { port: other?.port ?? 0, ssrc: 1, payload: tone(1_000, 1) },
  ])
  const { code, log } = await client
  assert.equal(code, 0, log)
  const siprecPorts = [port('udp')]
  await server.stop()

  const { take, all, sound, dataFolder } = await startOffice(t, { siprecPorts })
  const path = join(dataFolder, 'session.pcapng')
  writeFileSync(path, capture())
  await take(path)
  const [recording] = await all()
  assert.equal(recording?.state, 'completed', recording?.failure ?? '')
  assert.equal(recording.source, 'siprec')
  assert.equal(recording.channels, 2)
  assert.deepEqual(
    recording.participants.map(({ role, user, displayName }) => [role, user, displayName]),
    [
      ['caller', 'bob', 'Bob'],
      ['callee', 'paul', 'Paul'],
    ],
  )
  assert.deepEqual(recording.media[0]?.participants, [['bob'], ['paul']])
  assert.equal(recording.media[0]?.channels, 2)
  const wav = await sound(recording)
  const span = { from: 0.1, to: 0.9 }
  assert.ok(toneShare(channelOf(wav, 0), 440, 8_000, span) > 0.98)
  assert.ok(toneShare(channelOf(wav, 1), 1_000, 8_000, span) > 0.98)
  assert.ok(Math.abs((recording.media[0]?.durationMs ?? 0) - 1_000) <= 40)
})

test('a hold, a transfer and a pause are told, and what is said in the pause is silent', {
  skip,
}, async (t) => {
  const { server, capture, answers, port } = await startServer(t)
  const sections = (direction: string) => [section('1', 6000), section('2', 6002, direction)]
  const info = send('INFO', 'CSeq: [cseq] INFO\nRecord: [value]')
  const record = (cseq: number, value: string) =>
    info.replace('[cseq]', String(cseq)).replace('[value]', value)
  const carol = participant('carol', 'Carol', '2')
  const client = runClient(t, {
    port: port('udp'),
    scenario: scenario(
      send(
        'INVITE',
        `CSeq: 1 INVITE\n${REQUIRE}${body(sections('sendonly'), bob + paul)}`,
        'first',
      ),
      receive(200),
      send('ACK', 'CSeq: 1 ACK'),
      pause(500),
      record(2, 'off'),
      receive(200),
      pause(500),
      record(3, 'on'),
      receive(200),
      send('INVITE', `CSeq: 4 INVITE\n${body(sections('inactive'))}`),
      receive(200),
      send('ACK', 'CSeq: 4 ACK'),
      send('INVITE', `CSeq: 5 INVITE\n${body(sections('sendonly'), bob + carol)}`),
      receive(200),
      send('ACK', 'CSeq: 5 ACK'),
      pause(500),
      send('BYE', 'CSeq: 6 BYE'),
      receive(200),
    ),
  })
  const answer = await until(() => answers()[0])
  await sendMedia(
    answer.media.map((media, i) => ({ port: media.port, ssrc: i, payload: tone(440, 1.5) })),
  )
  const { code, log } = await client
  assert.equal(code, 0, log)
  const siprecPorts = [port('udp')]
  await server.stop()

  const { take, all, sound, dataFolder } = await startOffice(t, { siprecPorts })
  const path = join(dataFolder, 'session.pcapng')
  writeFileSync(path, capture())
  await take(path)
  const [recording] = await all()
  assert.equal(recording?.state, 'completed', recording?.failure ?? '')
  const told = recording.events.map(({ kind, participantId }) => `${kind} ${participantId}`)
  assert.deepEqual(
    told.filter((line) => !/^(?:stopped|completed)/.test(line)),
    [
      'started null',
      'joined bob',
      'joined paul',
      'paused null',
      'resumed null',
      'held paul',
      'left paul',
      'joined carol',
      'left bob',
      'left carol',
    ],
  )
  assert.deepEqual(recording.media[0]?.participants, [['bob'], ['paul', 'carol']])
  const at = (kind: string) => {
    const event = recording.events.find((one) => one.kind === kind)
    return ((event?.tUs ?? 0) - (recording.media[0]?.startUs ?? 0)) / 1_000_000
  }
  const wav = await sound(recording)
  for (const channel of [0, 1]) {
    const samples = channelOf(wav, channel)
    const pausedTo = { from: at('paused') + 0.15, to: at('resumed') - 0.03 }
    assert.equal(loudness(samples, 8_000, pausedTo), 0)
    assert.ok(toneShare(samples, 440, 8_000, { from: 0.05, to: at('paused') - 0.05 }) > 0.98)
    assert.ok(toneShare(samples, 440, 8_000, { from: at('resumed') + 0.1, to: 1.4 }) > 0.98)
  }
})

test('the recorded call is found by the Call-ID that the client tells', { skip }, async (t) => {
  const callId = '<callid>rec@ex</callid>'
  const { server, capture, port } = await startServer(t)
  const { code, log } = await runClient(t, {
    port: port('udp'),
    scenario: scenario(
      send('INVITE', `CSeq: 1 INVITE\n${REQUIRE}${body([section('1', 6000)], callId)}`, 'first'),
      receive(200),
      send('ACK', 'CSeq: 1 ACK'),
      send('BYE', 'CSeq: 2 BYE'),
      receive(200),
    ),
  })
  assert.equal(code, 0, log)
  const siprecPorts = [port('udp')]
  await server.stop()

  const { office, all, take, dataFolder, finder } = await startOffice(t, { siprecPorts })
  const path = join(dataFolder, 'session.pcapng')
  // The recorded call itself came in from elsewhere: here, the session once more as a plain call.
  const other = Buffer.from(
    capture()
      .toString('latin1')
      .replaceAll(/Call-ID: \S+@127\.0\.0\.1\r/g, (line) =>
        `Call-ID: rec@ex`.padEnd(line.length - 1).concat('\r'),
      ),
    'latin1',
  )
  writeFileSync(path, other)
  await office.recorder.idle()
  await take(path)
  const [call] = await finder.legsByCallId('rec@ex')
  assert.ok(call !== undefined)
  writeFileSync(path, capture())
  await take(path)
  const recording = (await all()).find(({ legKeys }) => legKeys.length === 2)
  assert.equal(recording?.callKey, call.callKey)
  assert.ok(recording?.callIds.includes('rec@ex'))
})
