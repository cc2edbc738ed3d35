// Checks held stretches against the plainest model: an array with one entry a byte.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeldRanges } from './held-ranges.ts'

const SPACE = 60

test('the bytes that came first stay, whatever overlaps', () => {
  const insertions = fc.array(fc.tuple(fc.nat(SPACE - 1), fc.integer({ min: 1, max: 20 })), {
    maxLength: 20,
  })
  fc.assert(
    fc.property(insertions, (ranges) => {
      const held = new HeldRanges()
      const model: (number | undefined)[] = Array.from({ length: SPACE + 20 })
      for (const [number, [start, length]] of ranges.entries()) {
        const fresh = model.slice(start, start + length).filter((value) => value === undefined)
        const bytes = Buffer.alloc(length, number)
        const range = { start, end: start + length, bytes, ref: number, offset: 100, tUs: number }
        assert.equal(held.insert(range), fresh.length)
        for (let at = start; at < start + length; at++) model[at] ??= number
      }
      const read: (number | undefined)[] = Array.from({ length: SPACE + 20 })
      let behind = 0
      for (const { start, end, bytes, ref, offset } of held.list) {
        assert.ok(start >= behind && end - start === bytes.length)
        assert.ok(bytes.every((byte) => byte === ref))
        assert.equal(offset, 100 + start - ranges[ref]![0])
        for (let at = start; at < end; at++) read[at] = ref
        behind = end
      }
      assert.deepEqual(read, model)
      while (held.shift() !== undefined);
      assert.equal(held.costBytes, 0)
    }),
    { seed: 20_261_121, numRuns: 2000 },
  )
})

test('a stretch that a capture cut keeps its length and has fewer bytes', () => {
  const held = new HeldRanges()
  const place = { ref: 0, offset: 0, tUs: 0 }
  held.insert({ start: 10, end: 30, bytes: Buffer.from('abcde'), ...place })
  held.insert({ start: 0, end: 20, bytes: Buffer.from('0123456789'), ...place })
  assert.deepEqual(
    held.list.map(({ start, end, bytes }) => [start, end, bytes.toString()]),
    [
      [0, 10, '0123456789'],
      [10, 30, 'abcde'],
    ],
  )
})

test('memory of the pushed bytes is not shared', () => {
  const held = new HeldRanges()
  const bytes = Buffer.from('abc')
  held.insert({ start: 0, end: 3, bytes, ref: 0, offset: 0, tUs: 0 })
  bytes.fill(0)
  assert.equal(held.shift()?.bytes.toString(), 'abc')
})
