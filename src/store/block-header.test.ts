// Headers of stored blocks: what is written is read, and what is no header is not taken for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  readBlockHeader,
  writeBlockHeader,
} from './block-header.ts'

const header: BlockHeader = {
  block: 7,
  line: 3,
  packedLength: 12_345,
  rawLength: 262_200,
  frames: 501,
  firstUs: 1_795_305_599_999_900,
  lastUs: 1_795_305_600_000_100,
  digest: '00112233445566ff',
}

test('block header: is laid out as its picture says, byte by byte', () => {
  const bytes = writeBlockHeader({ ...header, block: 2 ** 32 + 7, line: 2 ** 32 + 3 })
  const layout = [
    '5e2a4d18', // magic of a skippable frame
    '38000000', // 56 bytes follow
    '45534231', // ESB1
    '0700000001000000', // block
    '39300000', // packed length
    '38000400', // raw length
    'f5010000', // frames
  ].join('')
  assert.equal(bytes.toString('hex', 0, 32), layout)
  assert.equal(bytes.readDoubleLE(32), header.firstUs)
  assert.equal(bytes.readDoubleLE(40), header.lastUs)
  assert.equal(bytes.toString('hex', 48), '00112233445566ff0300000001000000')
  assert.equal(bytes.length, BLOCK_HEADER_BYTES)
})

test('block header: reads back what it wrote, whatever the numbers', () => {
  const numbers = fc.record({
    block: fc.maxSafeNat(),
    line: fc.maxSafeNat(),
    packedLength: fc.nat({ max: 2 ** 32 - 1 }),
    rawLength: fc.nat({ max: 2 ** 32 - 1 }),
    frames: fc.nat({ max: 2 ** 32 - 1 }),
    firstUs: fc.maxSafeNat(),
    lastUs: fc.maxSafeNat(),
    digest: fc
      .uint8Array({ minLength: 8, maxLength: 8 })
      .map((bytes) => Buffer.from(bytes).toString('hex')),
  })
  fc.assert(
    fc.property(numbers, (any) => {
      assert.deepEqual(readBlockHeader(writeBlockHeader(any)), { ...any })
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('block header: other bytes, and too few, are no header', () => {
  const bytes = writeBlockHeader(header)
  assert.equal(readBlockHeader(bytes.subarray(0, BLOCK_HEADER_BYTES - 1)), undefined)
  assert.equal(readBlockHeader(Buffer.alloc(0)), undefined)
  assert.equal(readBlockHeader(Buffer.alloc(200)), undefined)
  for (const at of [0, 3, 8, 11]) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(readBlockHeader(changed), undefined, `byte ${at}`)
  }
})
