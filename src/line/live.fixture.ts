// For tests of live traffic: the storing and capture threads of a server over a folder of their
// own, what sends to them, and what they came to. Waits for what must come, never for a time.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { PROTOCOL_SIP } from '../decode/hep/hep-chunks.ts'
import { type HepFacts, writeHep3 } from '../decode/hep/hep-writer.ts'
import { systemClock } from '../base/clock.ts'
import type { Arrival, LiveState } from './arrival.ts'
import type { HepOrders } from './hep-source.ts'
import type { SourceOrders } from './live-sources.ts'
import { joinSettings, makeFolder, type Picture, pictureOf } from './store.fixture.ts'
import { WriterThread } from './writer-thread.ts'

export interface LiveServer {
  readonly folder: string
  readonly writer: WriterThread
  readonly state: LiveState
  /** The port of a listener. */
  readonly port: (transport: 'udp' | 'tcp' | 'tls') => number
  /** Waits until the live line says so. */
  readonly until: (isSo: (state: LiveState) => boolean) => Promise<LiveState>
  /** Waits until so many messages are found by a reader, and tells all. */
  readonly found: (messages: number) => Promise<Picture>
  readonly close: () => Promise<void>
}

/** HEP on free ports of loopback. */
export const hepOrders: HepOrders = {
  kind: 'hep',
  host: '127.0.0.1',
  port: undefined,
  authKey: '',
}

export async function startLive(
  t: Pick<TestContext, 'after'>,
  sources: readonly SourceOrders[] = [hepOrders],
  folder = makeFolder(t),
): Promise<LiveServer> {
  const writer = new WriterThread(folder, joinSettings, (failure) => assert.fail(failure))
  let isClosed = false
  const close = async (): Promise<void> => {
    if (isClosed) return
    isClosed = true
    await writer.close()
  }
  t.after(close)
  await writer.ready()
  const state = await writer.startLive(sources)
  const until = async (isSo: (state: LiveState) => boolean): Promise<LiveState> => {
    for (;;) {
      const now = writer.liveState
      if (now !== undefined && isSo(now)) return now
      await aMoment()
    }
  }
  return {
    folder,
    writer,
    state,
    until,
    close,
    port: (transport) => {
      const intake = state.intakes.find((one) => one.transport === transport)
      assert.ok(intake?.isOpen, `${transport}: ${intake?.reason}`)
      return Number(intake.place.split(':').at(-1))
    },
    found: async (messages) => {
      for (;;) {
        const { messages: seen } = await pictureOf(folder)
        // Legs are read before messages: what came between them is in the next picture.
        if (seen.length >= messages) return pictureOf(folder)
        await aMoment()
      }
    },
  }
}

export function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}

export const onlyArrival = ({ arrivals }: LiveState): Arrival => {
  const [only, ...others] = arrivals
  assert.ok(only !== undefined && others.length === 0, `${arrivals.length} senders`)
  return only
}

/** An OPTIONS request; each Call-ID is a message of its own. */
export function options(callId: string): Buffer {
  const lines = [
    'OPTIONS sip:bob@example.com SIP/2.0',
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${callId}`,
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.com>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** A HEPv3 packet with this payload, captured now between two hosts. */
export function hepPacket(payload: Buffer, facts: Partial<HepFacts> = {}): Buffer {
  const packet = writeHep3(
    {
      ipProtocol: 17,
      src: Uint8Array.of(192, 0, 2, 1),
      dst: Uint8Array.of(198, 51, 100, 2),
      srcPort: 5060,
      dstPort: 5061,
      tUs: systemClock.nowUs(),
      protocolType: PROTOCOL_SIP,
      agentId: 7,
      ...facts,
    },
    payload,
  )
  assert.ok(packet !== undefined)
  return packet
}

export async function sendDatagrams(port: number, ...packets: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4')
  for (const packet of packets) {
    await new Promise((resolve) => socket.send(packet, port, '127.0.0.1', resolve))
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()))
}

/** A connection that is gone after the test. */
export async function openConnection(t: Pick<TestContext, 'after'>, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** A certificate of our own for localhost; undefined where openssl is missing. */
export function makeCertificate(
  folder: string,
): { certificateFile: string; keyFile: string } | undefined {
  const certificateFile = join(folder, 'certificate.pem')
  const keyFile = join(folder, 'key.pem')
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const names = ['-nodes', '-days', '2', '-subj', '/CN=localhost']
  try {
    execFileSync('openssl', [...request, ...names, '-out', certificateFile, '-keyout', keyFile], {
      stdio: 'ignore',
    })
    return { certificateFile, keyFile }
  } catch {
    return undefined
  }
}
