// The whole server with a real recording client: sipp forks two streams to it, live, and a stereo
// recording comes out.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../test/peers/programs.ts'
import { channelOf, makeFolder, tone, toneShare } from '../recorder/office.fixture.ts'
import {
  body,
  hasProgram,
  participant,
  giveWord,
  receive,
  runClient,
  scenario,
  section,
  send,
  sendMedia,
  waitForWord,
} from '../siprec/siprec.fixture.ts'
import { recordingIn, sessionText, soundOf, startServer } from './siprec-serve.fixture.ts'

const skip = hasProgram('sipp', '-v') ? false : 'sipp is not installed'

test('a client that forks its media live gets a stereo recording', { skip }, async (t) => {
  const data = join(makeFolder(t), 'data')
  const port = await freePort()
  await startServer(t, ['--data', data, '--siprec', String(port)])
  const two = body(
    [section('1', 6000), section('2', 6002)],
    participant('bob', 'Bob', '1') + participant('paul', 'Paul', '2'),
  )
  const client = runClient(t, {
    port,
    scenario: scenario(
      send('INVITE', `CSeq: 1 INVITE\nRequire: siprec\n${two}`, 'first'),
      receive(200),
      send('ACK', 'CSeq: 1 ACK'),
      waitForWord,
      send('BYE', 'CSeq: 2 BYE'),
      receive(200),
    ),
  })
  const running = await recordingIn(data, ['recording'], client)
  const session = await sessionText(data, running.callIds[0] ?? '')
  const answer = session.slice(session.indexOf('o=earshot'))
  const ports = [...answer.matchAll(/^m=audio (\d+) /gm)].map(([, one]) => Number(one))
  await sendMedia(
    ports.map((one, i) => ({ port: one, ssrc: i + 1, payload: tone(i === 0 ? 440 : 1_000, 1.5) })),
  )
  await giveWord(session)
  const { code, log } = await client
  assert.equal(code, 0, log)
  const recording = await recordingIn(data, ['completed', 'absent', 'failed'])
  assert.equal(recording.state, 'completed', recording.failure ?? '')
  const wav = soundOf(data, recording)
  const span = { from: 0.1, to: 1.4 }
  assert.ok(toneShare(channelOf(wav, 0), 440, 8_000, span) > 0.98)
  assert.ok(toneShare(channelOf(wav, 1), 1_000, 8_000, span) > 0.98)
})
