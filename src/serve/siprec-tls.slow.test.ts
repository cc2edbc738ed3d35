// Recording sessions over TLS by a real proxy: sipp speaks UDP or TCP to Kamailio, Kamailio TLS to
// the server, and the media go straight. What comes out is whole, in stereo, and ends both ways.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { freePort } from '../../test/peers/programs.ts'
import { startTlsProxy, whyNoTlsProxy } from '../../test/peers/tls-proxy.ts'
import { makeCertificate } from '../line/live.fixture.ts'
import { channelOf, makeFolder, tone, toneShare } from '../recorder/office.fixture.ts'
import {
  agree,
  body,
  type ClientEnd,
  hasProgram,
  participant,
  pause,
  receive,
  receivePorts,
  runClient,
  scenario,
  section,
  send,
  sendMedia,
  until,
} from '../siprec/siprec.fixture.ts'
import { recordingIn, sessionText, soundOf, startServer } from './siprec-serve.fixture.ts'

const skip = hasProgram('sipp', '-v') ? whyNoTlsProxy() : 'sipp is not installed'
const bob = participant('bob', 'Bob', '1')
const paul = participant('paul', 'Paul', '2')
const sections = (direction = 'sendonly') => [section('1', 6000), section('2', 6002, direction)]
const trying = receive(100, 'optional="true"')
/** The answer, whose route is kept for what follows. */
const answered = `${trying}${receive(200, 'rrs="true"')}`
const invite = (cseq: number, what: string) =>
  send('INVITE', `CSeq: ${cseq} INVITE\nRequire: siprec\n${what}`, cseq === 1 ? 'first' : 'routed')
const routed = (method: string, cseq: number) => send(method, `CSeq: ${cseq} ${method}`, 'routed')

/** The server behind its proxy; clients send to `port`. */
async function startBoth(t: TestContext) {
  const folder = makeFolder(t)
  const data = join(folder, 'data')
  const files = makeCertificate(folder)
  assert.ok(files !== undefined, 'openssl is not installed')
  const [port, tlsPort, serverPort] = [await freePort(), await freePort(), await freePort()]
  const certificate = ['--tls-cert', files.certificateFile, '--tls-key', files.keyFile]
  const media = ['--siprec-media-ports', '23000-23999']
  const tls = ['--siprec-tls', String(serverPort), ...certificate, ...media]
  const { stop } = await startServer(t, ['--data', data, ...tls])
  await startTlsProxy(t, { folder, port, tlsPort, serverPort, ...files })
  return { data, port, stop, portsFile: join(folder, 'ports') }
}

/** Sends media to the ports that the client was answered with, as soon as it was. */
async function speak(
  portsFile: string,
  seconds: number,
  client: Promise<ClientEnd>,
): Promise<void> {
  const ports = await until(() => {
    const text = existsSync(portsFile) ? readFileSync(portsFile, 'latin1') : ''
    return text.endsWith('\n') ? text.trim().split(' ').map(Number) : undefined
  }, client)
  const payload = (i: number) => tone(i === 0 ? 440 : 1_000, seconds)
  await sendMedia(ports.map((port, i) => ({ port, ssrc: i + 1, payload: payload(i) })))
}

for (const transport of ['u1', 't1'] as const) {
  test(`${transport} to TLS: two participants end in a stereo recording`, { skip }, async (t) => {
    const { data, port, portsFile } = await startBoth(t)
    const client = runClient(t, {
      port,
      transport,
      scenario: scenario(
        invite(1, body(sections(), bob + paul)),
        trying,
        receivePorts(portsFile, 'rrs="true"'),
        routed('ACK', 1),
        pause(3_000),
        routed('BYE', 2),
        receive(200),
      ),
    })
    await speak(portsFile, 1.5, client)
    const { code, log } = await client
    assert.equal(code, 0, log)
    const recording = await recordingIn(data, ['completed', 'absent', 'failed'])
    assert.equal(recording.state, 'completed', recording.failure ?? '')
    assert.equal(recording.channels, 2)
    assert.deepEqual(recording.media[0]?.participants, [['bob'], ['paul']])
    assert.ok(Math.abs((recording.media[0]?.durationMs ?? 0) - 1_500) <= 40)
    const wav = soundOf(data, recording)
    const span = { from: 0.1, to: 1.4 }
    const shares = [440, 1_000].map((hz, i) => toneShare(channelOf(wav, i), hz, 8_000, span))
    const told = shares.map((share) => share.toFixed(4)).join(', ')
    t.diagnostic(`${recording.media[0]?.durationMs} ms; tones ${told}`)
    assert.ok(shares.every((share) => share > 0.98))
    // It came through the proxy, which stays on the way.
    const text = await sessionText(data, recording.callIds[0] ?? '')
    assert.match(text, /^Record-Route: <sip:127\.0\.0\.1:\d+;transport=tls/m)
    assert.match(text, /^Via: SIP\/2\.0\/TLS 127\.0\.0\.1/m)
    assert.match(text, /^BYE sip:127\.0\.0\.1:\d+;transport=tls SIP/m)
  })
}

test('TCP to TLS: a hold and a transfer are told in a whole recording', { skip }, async (t) => {
  const { data, port, portsFile } = await startBoth(t)
  const client = runClient(t, {
    port,
    transport: 't1',
    scenario: scenario(
      invite(1, body(sections(), bob + paul)),
      trying,
      receivePorts(portsFile, 'rrs="true"'),
      routed('ACK', 1),
      pause(1_000),
      invite(2, body(sections('inactive'))),
      answered,
      routed('ACK', 2),
      pause(500),
      invite(3, body(sections(), bob + participant('carol', 'Carol', '2'))),
      answered,
      routed('ACK', 3),
      pause(3_000),
      routed('BYE', 4),
      receive(200),
    ),
  })
  await speak(portsFile, 3, client)
  const { code, log } = await client
  assert.equal(code, 0, log)
  const recording = await recordingIn(data, ['completed', 'absent', 'failed'])
  assert.equal(recording.state, 'completed', recording.failure ?? '')
  const told = recording.events.map(({ kind, participantId }) => `${kind} ${participantId}`)
  for (const event of ['held paul', 'left paul', 'joined carol']) {
    assert.ok(told.includes(event), told.join(', '))
  }
  assert.deepEqual(recording.media[0]?.participants, [['bob'], ['paul', 'carol']])
  assert.ok(Math.abs((recording.media[0]?.durationMs ?? 0) - 3_000) <= 40)
  const wav = soundOf(data, recording)
  const span = { from: 0.1, to: 2.9 }
  assert.ok(toneShare(channelOf(wav, 0), 440, 8_000, span) > 0.98)
  assert.ok(toneShare(channelOf(wav, 1), 1_000, 8_000, span) > 0.98)
})

test('a refusal reaches the client, and a session is ended by the server through the proxy', {
  skip,
}, async (t) => {
  const { data, port, stop } = await startBoth(t)
  const video = 'm=video 6000 RTP/AVP 96\na=rtpmap:96 H264/90000\na=sendonly\na=label:1\n'
  const refused = await runClient(t, {
    port,
    scenario: scenario(
      invite(1, body([video], bob)),
      trying,
      receive(488),
      send('ACK', 'CSeq: 1 ACK'),
    ),
  })
  assert.equal(refused.code, 0, refused.log)
  const client = runClient(t, {
    port,
    scenario: scenario(
      invite(1, body(sections(), bob + paul)),
      answered,
      routed('ACK', 1),
      agree('BYE'),
    ),
  })
  await recordingIn(data, ['recording'], client)
  await stop()
  const { code, log } = await client
  assert.equal(code, 0, log)
})
