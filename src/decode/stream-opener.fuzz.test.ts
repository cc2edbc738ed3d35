// Streams bent in every way (bytes changed, cut, repeated, lost, noise of every beginning) never
// make the opener throw, and what it holds stays within its bounds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/limits.ts'
import { KeyLog } from '../source/key-log.ts'
import { StreamOpener } from './stream-opener.ts'
import { observeTls } from './tls/observed-tls.fixture.ts'

const MESSAGE = 'OPTIONS sip:a@b SIP/2.0\r\nCall-ID: x\r\nContent-Length: 0\r\n\r\n'
const BEGINNINGS = [
  '16030100',
  '17030300',
  '8100',
  'c17e0400',
  '82ff',
  '',
  '474554202f20',
  '48545450',
  Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex'),
  Buffer.from('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n').toString('hex'),
  Buffer.from('HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n').toString('hex'),
]

const chunk = fc.record({
  stream: fc.integer({ min: 1, max: 4 }),
  isAfterGap: fc.boolean(),
  isMidstream: fc.boolean(),
  isEnd: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 200 }),
  beginning: fc.constantFrom(...BEGINNINGS),
})

function pushTo(opener: StreamOpener, stream: number, bytes: Buffer, flags: object): void {
  const isForth = stream % 2 === 0
  opener.push({
    src: isForth ? 1 : 2,
    srcPort: 5061,
    dst: isForth ? 2 : 1,
    dstPort: 5061,
    tUs: 1,
    streamId: stream,
    bytes,
    start: 0,
    end: bytes.length,
    piece: { ref: 1, offset: 0, length: bytes.length },
    isAfterGap: false,
    isMidstream: false,
    isEnd: false,
    ...flags,
  })
}

function newOpener(secrets = new KeyLog()): StreamOpener {
  return new StreamOpener({ secrets, sink: { streamChunk: () => {}, datagram: () => {} } })
}

test('StreamOpener: takes noise of every beginning', () => {
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 30 }), (chunks) => {
      const opener = newOpener()
      for (const { stream, bytes, beginning, ...flags } of chunks) {
        pushTo(opener, stream, Buffer.concat([Buffer.from(beginning, 'hex'), bytes]), flags)
        assert.ok(opener.stats().heldBytes <= limits.tlsPendingBytesMax)
      }
      opener.tick()
      opener.finish()
    }),
    { seed: 21, numRuns: 300 },
  )
})

test('StreamOpener: takes a real conversation with bytes changed, lost and repeated', async () => {
  const { observed, keyLog } = await observeTls({ messages: [MESSAGE, MESSAGE, MESSAGE, MESSAGE] })
  const log = new KeyLog()
  log.add(Buffer.from(keyLog))
  const bend = fc.record({
    at: fc.nat(observed.length - 1),
    place: fc.nat(5_000),
    byte: fc.nat(255),
    what: fc.constantFrom('change', 'lose', 'repeat', 'cut'),
  })
  fc.assert(
    fc.property(fc.array(bend, { minLength: 1, maxLength: 4 }), (bends) => {
      const opener = newOpener(log)
      for (const [i, { isFromClient, bytes }] of observed.entries()) {
        const copy = Buffer.from(bytes)
        const mine = bends.filter(({ at }) => at === i)
        for (const { place, byte } of mine) copy[place % copy.length] = byte
        if (mine.some(({ what }) => what === 'lose')) continue
        const isCut = mine.some(({ what }) => what === 'cut')
        const times = mine.some(({ what }) => what === 'repeat') ? 2 : 1
        for (let n = 0; n < times; n++) {
          const sent = isCut ? copy.subarray(0, copy.length >> 1) : copy
          pushTo(opener, isFromClient ? 2 : 1, sent, { isAfterGap: mine.length > 0 })
        }
      }
      opener.finish()
    }),
    { seed: 22, numRuns: 200 },
  )
})
