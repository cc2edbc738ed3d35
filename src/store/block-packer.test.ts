// Packed blocks: the bytes come back, damage is seen, and other people's tools read a day's file
// with nothing of ours.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '../base/failure.ts'
import { BlockNumbers } from './block-numbers.ts'
import { BlockBuilder, type BuiltBlock } from './block-builder.ts'
import { BLOCK_HEADER_BYTES, readBlockHeader } from './block-header.ts'
import { digestOf, packBlock, unpackBlock } from './block-packer.ts'
import { readCaptureFile } from '../source/capture-file.ts'
import { ETHERNET, frameBytes, makeFrame, NOON_US, seen } from './frames.fixture.ts'

test('packBlock: gives a header that tells of the block, and bytes that unpack to it', async () => {
  const [built] = makeBlocks(50)
  const { header, pieces } = await packBlock(built)
  const bytes = Buffer.concat(pieces)
  assert.deepEqual(readBlockHeader(bytes), header)
  assert.equal(bytes.length, BLOCK_HEADER_BYTES + header.packedLength)
  const { block, line, frames, firstUs, lastUs, length: rawLength } = built
  const { packedLength, digest, ...told } = header
  assert.deepEqual(told, { block, line, frames, firstUs, lastUs, rawLength })
  assert.equal(digest, digestOf(bytes.subarray(BLOCK_HEADER_BYTES)))
  const raw = await unpackBlock(bytes, header.rawLength)
  assert.ok(raw.equals(built.bytes.subarray(0, built.length)))
})

test('packBlock: the same block packs to the same bytes', async () => {
  const [built] = makeBlocks(300)
  const [one, two] = await Promise.all([packBlock(built), packBlock(built)])
  assert.deepEqual(Buffer.concat(one.pieces), Buffer.concat(two.pieces))
})

test('digestOf: a single flipped bit shows, wherever it is', async () => {
  const { pieces, header } = await packBlock(makeBlocks(20)[0])
  const bytes = Buffer.concat(pieces)
  const packed = bytes.subarray(BLOCK_HEADER_BYTES)
  for (let bit = 0; bit < packed.length * 8; bit += 97) {
    const damaged = Buffer.from(packed)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.notEqual(digestOf(damaged), header.digest)
  }
})

test('unpackBlock: a single flipped bit fails it, wherever it is', async () => {
  const { pieces, header } = await packBlock(makeBlocks(20)[0])
  const bytes = Buffer.concat(pieces)
  for (let bit = BLOCK_HEADER_BYTES * 8; bit < bytes.length * 8; bit += 331) {
    const damaged = Buffer.from(bytes)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await assert.rejects(unpackBlock(damaged, header.rawLength), (error) => {
      return isFailure(error, 'internal')
    })
  }
})

test('unpackBlock: damage, a wrong length and an end too soon are failures', async () => {
  const { pieces, header } = await packBlock(makeBlocks(20)[0])
  const bytes = Buffer.concat(pieces)
  const middle = BLOCK_HEADER_BYTES + Math.floor(header.packedLength / 2)
  const broken = Buffer.from(bytes)
  broken.fill(0, BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + 4)
  const wrong: [Buffer, number][] = [
    [broken, header.rawLength],
    [bytes.subarray(0, middle), header.rawLength],
    [bytes.subarray(0, BLOCK_HEADER_BYTES), header.rawLength],
    [bytes, header.rawLength - 1],
    [bytes, header.rawLength + 1],
  ]
  for (const [stored, rawLength] of wrong) {
    await assert.rejects(unpackBlock(stored, rawLength), (error) => isFailure(error, 'internal'))
  }
})

const lacking = ['zstd', 'tshark'].find(
  (tool) => spawnSync(tool, ['--version']).error !== undefined,
)

test('a day of blocks: is a capture file that Earshot itself can import', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-packer-'))
  try {
    const frames = Array.from({ length: 2_500 }, (_, i) =>
      makeFrame(frameBytes(i, 500), NOON_US + i),
    )
    const path = join(folder, 'day.pcapng.zst')
    const packed = await Promise.all(buildBlocks(frames).map(packBlock))
    writeFileSync(path, Buffer.concat(packed.flatMap(({ pieces }) => pieces)))
    const read: Record<string, unknown>[] = []
    const result = await readCaptureFile(path, { emit: (frame) => read.push(seen(frame)) })
    assert.ok(result.isComplete)
    assert.deepEqual(read, frames.map(seen))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a day of blocks: zstd and tshark read every frame with its exact time', {
  skip: lacking === undefined ? false : `${lacking} is not installed`,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-packer-'))
  try {
    const nanoseconds = { ...ETHERNET, timeResolution: 9, name: 'eth nine' }
    const frames = Array.from({ length: 1_300 }, (_, i) => {
      const tUs = NOON_US + i * 1_001
      if (i % 2 === 0) return makeFrame(frameBytes(i, 500 + i), tUs)
      const ticks = BigInt(tUs) * 1000n + 789n
      return makeFrame(frameBytes(i, 500 + i), tUs, {
        ticksHigh: Number(ticks >> 32n),
        ticksLow: Number(ticks & 0xffffffffn),
        interface: nanoseconds,
      })
    })
    const path = join(folder, 'day.pcapng.zst')
    const packed = await Promise.all(buildBlocks(frames).map(packBlock))
    assert.ok(packed.length > 1)
    writeFileSync(path, Buffer.concat(packed.flatMap(({ pieces }) => pieces)))
    const pipe = 'zstd -dcq "$0" | tshark -r - -T fields -e frame.time_epoch -e frame.len'
    const told = execFileSync('sh', ['-c', pipe, path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const expected = frames.map(({ tUs, bytes }, i) => {
      const fraction = String(tUs % 1e6).padStart(6, '0') + (i % 2 === 0 ? '000' : '789')
      return `${Math.floor(tUs / 1e6)}.${fraction}\t${bytes.length}`
    })
    assert.deepEqual(told.trim().split('\n'), expected)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

function makeBlocks(frames: number): [BuiltBlock, ...BuiltBlock[]] {
  const all = Array.from({ length: frames }, (_, i) => makeFrame(frameBytes(i, 300), NOON_US + i))
  const [first, ...others] = buildBlocks(all)
  assert.ok(first !== undefined)
  return [first, ...others]
}

function buildBlocks(frames: ReturnType<typeof makeFrame>[]): BuiltBlock[] {
  const blocks: BuiltBlock[] = []
  const builder = new BlockBuilder({
    numbers: BlockNumbers.from(1),
    emit: (block) => blocks.push(block),
  })
  for (const frame of frames) builder.add(frame)
  builder.flush()
  return blocks
}
