// WebSockets whose messages never end, of one connection and of many: what they hold is bounded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../base/limits.ts'
import { StreamOpener } from './stream-opener.ts'

const SWITCHING = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n')
/** A text frame of 5,000 bytes, of which these are the first. */
const HALF = Buffer.concat([Buffer.from([0x81, 126, 0x13, 0x88]), Buffer.alloc(4_000, 'x')])
const WHOLE = Buffer.concat([Buffer.from([0x81, 4]), Buffer.from('1234')])

function newOpener(webSocketPendingBytesMax: number) {
  const messages: string[] = []
  const opener = new StreamOpener({
    limits: { ...limits, webSocketPendingBytesMax },
    sink: {
      streamChunk: () => {},
      datagram: ({ bytes, start, end }) => messages.push(bytes.toString('latin1', start, end)),
    },
  })
  const push = (streamId: number, bytes: Buffer, isEnd = false): void => {
    const place = {
      start: 0,
      end: bytes.length,
      piece: { ref: 1, offset: 0, length: bytes.length },
    }
    const flags = { isAfterGap: false, isMidstream: false, isEnd }
    const ends = { src: 1, srcPort: streamId, dst: 2, dstPort: 5062 }
    opener.push({ ...ends, ...place, ...flags, tUs: streamId, streamId, bytes })
  }
  return { opener, messages, push }
}

test('StreamOpener: halves of messages of many WebSockets are bounded, the newest stay', () => {
  const { opener, messages, push } = newOpener(100_000)
  for (let i = 1; i <= 50; i++) {
    push(i, SWITCHING)
    push(i, HALF)
    assert.ok(opener.stats().layerBytes <= 100_000)
  }
  assert.ok(opener.stats().layerBytes > 50_000)
  assert.ok((opener.problems().get('decode.websocket.turned-away') ?? 0) > 30)
  push(50, Buffer.alloc(1_000, 'y'))
  assert.equal(messages.pop()?.length, 5_000)
  // Of one that was given up the next frame is read again.
  push(1, WHOLE)
  assert.deepEqual(messages, ['1234'])
})

test('StreamOpener: heads that never end are bounded too', () => {
  const { opener, push } = newOpener(100_000)
  for (let i = 1; i <= 50; i++) {
    push(i, Buffer.from(`GET / HTTP/1.1\r\nX: ${'x'.repeat(8_000)}`))
    assert.ok(opener.stats().layerBytes <= 100_000)
  }
})

test('StreamOpener: what is held goes with its stream', () => {
  const { opener, push } = newOpener(100_000)
  push(1, SWITCHING)
  push(1, HALF)
  push(2, SWITCHING)
  push(2, HALF, true)
  const one = opener.stats().layerBytes
  assert.ok(one >= HALF.length && one < 4 * HALF.length)
  push(1, Buffer.alloc(0), true)
  assert.equal(opener.stats().layerBytes, 0)
})

test('StreamOpener: a message in frames without bytes costs nothing, however many', () => {
  const { opener, messages, push } = newOpener(100_000)
  push(1, SWITCHING)
  push(1, Buffer.from([1, 1, 0x61]))
  const empty = Buffer.alloc(2_000)
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 1_000; i++) push(1, empty)
  assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024)
  assert.ok(opener.stats().layerBytes < 10_000)
  push(1, Buffer.from([0x80, 1, 0x62]))
  assert.deepEqual(messages, ['ab'])
})
