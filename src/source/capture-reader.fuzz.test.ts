// Mutates captures, a seed at a time, and checks that the reader neither throws nor hands out
// memory that was not pushed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CaptureReader } from './capture-reader.ts'
import { hex, interfaceBlock, packetBlock, sectionBlock } from './captures.fixture.ts'

const frame = Buffer.alloc(60, 0x11)
const pcap = Buffer.concat([
  hex('d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000'),
  ...[1, 2, 3].flatMap(() => [hex('6a3c9d5f 40e20100 3c000000 3c000000'), frame]),
])
const pcapng = Buffer.concat(
  [true, false].flatMap((isLittleEndian) => [
    sectionBlock(isLittleEndian),
    interfaceBlock(isLittleEndian, 1),
    packetBlock(isLittleEndian, 0, 1n, frame),
    packetBlock(isLittleEndian, 0, 2n, frame),
  ]),
)

const mutation = fc.record({
  at: fc.nat(1000),
  byte: fc.constantFrom(0, 1, 2, 3, 6, 0x0a, 0x0d, 0x7f, 0x80, 0xff),
})

test('mutated captures never throw, and frames lie inside what was pushed', () => {
  const plan = fc.tuple(
    fc.constantFrom(pcap, pcapng),
    fc.array(mutation, { maxLength: 8 }),
    fc.integer({ min: 1, max: 300 }),
  )
  fc.assert(
    fc.property(plan, ([base, mutations, pieceBytes]) => {
      const bytes = Buffer.from(base)
      for (const { at, byte } of mutations) bytes[at % bytes.length] = byte
      const reader = new CaptureReader()
      let frameBytes = 0
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        reader.push(bytes.subarray(at, at + pieceBytes), (found) => {
          assert.ok(found.start >= 0 && found.start <= found.end)
          assert.ok(found.end <= found.bytes.length)
          assert.ok(Number.isSafeInteger(found.tUs) && found.tUs >= 0)
          frameBytes += found.end - found.start
        })
      }
      reader.finish()
      const result = reader.result()
      assert.ok(frameBytes <= bytes.length)
      assert.ok(result.isComplete || result.problems.length > 0)
    }),
    { seed: 20_261_121, numRuns: 8000 },
  )
})

test('noise is refused at once, or read as far as it makes sense', () => {
  const magics = ['', 'd4c3b2a1', 'a1b23c4d', '34cdb2a1', 'ac01001c', '0a0d0d0a']
  const noise = fc.uint8Array({ maxLength: 400 })
  fc.assert(
    fc.property(fc.constantFrom(...magics), noise, (magic, tail) => {
      const reader = new CaptureReader()
      reader.push(Buffer.concat([hex(magic), tail]), () => {})
      reader.finish()
      assert.ok(reader.isDone)
    }),
    { seed: 20_261_121, numRuns: 4000 },
  )
})
