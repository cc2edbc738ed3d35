// The live line over a store that takes everything at once, at times that the test gives: what
// arrived must be handed on though nothing more comes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from '../base/byte-reader.ts'
import type { MediaNotice } from '../calls/sdp-backlog.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import { unpackStream } from '../calls/stream-record-codec.ts'
import { METHOD_INVITE } from '../sip/method.ts'
import { rtpPacket } from '../audio/captured-rtp.fixture.ts'
import { UdpFrameWriter } from '../source/udp-frame.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import { LiveLine } from './live-line.ts'
import type { LiveMessage } from './live-messages.ts'
import { joinSettings } from './store.fixture.ts'

const START_US = Date.UTC(2026, 10, 2, 8) * 1000
const HERE = Uint8Array.of(127, 0, 0, 1)
const TICK_MS = 100
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A line, what it asked for, and the streams that it has handed on by then. */
function startLine() {
  const posted: LiveMessage[] = []
  const begun: [line: number, tUs: number][] = []
  const streams: StreamRecord[] = []
  let checkpoints = 0
  const line = new LiveLine({
    settings: joinSettings,
    numbers: BlockNumbers.from(1),
    post: (message) => void posted.push(message),
    nowUs: START_US,
  })
  const frames = new UdpFrameWriter('test')
  return {
    line,
    begun,
    streams,
    checkpoints: () => checkpoints,
    /** A packet of sound, `ms` after the start. */
    packet: (ms: number, sequenceNumber: number) => {
      const parts = { payloadType: 0, timestamp: sequenceNumber * 160, ssrc: 7 }
      const payload = rtpPacket({ ...parts, sequenceNumber, payload: Buffer.alloc(160, 0xd5) })
      const ends = { src: HERE, srcPort: 4_000, dst: HERE, dstPort: 5_000 }
      const frame = frames.write({ tUs: START_US + ms * 1000, ...ends, payload })
      assert.ok(frame !== undefined)
      line.push(frame)
    },
    /** Ticks up to `toMs`, with a store that is never behind. */
    pass: (fromMs: number, toMs: number) => {
      for (let ms = fromMs; ms <= toMs; ms += TICK_MS) {
        const nowUs = START_US + ms * 1000
        line.tick(nowUs)
        for (const one of posted.splice(0)) {
          if (one.kind === 'begun') begun.push([one.line, one.tUs])
          if (one.kind !== 'line') continue
          const { message } = one
          if (message.kind === 'streams') streams.push(...unpacked(message.packed))
          const isCheckpoint = message.kind === 'checkpoint'
          if (isCheckpoint) checkpoints++
          const memory = message.kind === 'block' ? message.block.bytes : undefined
          const told = { isCheckpoint, isLost: false, line: one.line, memory }
          line.stored({ kind: 'stored', ...told }, nowUs)
        }
      }
    },
  }
}

function* unpacked(packed: Uint8Array): Generator<StreamRecord> {
  const reader = new ByteReader(packed)
  while (!reader.isAtEnd) yield unpackStream(reader).record
}

test('a stream is stored soon after its end wherever the flushes fall', () => {
  // Streams are stored every five seconds, but for those that began within the last five.
  for (let beginMs = 1_000; beginMs <= 7_000; beginMs += 100) {
    const { packet, pass, streams } = startLine()
    pass(0, beginMs)
    for (let i = 0; i < 75; i++) {
      packet(beginMs + i * 20, i)
      if (i % 5 === 4) pass(beginMs + (i - 4) * 20, beginMs + i * 20)
    }
    pass(beginMs + 1_600, beginMs + 12_000)
    assert.ok(streams.length > 0, `begun after ${beginMs} ms, not stored 10 s after its end`)
  }
})

test('a line that has told everything falls silent', () => {
  const { packet, pass, checkpoints } = startLine()
  pass(0, 5_000)
  for (let i = 0; i < 75; i++) packet(5_000 + i * 20, i)
  pass(6_500, 60_000)
  const told = checkpoints()
  pass(60_100, 300_000)
  assert.equal(checkpoints(), told)
})

test('each line asks what was said before it, and takes the answer for no other line', () => {
  const { line, begun, packet, pass, streams } = startLine()
  pass(0, 200)
  pass(DAY_MS, DAY_MS + 200)
  assert.deepEqual(begun, [
    [1, START_US],
    [2, START_US + DAY_MS * 1000],
  ])
  line.describe({ kind: 'earlier', line: 1, notices: [noticeOf('yesterday')] })
  line.describe({ kind: 'earlier', line: 2, notices: [noticeOf('goes on')] })
  for (let i = 0; i < 20; i++) packet(DAY_MS + 300 + i * 20, i)
  line.finish()
  pass(DAY_MS + 800, DAY_MS + 900)
  assert.deepEqual(
    streams.map(({ callId, sender }) => [callId, sender]),
    [['goes on', 'callee']],
  )
})

/** An offer of sound, as a thread gets it from another one. */
function noticeOf(callId: string): MediaNotice {
  const lines = ['v=0', 'o=- 1 1 IN IP4 x', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
  const sdp = Buffer.from([...lines, 'm=audio 5000 RTP/AVP 8', ''].join('\r\n'))
  const kind = { isRequest: true, status: 0, cseq: 1, cseqMethod: METHOD_INVITE }
  const notice = { tUs: START_US, ref: 1, callId, ...kind, fromTag: 1, toTag: 0, sdp }
  return structuredClone(notice)
}

test('a clock that is set back holds nothing back', () => {
  const { packet, pass, checkpoints } = startLine()
  pass(0, 5_000)
  const told = checkpoints()
  packet(5_050, 0)
  pass(5_000 - HOUR_MS, 8_000 - HOUR_MS)
  assert.ok(checkpoints() > told)
})
