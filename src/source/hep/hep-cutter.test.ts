// HEP cut out of a stream: in whatever pieces it comes, and whatever stands between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HepCutter } from './hep-cutter.ts'

/** A packet with one chunk of `length` bytes. */
function packet(length: number, byte = 0x61): Buffer {
  const bytes = Buffer.alloc(12 + length, byte)
  bytes.write('HEP3', 0, 'latin1')
  bytes.writeUInt16BE(bytes.length, 4)
  bytes.writeUInt32BE(0x0000000f, 6)
  bytes.writeUInt16BE(6 + length, 10)
  return bytes
}

/** Cuts a stream that comes in pieces of these lengths. */
function cut(stream: Buffer, pieces: readonly number[] = [stream.length]) {
  const packets: Buffer[] = []
  const cutter = new HepCutter((bytes, start, end) => {
    packets.push(Buffer.from(bytes.subarray(start, end)))
  })
  let at = 0
  for (const length of [...pieces, stream.length]) {
    const chunk = stream.subarray(at, Math.min(at + length, stream.length))
    if (chunk.length > 0) cutter.push(chunk)
    at += chunk.length
  }
  return { packets, cutter }
}

test('HepCutter: gives the same packets in whatever pieces the stream comes', () => {
  const sent = [packet(3), packet(0), packet(700, 0x48), packet(65_523), packet(20)]
  const stream = Buffer.concat(sent)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 60 }), (pieces) => {
      const { packets, cutter } = cut(stream, pieces)
      assert.deepEqual(packets, sent)
      assert.equal(cutter.garbageBytes, 0)
      assert.equal(cutter.isWaiting, false)
    }),
    { seed: 3, numRuns: 100 },
  )
})

test('HepCutter: finds packets again after garbage, and counts it', () => {
  const garbage = [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from('HEP'), Buffer.from('HEHEP2')]
  const stream = Buffer.concat(garbage.flatMap((noise) => [noise, packet(5)]))
  for (const pieces of [[stream.length], Array.from({ length: stream.length }, () => 1)]) {
    const { packets, cutter } = cut(stream, pieces)
    assert.deepEqual(packets, [packet(5), packet(5), packet(5)])
    assert.equal(cutter.garbageBytes, 18 + 3 + 6)
    assert.equal(cutter.garbageBytesInRow, 0)
  }
})

test('HepCutter: a length that is too long does not swallow the packets behind it', () => {
  const liar = packet(10)
  liar.writeUInt16BE(2_000, 4)
  const behind = Array.from({ length: 200 }, (_, i) => packet(i % 50))
  const stream = Buffer.concat([liar, ...behind])
  for (const length of [stream.length, 1_999, 500, 7, 1]) {
    const pieces = Array.from({ length: Math.ceil(stream.length / length) }, () => length)
    const { packets, cutter } = cut(stream, pieces)
    assert.deepEqual(packets, behind, `in pieces of ${length}`)
    assert.equal(cutter.garbageBytes, liar.length)
  }
})

test('HepCutter: a length that is too short is stepped over', () => {
  for (const length of [0, 5, 6, 13]) {
    const liar = packet(10)
    liar.writeUInt16BE(length, 4)
    const { packets } = cut(Buffer.concat([liar, packet(7)]))
    assert.deepEqual(packets.at(-1), packet(7))
  }
})

test('HepCutter: holds no more than one packet, however long it waits', () => {
  const open = Buffer.alloc(1_000_000, 0x61)
  open.write('HEP3', 0, 'latin1')
  open.writeUInt16BE(65_535, 4)
  const { packets, cutter } = cut(
    open,
    Array.from({ length: 1_000 }, () => 1_000),
  )
  // One packet as long as a packet can be, and garbage after it.
  assert.ok(packets.length <= 1)
  assert.ok(cutter.garbageBytesInRow > 900_000)
})

test('HepCutter: random bytes with magics among them give nothing outside the stream', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('HEP3', 'EEP3', 'EP3', 'HEP', 'H').map((text) => Buffer.from(text)),
    fc.nat(30).map((length) => packet(length)),
  )
  fc.assert(
    fc.property(
      fc.array(noise, { maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      (parts, step) => {
        const stream = Buffer.concat(parts)
        const { packets, cutter } = cut(
          stream,
          Array.from({ length: 2_000 }, () => step),
        )
        const told = packets.reduce((sum, { length }) => sum + length, 0)
        assert.ok(told + cutter.garbageBytes <= stream.length)
        assert.ok(packets.every((bytes) => stream.includes(bytes)))
      },
    ),
    { seed: 4, numRuns: 500 },
  )
})
