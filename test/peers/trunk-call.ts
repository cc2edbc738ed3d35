// A call over a trunk, for tests: two ends that speak one codec, rtpengine at either side of the
// trunk that turns it into another, and what tcpdump saw of the trunk. Gives the capture, and what
// rtpengine itself made of the packets for each end. The call's messages are datagrams of ours.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ffmpeg, floatsOf, pcmOf, rawInput } from '../../src/audio/ffmpeg.fixture.ts'
import { rtpOfCapture, rtpPacket } from '../../src/audio/captured-rtp.fixture.ts'
import { packetParts, payloadOf } from '../../src/rtp/packet-parts.ts'
import type { AskNg } from './ng-client.ts'
import { startSniffer } from './sniffer.ts'

/** Ports that rtpengine is told to take, so that the sniffer knows the trunk. */
export const TRUNK_PORTS = { first: 31_000, last: 31_199 }

const PACKET_MS = 20
/** What rtpengine holds back is out by then. */
const AFTER_MS = 300

/** What the ends speak: 8 bits a sample of 8 kHz in both, for G.722 is of 16 kHz in halves. */
export interface EndCodec {
  readonly payloadType: number
  readonly map: string
  readonly rateHz: number
  /** As ffmpeg names its format. */
  readonly format: 'mulaw' | 'g722'
}

export const MU_LAW: EndCodec = {
  payloadType: 0,
  map: 'PCMU/8000',
  rateHz: 8_000,
  format: 'mulaw',
}
export const WIDE: EndCodec = { payloadType: 9, map: 'G722/8000', rateHz: 16_000, format: 'g722' }

export interface TrunkWishes {
  readonly ask: AskNg
  readonly folder: string
  readonly callId: string
  /** As rtpengine writes a codec: `G729`. */
  readonly trunkCodec: string
  readonly ends: EndCodec
  /** Samples of the ends' rate. */
  readonly caller: Float32Array
  readonly callee: Float32Array
}

export interface TrunkCall {
  readonly capture: Buffer
  /** What each side said, as the other end heard it from rtpengine. */
  readonly caller: Float32Array
  readonly callee: Float32Array
}

/** Calls that are made before one is taken as it is. */
const TRIES_MAX = 3
/** A sender that falls silent for so long begins anew where the machine was too busy for it. */
const SILENCE_US_MAX = 200_000

/** Makes the call, in the time that it takes; again, where the machine was too busy to send. */
export async function trunkCall(wishes: TrunkWishes): Promise<TrunkCall> {
  for (let number = 1; ; number++) {
    const call = await oneCall({ ...wishes, callId: `${wishes.callId}-${number}` })
    if (number === TRIES_MAX || !hasSilence(call.capture)) return call
  }
}

const hasSilence = (capture: Buffer): boolean =>
  rtpOfCapture(capture).some(({ packets }) =>
    packets.some(({ tUs }, i) => i > 0 && tUs - (packets[i - 1]?.tUs ?? 0) > SILENCE_US_MAX),
  )

async function oneCall(wishes: TrunkWishes): Promise<TrunkCall> {
  const { ask, callId, trunkCodec, ends } = wishes
  const sockets = [await openSocket(), await openSocket(), await openSocket(), await openSocket()]
  const [a, b, sipA, sipB] = sockets as [Socket, Socket, Socket, Socket]
  const { first, last } = TRUNK_PORTS
  const trunk = `src portrange ${first}-${last} and dst portrange ${first}-${last}`
  const filter = `udp and ((${trunk}) or port ${portOf(sipA)})`
  const sniffer = await startSniffer(join(wishes.folder, 'trunk.pcap'), filter)
  let capture: Buffer = Buffer.alloc(0)
  try {
    const near = { 'call-id': `${callId}-near`, 'from-tag': 'a', 'to-tag': 'b' }
    const far = { 'call-id': `${callId}-far`, 'from-tag': 'a', 'to-tag': 'b' }
    const endMap = ends.map.split('/')[0] ?? ''
    const onTrunk = { mask: ['all'], transcode: [trunkCodec] }
    const offerA = sdpOf(a, ends)
    const offer = await offered(ask, near, offerA, onTrunk)
    const offerB = await offered(ask, far, offer, { mask: ['all'], transcode: [endMap] })
    const answer = await answered(ask, far, sdpOf(b, ends))
    const answerA = await answered(ask, near, answer)
    const say = (from: Socket, to: Socket, text: string) => send(from, text, portOf(to))
    const dialog = messagesOf(callId, portOf(sipA), portOf(sipB))
    await say(sipA, sipB, dialog.request('INVITE', 1, offer))
    await say(sipB, sipA, dialog.ok('INVITE', 1, answer))
    await say(sipA, sipB, dialog.request('ACK', 1))
    const [fromA, fromB] = [encoded(ends, wishes.caller), encoded(ends, wishes.callee)]
    const heard = { caller: hearing(b, ends), callee: hearing(a, ends) }
    await Promise.all([
      speak(a, mediaPort(answerA), ends, fromA),
      speak(b, mediaPort(offerB), ends, fromB),
    ])
    await sleep(AFTER_MS)
    await say(sipA, sipB, dialog.request('BYE', 2))
    await say(sipB, sipA, dialog.ok('BYE', 2))
    await ask({ command: 'delete', ...near })
    await ask({ command: 'delete', ...far })
    await sleep(PACKET_MS)
    capture = await sniffer.stop()
    return { capture, caller: heard.caller(), callee: heard.callee() }
  } finally {
    if (capture.length === 0) await sniffer.stop()
    for (const socket of sockets) socket.close()
  }
}

type Call = Readonly<Record<'call-id' | 'from-tag' | 'to-tag', string>>

async function offered(
  ask: AskNg,
  { 'call-id': callId, 'from-tag': fromTag }: Call,
  sdp: string,
  codec: { readonly mask: string[]; readonly transcode: string[] },
): Promise<string> {
  const question = { command: 'offer', 'call-id': callId, 'from-tag': fromTag, sdp, codec }
  return sdpIn(await ask(question))
}

async function answered(ask: AskNg, call: Call, sdp: string): Promise<string> {
  return sdpIn(await ask({ command: 'answer', ...call, sdp }))
}

function sdpIn(answer: Map<string, string>): string {
  const sdp = answer.get('sdp')
  if (sdp === undefined) throw new Error(`rtpengine says ${[...answer].join(' ')}`)
  return sdp
}

function sdpOf(socket: Socket, { payloadType, map }: EndCodec): string {
  const session = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
  const media = [`m=audio ${portOf(socket)} RTP/AVP ${payloadType}`]
  return [...session, ...media, `a=rtpmap:${payloadType} ${map}`, 'a=ptime:20', ''].join('\r\n')
}

const mediaPort = (sdp: string): number => Number(/m=audio (\d+)/.exec(sdp)?.[1])

function messagesOf(callId: string, portA: number, portB: number) {
  const head = (cseq: string, hasToTag: boolean) => [
    `Via: SIP/2.0/UDP 127.0.0.1:${portA};branch=z9hG4bK-${callId}-${cseq.replace(' ', '-')}`,
    'Max-Forwards: 70',
    'From: <sip:alice@near.test>;tag=a',
    `To: <sip:bob@far.test>${hasToTag ? ';tag=b' : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
  ]
  const whole = (lines: readonly string[], body: string) =>
    [
      ...lines,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
  return {
    request: (method: string, number: number, body = '') =>
      whole(
        [
          `${method} sip:bob@127.0.0.1:${portB} SIP/2.0`,
          ...head(`${number} ${method}`, method !== 'INVITE'),
          `Contact: <sip:alice@127.0.0.1:${portA}>`,
        ],
        body,
      ),
    ok: (method: string, number: number, body = '') =>
      whole(
        [
          'SIP/2.0 200 OK',
          ...head(`${number} ${method}`, true),
          `Contact: <sip:bob@127.0.0.1:${portB}>`,
        ],
        body,
      ),
  }
}

const encoded = ({ rateHz, format }: EndCodec, samples: Float32Array): Buffer =>
  ffmpeg(pcmOf(samples), ...rawInput(rateHz), '-f', format)

/** Sends sound as a phone does, a packet every 20 ms. */
async function speak(socket: Socket, port: number, ends: EndCodec, bytes: Buffer): Promise<void> {
  const startMs = performance.now()
  for (let i = 0; (i + 1) * 160 <= bytes.length; i++) {
    const payload = bytes.subarray(i * 160, (i + 1) * 160)
    const { payloadType } = ends
    const place = { sequenceNumber: i, timestamp: i * 160, ssrc: port }
    await send(socket, rtpPacket({ payloadType, ...place, payload }), port)
    await sleep(Math.max(0, startMs + (i + 1) * PACKET_MS - performance.now()))
  }
}

/** Gathers the packets that arrive; asked, gives their sound, each packet at its timestamp. */
function hearing(socket: Socket, ends: EndCodec): () => Float32Array {
  const packets: { timestamp: number; payload: Uint8Array }[] = []
  socket.on('message', (message) => {
    const bytes = Uint8Array.from(message)
    const parts = packetParts(bytes)
    if (parts?.payloadType !== ends.payloadType) return
    packets.push({ timestamp: parts.timestamp, payload: payloadOf(bytes, parts) })
  })
  return () => {
    const start = packets[0]?.timestamp ?? 0
    const placed = packets.map(({ timestamp, payload }) => ({ at: timestamp - start, payload }))
    const bytes = Buffer.alloc(Math.max(...placed.map(({ at, payload }) => at + payload.length)))
    bytes.fill(0xff)
    for (const { at, payload } of placed) bytes.set(payload, at)
    const options = ends.format === 'mulaw' ? ['-ar', '8000', '-ac', '1'] : []
    return floatsOf(ffmpeg(bytes, '-f', ends.format, ...options, '-i', '-', '-f', 's16le'))
  }
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

const portOf = (socket: Socket): number => socket.address().port

function send(socket: Socket, bytes: string | Uint8Array, port: number): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(bytes, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error))),
  )
}
