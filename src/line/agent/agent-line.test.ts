// What an agent sends tells a server the same as the frames themselves: the messages, and every
// figure of every stream, though no RTP was sent.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from '../../base/byte-reader.ts'
import { readPassedStream, writePassedStream } from '../../calls/passed-stream.ts'
import { unpackStream } from '../../calls/stream-record-codec.ts'
import type { StreamRecord } from '../../calls/stream-record.ts'
import { HepPacket } from '../../decode/hep/hep-packet.ts'
import { readCaptureFile } from '../../source/capture-file.ts'
import { HEP_FRAME_BYTES_MAX, HepFrames, hepInterface } from '../../source/hep/hep-peer.ts'
import { MessageLine } from '../message-line.ts'
import { joinSettings } from '../store.fixture.ts'
import { AgentLine } from './agent-line.ts'

const captures = join(import.meta.dirname, '../../../test/captures')
const WITH_MEDIA = ['gen__sipp-ipv6-g711-nano.pcap', 'sipnab__register-invite-reinvite-bye.pcap']

interface Seen {
  readonly messages: number
  readonly streams: StreamRecord[]
}

function seenBy(line: MessageLine): Seen {
  line.finish()
  const reader = new ByteReader(line.takeStreams())
  const streams: StreamRecord[] = []
  while (!reader.isAtEnd) streams.push(unpackStream(reader).record)
  return { messages: line.messages, streams: streams.sort((a, b) => a.ssrc - b.ssrc) }
}

async function seenDirectly(path: string): Promise<Seen> {
  const line = new MessageLine(joinSettings)
  let ref = 1
  await readCaptureFile(path, {
    emit: (frame) => {
      frame.ref = ref++
      line.push(frame)
    },
  })
  return seenBy(line)
}

async function packetsOf(path: string): Promise<{ packet: Buffer; tUs: number }[]> {
  const packets: { packet: Buffer; tUs: number }[] = []
  let tUs = 0
  const agent = new AgentLine({
    run: Buffer.alloc(8, 1),
    agentId: 7,
    node: 'test',
    dropped: () => 3,
    emit: (packet) => packets.push({ packet, tUs }),
  })
  await readCaptureFile(path, {
    emit: (frame) => {
      tUs = frame.tUs
      agent.push(frame)
    },
  })
  agent.finish()
  return packets
}

/** As the server takes them: each at the time at which it came. */
function seenThroughAgent(packets: readonly { packet: Buffer; tUs: number }[]): Seen {
  const line = new MessageLine(joinSettings)
  const peer = { transport: 'tcp', address: '192.0.2.1' } as const
  const frames = new HepFrames(hepInterface('tcp'), peer, 40_000)
  const memory = Buffer.alloc(HEP_FRAME_BYTES_MAX)
  for (const [i, { packet, tUs }] of packets.entries()) {
    const frame = frames.frame(memory, packet, 0, packet.length, tUs)
    frame.ref = i + 1
    line.push(frame)
  }
  return seenBy(line)
}

/** Everything but where it lies and what is known later: reports sum up to the same figures. */
function figuresOf({ firstRef, lastRef, blocks, ...record }: StreamRecord): object {
  assert.ok(firstRef <= lastRef && blocks.length >= 0)
  return record
}

for (const name of WITH_MEDIA) {
  test(`AgentLine: ${name} gives the server the figures that its frames would`, async () => {
    const path = join(captures, name)
    const direct = await seenDirectly(path)
    const passed = seenThroughAgent(await packetsOf(path))
    assert.equal(passed.messages, direct.messages)
    assert.ok(direct.streams.length > 0)
    assert.deepEqual(passed.streams.map(figuresOf), direct.streams.map(figuresOf))
  })
}

test('AgentLine: numbers its packets from 0 and tells what was dropped', async () => {
  const packets = await packetsOf(join(captures, 'gen__sipp-ipv6-g711-nano.pcap'))
  const reader = new HepPacket()
  for (const [i, { packet }] of packets.entries()) {
    assert.ok(reader.read(packet, 0, packet.length, 0))
    assert.deepEqual([reader.sequence, reader.dropped, reader.run], [i, 3, '01'.repeat(8)])
    assert.equal(reader.text(reader.nodeStart, reader.nodeEnd), 'test')
  }
})

test('readPassedStream: reads what was written, and nothing cut or far off', async () => {
  const [record] = (await seenDirectly(join(captures, 'gen__sipp-ipv6-g711-nano.pcap'))).streams
  assert.ok(record !== undefined)
  const bytes = writePassedStream(record)
  const read = (end: number, tUs = record.endUs) => readPassedStream(bytes, 0, end, tUs)
  const passed = { ...record, firstRef: 0, lastRef: 0, blocks: [] }
  assert.deepEqual(read(bytes.length), passed)
  // An agent of an older version ends before it says who wanted sound.
  const olderEnd = writePassedStream({ ...record, talk: null }).length - 1
  assert.deepEqual(read(olderEnd), { ...passed, talk: null })
  for (let end = 5; end < bytes.length; end++) {
    if (end !== olderEnd) assert.equal(read(end), undefined)
  }
  assert.equal(read(bytes.length, record.endUs + 1e13), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      readPassedStream(Buffer.concat([bytes.subarray(0, 5), noise]), 0, noise.length + 5, 0)
    }),
    { seed: 9 },
  )
})
