// Checks the pcapng writer byte by byte, and by reading back what it wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hex, readPieces } from './captures.fixture.ts'
import type { CaptureInterface } from './frame.ts'
import {
  enhancedPacketBytes,
  interfaceBytes,
  SECTION_BYTES,
  type WritableFrame,
  writeEnhancedPacket,
  writeInterface,
  writeSection,
} from './pcapng-writer.ts'

const ethernet: CaptureInterface = {
  linkType: 1,
  snapLength: 262_144,
  timeResolution: 6,
  timeOffsetSeconds: 0,
  name: undefined,
}

test('a section, an interface and a packet are written as the draft draws them', () => {
  const target = Buffer.alloc(200, 0xee)
  const bytes = Buffer.from('..abcde..')
  const frame = { bytes, start: 2, end: 7, originalLength: 9, ticksHigh: 1, ticksLow: 2 }
  let at = writeSection(target, 0)
  at = writeInterface(target, at, { ...ethernet, name: 'any', timeResolution: 9 })
  at = writeEnhancedPacket(target, at, frame, 0)
  const expected = hex(`
    0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffff ffffffff 1c000000
    01000000 28000000 0100 0000 00000400
    0200 0300 616e7900 0900 0100 09000000 00000000 28000000
    06000000 28000000 00000000 01000000 02000000 05000000 09000000
    6162636465 000000 28000000
  `)
  assert.equal(target.toString('hex', 0, at), expected.toString('hex'))
  assert.equal(target[at], 0xee)
})

test('every frame reads back as it was written, ticks and lengths included', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff })
  const frames = fc.array(
    fc.record({
      payload: fc.uint8Array({ maxLength: 90 }),
      originalLength: uint32,
      ticksHigh: uint32,
      ticksLow: uint32,
    }),
    { maxLength: 8 },
  )
  const captureInterface = fc.record({
    linkType: fc.integer({ min: 0, max: 65_535 }),
    snapLength: uint32,
    timeResolution: fc.nat(255),
    timeOffsetSeconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    name: fc.option(fc.string({ minLength: 1, maxLength: 30 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(captureInterface, frames, (described, written) => {
      const blocks = [Buffer.alloc(SECTION_BYTES), Buffer.alloc(interfaceBytes(described))]
      assert.equal(writeSection(blocks[0]!, 0), SECTION_BYTES)
      assert.equal(writeInterface(blocks[1]!, 0, described), blocks[1]!.length)
      for (const { payload, ...rest } of written) {
        const frame: WritableFrame = {
          bytes: Buffer.from(payload),
          start: 0,
          end: payload.length,
          ...rest,
        }
        const target = Buffer.alloc(enhancedPacketBytes(payload.length), 0xee)
        assert.equal(writeEnhancedPacket(target, 0, frame, 0), target.length)
        blocks.push(target)
      }
      const { frames: read, result } = readPieces([Buffer.concat(blocks)])
      assert.equal(result.isComplete, true)
      assert.equal(read.length, written.length)
      for (const [index, frame] of read.entries()) {
        const { payload, originalLength, ticksHigh, ticksLow } = written[index]!
        assert.equal(frame.hex, Buffer.from(payload).toString('hex'))
        assert.equal(frame.originalLength, originalLength)
        assert.equal(frame.ticks, (BigInt(ticksHigh) << 32n) | BigInt(ticksLow))
        assert.deepEqual(frame.interface, { ...described })
      }
    }),
    { seed: 20_261_121, numRuns: 500 },
  )
})
