// What goes in comes out in order, however it is cut; and many small pieces stay cheap in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteQueue } from './byte-queue.ts'

test('ByteQueue: holds what was put in and not dropped, whatever the pieces', () => {
  const step = fc.record({ bytes: fc.uint8Array({ maxLength: 5_000 }), drop: fc.nat(6_000) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const queue = new ByteQueue()
      let expected = Buffer.alloc(0)
      for (const { bytes, drop } of steps) {
        queue.push(bytes)
        expected = Buffer.concat([expected, bytes])
        queue.drop(drop)
        expected = expected.subarray(drop)
        assert.equal(queue.length, expected.length)
        assert.ok(queue.bytes.equals(expected))
      }
    }),
    { seed: 5 },
  )
})

test('ByteQueue: keeps a copy, so that the memory of a piece can be used again', () => {
  const queue = new ByteQueue()
  const piece = Buffer.from('ab')
  queue.push(piece)
  piece.fill(0)
  assert.equal(queue.bytes.toString(), 'ab')
  queue.clear()
  assert.equal(queue.length, 0)
})
