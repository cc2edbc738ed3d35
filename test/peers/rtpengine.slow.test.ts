// rtpengine with --homer: the RTCP that it relays arrives as reports on the streams of the call.
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { StoreFinder } from '../../src/query/store-finder.ts'
import { aMoment, startLive } from '../../src/line/live.fixture.ts'
import { withStore } from '../../src/line/store.fixture.ts'
import { freePort, needPrograms } from './programs.ts'
import { startRtpengine } from './rtpengine.ts'

const CALL_ID = 'rtpengine-call@example.com'
const CALLER_SSRC = 0x0a0a0a0a
const CALLEE_SSRC = 0x0b0b0b0b

/** A socket for RTCP on loopback. */
async function openSocket(t: TestContext): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { socket, port: socket.address().port }
}

function description(port: number, rtcpPort: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
  const media = [`m=audio ${port} RTP/AVP 0`, `a=rtcp:${rtcpPort}`, 'a=sendrecv']
  return `${[...lines, ...media].join('\r\n')}\r\n`
}

/** The port for RTCP that a description of rtpengine names. */
function rtcpPortOf(sdp: string | undefined): number {
  const [, named] = /a=rtcp:(\d+)/.exec(sdp ?? '') ?? []
  const [, media] = /m=audio (\d+)/.exec(sdp ?? '') ?? []
  return named === undefined ? Number(media) + 1 : Number(named)
}

/** A sender report of one side with a block about the other: half lost, jitter 80. */
function senderReport(ssrc: number, about: number): Buffer {
  const bytes = Buffer.alloc(52)
  bytes.writeUInt32BE(0x81c8000c, 0)
  bytes.writeUInt32BE(ssrc, 4)
  bytes.writeUInt32BE(100, 20)
  bytes.writeUInt32BE(16_000, 24)
  bytes.writeUInt32BE(about, 28)
  bytes.writeUInt32BE(0x80000032, 32)
  bytes.writeUInt32BE(80, 40)
  return bytes
}

test('rtpengine --homer: RTCP comes as reports on the streams of its call', async (t) => {
  const paths = needPrograms(t, 'rtpengine')
  if (paths === undefined) return
  const [rtpengine = ''] = paths
  const server = await startLive(t)
  const homer = [`--homer=127.0.0.1:${server.port('udp')}`, '--homer-protocol=udp', '--homer-id=77']
  const ask = await startRtpengine(t, rtpengine, homer)
  const [caller, callee] = [await openSocket(t), await openSocket(t)]
  const call = { 'call-id': CALL_ID, 'from-tag': 'a' }
  const sdp = description(await freePort(), caller.port)
  const offer = await ask({ command: 'offer', ...call, sdp })
  const answerSdp = description(await freePort(), callee.port)
  const answer = await ask({ command: 'answer', ...call, 'to-tag': 'b', sdp: answerSdp })
  // Each side sends to the port that rtpengine named to it.
  const ends = [
    {
      ...caller,
      to: rtcpPortOf(answer.get('sdp')),
      report: senderReport(CALLER_SSRC, CALLEE_SSRC),
    },
    { ...callee, to: rtcpPortOf(offer.get('sdp')), report: senderReport(CALLEE_SSRC, CALLER_SSRC) },
  ]
  while ((server.writer.liveState?.frames ?? 0) < 4) {
    for (const { socket, to, report } of ends) socket.send(report, to, '127.0.0.1')
    await aMoment()
  }
  const { arrivals } = await server.until(({ frames }) => frames >= 4)
  assert.deepEqual(
    arrivals.map(({ agentId }) => agentId),
    [77],
  )
  await server.close()
  const streams = await withStore(server.folder, 'read', async (store) => {
    const page = { limit: 10, order: 'oldest' } as const
    return (await new StoreFinder(store).findStreams({}, page)).rows
  })
  for (const ssrc of [CALLER_SSRC, CALLEE_SSRC]) {
    const stream = streams.find((one) => one.ssrc === ssrc)
    assert.equal(stream?.callId, CALL_ID)
    const report = stream.reports.find(({ side }) => side === 'receiver')
    assert.equal(report?.source, 'hep-rtcp')
    assert.equal(report.lossRatio, 0.5)
  }
})
