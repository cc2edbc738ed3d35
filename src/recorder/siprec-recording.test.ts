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
import { channelOf, startOffice, tone, toneShare } from './office.fixture.ts'

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
