// User messages come out of SCTP whole and once, whatever their chunks, plain and inside UDP; and
// each piece lies where it says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../base/limits.ts'
import { countOf, decode, ethernet, hex, ip4, sctp, sctpChunk, udp } from './frames.fixture.ts'

const MESSAGE = 'OPTIONS sip:bob@192.0.2.7 SIP/2.0\r\nCall-ID: sctp\r\n\r\n'

function frameOf(packet: Buffer): Buffer {
  return ethernet(0x0800, ip4(packet, { protocol: 132 }))
}

test('sctp: a user message is a datagram with the ports of its packet', () => {
  const { datagrams } = decode([frameOf(sctp(sctpChunk(MESSAGE)))])
  assert.deepEqual(
    datagrams.map(({ ends, payload }) => [ends, payload]),
    [['10.0.0.1 5060 > 10.0.0.2 5062', MESSAGE]],
  )
})

test('sctp: a packet may carry several messages, and chunks that are none', () => {
  const sack = hex('03 00 0010 00000001 00010000 0000 0000')
  const packet = sctp(sack, sctpChunk('one', { tsn: 1 }), sctpChunk('four', { tsn: 2 }))
  assert.deepEqual(texts([frameOf(packet)]), ['one', 'four'])
})

test('sctp: a message in fragments comes out whole, in whatever order they come', () => {
  const cut = [MESSAGE.slice(0, 7), MESSAGE.slice(7, 20), MESSAGE.slice(20)]
  const frames = cut.map((part, i) => {
    const flags = i === 0 ? 2 : i === cut.length - 1 ? 1 : 0
    // The numbers wrap in the middle of the message.
    return frameOf(sctp(sctpChunk(part, { tsn: (0xffffffff + i) >>> 0, flags })))
  })
  const orders = fc.shuffledSubarray([0, 1, 2], { minLength: 3 })
  fc.assert(
    fc.property(orders, (order) => {
      const shuffled = order.flatMap((i) => frames[i] ?? [])
      assert.deepEqual(texts(shuffled), [MESSAGE])
    }),
    { seed: 3 },
  )
})

test('sctp: what is sent again counts once', () => {
  const frame = frameOf(sctp(sctpChunk(MESSAGE)))
  assert.deepEqual(texts([frame, frame]), [MESSAGE])
})

test('sctp: what is sent again late on a busy association counts once', () => {
  const frames = Array.from({ length: 1_000 }, (_, i) => {
    return frameOf(sctp(sctpChunk(`message ${i}`, { tsn: (0xffffff00 + i) >>> 0 })))
  })
  const seen = texts([...frames, ...frames.slice(0, 100)])
  assert.equal(seen.length, 1_000)
})

test('sctp: a whole I-DATA chunk is read', () => {
  assert.deepEqual(texts([frameOf(sctp(sctpChunk(MESSAGE, { type: 64 })))]), [MESSAGE])
})

test('sctp: is found inside UDP by its port and its chunks; other payloads stay datagrams', () => {
  const inside = ethernet(0x0800, ip4(udp(sctp(sctpChunk(MESSAGE)), { dstPort: 9899 })))
  assert.deepEqual(texts([inside]), [MESSAGE])
  // An answer goes to the port that asked (RFC 6951 §5.4).
  const ports = { srcPort: 9899, dstPort: 50_000 }
  const answer = ethernet(0x0800, ip4(udp(sctp(sctpChunk(MESSAGE)), ports)))
  assert.deepEqual(decode([answer]).datagrams[0]?.ends, '10.0.0.1 5060 > 10.0.0.2 5062')
  const other = ethernet(0x0800, ip4(udp(MESSAGE, { dstPort: 9899 })))
  assert.deepEqual(texts([other]), [MESSAGE])
})

test('sctp: fragments whose others never come are bounded', () => {
  const frames = Array.from({ length: limits.sctpFragmentsMax + 2 }, (_, i) => {
    return frameOf(sctp(sctpChunk('x', { tsn: 1 + 2 * i, flags: 0 })))
  })
  const seen = decode(frames)
  assert.equal(countOf(seen, 'decode.sctp.turned-away'), 1)
  assert.ok(seen.stats.sctp.heldBytes < limits.sctpFragmentsMax)
})

test('sctp: a chunk shorter than its header ends the packet, and a cut one is marked', () => {
  const seen = decode([frameOf(sctp(sctpChunk('a'), hex('00 03 0002')))])
  assert.equal(seen.datagrams.length, 1)
  assert.equal(countOf(seen, 'decode.sctp.chunk-too-short'), 1)
  const long = sctpChunk(MESSAGE)
  const cut = frameOf(sctp(long.subarray(0, long.length - 20)))
  assert.deepEqual(
    decode([cut]).datagrams.map(({ isCut }) => isCut),
    [true],
  )
})

function texts(frames: readonly Buffer[]): string[] {
  return decode(frames).datagrams.map(({ payload }) => payload)
}
