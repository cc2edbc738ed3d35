// Frames into blocks and out again: cut when full and at midnight, the same for the same frames,
// and readable by our own reader, frame by frame and in a row.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_US, dayOf } from '../base/day.ts'
import { type Limits, limits } from '../base/limits.ts'
import { CaptureReader } from '../source/capture-reader.ts'
import { enhancedPacketBytes } from '../source/pcapng-writer.ts'
import type { CaptureInterface, Frame } from '../source/frame.ts'
import { BlockNumbers } from './block-numbers.ts'
import { BLOCK_MEMORY_BYTES, BlockBuilder, type BuiltBlock } from './block-builder.ts'
import { blockOf, offsetOf, REF_SCALE } from './frame-ref.ts'
import { ETHERNET, frameBytes, makeFrame, NOON_US, seen } from './frames.fixture.ts'
import { PacketBlocks } from './packet-blocks.ts'

test('BlockBuilder: the same frames give the same blocks, wherever their memory lay', () => {
  const frames = Array.from({ length: 1_600 }, (_, i) => makeFrame(frameBytes(i, 700), NOON_US + i))
  const { blocks } = build(frames)
  const elsewhere = frames.map((frame) => {
    const bytes = Buffer.concat([Buffer.alloc(5, 255), frame.bytes, Buffer.alloc(9, 255)])
    return { ...frame, bytes, start: 5, end: 5 + frame.bytes.length }
  })
  // Memory that held another block before must leave no trace, in padding above all.
  const again = build(elsewhere, { allocate: () => Buffer.alloc(BLOCK_MEMORY_BYTES, 170) })
  assert.ok(blocks.length > 1)
  assert.deepEqual(again.blocks.map(contentOf), blocks.map(contentOf))
})

test('BlockBuilder: a ref leads to its frame, and a walk gives all frames in order', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 200 })
  fc.assert(
    fc.property(lengths, (all) => {
      const frames = all.map((length, i) => makeFrame(frameBytes(i, length), NOON_US + i))
      const { blocks, refs } = build(frames)
      assert.deepEqual(framesOf(blocks).map(seen), frames.map(seen))
      for (const [i, ref] of refs.entries()) {
        const built = blocks.find(({ block }) => block === blockOf(ref))
        assert.ok(built !== undefined)
        const found = new PacketBlocks(contentOf(built)).frame(ref, offsetOf(ref))
        assert.ok(found !== undefined)
        assert.deepEqual(seen(found), seen(frames[i] ?? found))
      }
    }),
    { seed: 4, numRuns: 30 },
  )
})

test('BlockBuilder: every block is a capture that can be read by itself', () => {
  const frames = Array.from({ length: 900 }, (_, i) => makeFrame(frameBytes(i, 600), NOON_US + i))
  const { blocks } = build(frames)
  const read: Record<string, unknown>[] = []
  for (const built of blocks) {
    const reader = new CaptureReader()
    reader.push(contentOf(built), (frame) => read.push(seen(frame)))
    reader.finish()
    assert.deepEqual([...reader.result().problems], [])
    assert.ok(reader.result().isComplete)
  }
  assert.deepEqual(read, frames.map(seen))
})

test('BlockBuilder: blocks are numbered in order and know their line, count and span', () => {
  const frames = Array.from({ length: 600 }, (_, i) => {
    return makeFrame(frameBytes(i, 1_000), NOON_US + ((i * 7) % 600))
  })
  const { blocks, builder } = build(frames, { numbers: BlockNumbers.from(41) })
  assert.deepEqual(
    blocks.map(({ block }) => block),
    blocks.map((_, i) => 41 + i),
  )
  assert.equal(builder.next, 41 + blocks.length)
  assert.ok(blocks.every(({ line }) => line === 41))
  assert.equal(
    blocks.reduce((sum, built) => sum + built.frames, 0),
    frames.length,
  )
  for (const built of blocks) {
    const times = framesOf([built]).map(({ tUs }) => tUs)
    assert.deepEqual([built.firstUs, built.lastUs], [Math.min(...times), Math.max(...times)])
  }
})

test('BlockBuilder: a block holds frames of one day, to the microsecond', () => {
  const midnightUs = NOON_US + DAY_US / 2
  const times = [midnightUs - 1, midnightUs, midnightUs - 1, midnightUs + DAY_US, midnightUs]
  const { blocks } = build(times.map((tUs, i) => makeFrame(frameBytes(i, 60), tUs)))
  assert.deepEqual(
    blocks.map(({ day, frames }) => [day, frames]),
    [
      ['2026-11-21', 2],
      ['2026-11-22', 2],
      ['2026-11-23', 1],
    ],
  )
})

test('BlockBuilder: times that jump over many days keep few blocks open', () => {
  const frames = Array.from({ length: 100 }, (_, i) => {
    return makeFrame(frameBytes(i, 60), NOON_US + ((i * 37) % 50) * DAY_US)
  })
  let held = 0
  let most = 0
  const builder = new BlockBuilder({
    numbers: BlockNumbers.from(1),
    emit: () => held--,
    allocate: () => {
      held++
      most = Math.max(most, held)
      return Buffer.alloc(BLOCK_MEMORY_BYTES)
    },
  })
  for (const frame of frames) builder.add(frame)
  builder.flush()
  assert.ok(most <= limits.openBlocksMax, `${most} blocks were open`)
  assert.equal(held, 0)
})

test('BlockBuilder: times all over make few blocks, and every frame keeps its own', () => {
  const bounds = { ...limits, daysPerImportMax: 20, dayTurnsPerImportMax: 30 }
  const frames = Array.from({ length: 5_000 }, (_, i) => {
    return makeFrame(frameBytes(i, 100), ((i * 7_919) % 60_000) * DAY_US + i)
  })
  const { blocks, builder } = build(frames, { limits: bounds })
  assert.equal(new Set(blocks.map(({ day }) => day)).size, 20)
  assert.ok(blocks.length <= (30 + 2) * limits.openBlocksMax, `${blocks.length} blocks`)
  const found = framesOf(blocks).map(({ tUs }) => tUs)
  assert.deepEqual(new Set(found), new Set(frames.map(({ tUs }) => tUs)))
  const elsewhere = blocks.flatMap((built) => {
    return framesOf([built]).filter(({ tUs }) => dayOf(tUs) !== built.day)
  })
  assert.equal(builder.problems().get('store.days.too-many'), elsewhere.length)
  assert.ok(elsewhere.length > 4_000)
})

test('BlockBuilder: a capture of a whole year is filed day by day', () => {
  const frames = Array.from({ length: 366 * 3 }, (_, i) => {
    return makeFrame(frameBytes(i, 60), NOON_US + (i * DAY_US) / 3)
  })
  const { blocks, builder } = build(frames)
  assert.equal(new Set(blocks.map(({ day }) => day)).size, 366 + 1)
  assert.equal(builder.problems().size, 0)
})

test('BlockBuilder: frames of the greatest length fit, and so does what comes with them', () => {
  const jumbo = limits.frameBytesMax
  const frames = [60, jumbo, jumbo, 60, 200_000, jumbo, 1].map((length, i) =>
    makeFrame(frameBytes(i, length), NOON_US + i, { originalLength: length + 7 }),
  )
  const { blocks } = build(frames)
  assert.deepEqual(framesOf(blocks).map(seen), frames.map(seen))
  assert.ok(blocks.every(({ length }) => length <= BLOCK_MEMORY_BYTES))
})

test('BlockBuilder: the last frame of the fullest block begins where a ref can tell', () => {
  const lastBegins = BLOCK_MEMORY_BYTES - enhancedPacketBytes(limits.frameBytesMax)
  assert.ok(lastBegins < REF_SCALE, `${lastBegins} of ${REF_SCALE}`)
})

test('BlockBuilder: thousands of interfaces with long names keep every frame with its own', () => {
  const frames = Array.from({ length: 3_000 }, (_, i) => {
    const name = `interface ${i} ${'x'.repeat(i % 300)}`.slice(0, 256)
    const captureInterface: CaptureInterface = { ...ETHERNET, linkType: 1 + (i % 200), name }
    return makeFrame(frameBytes(i, 20), NOON_US + i, { interface: captureInterface })
  })
  // Each frame comes twice, so that interfaces are met again in later blocks.
  const { blocks } = build([...frames, ...frames])
  assert.deepEqual(framesOf(blocks).map(seen), [...frames, ...frames].map(seen))
})

test('BlockBuilder: ticks of any resolution and offset come back exactly', () => {
  const kinds: Partial<CaptureInterface>[] = [
    { timeResolution: 9 },
    { timeResolution: 3, timeOffsetSeconds: 1_700_000_000 },
    { timeResolution: 0x80 | 20, timeOffsetSeconds: -5 },
  ]
  const frames = kinds.map((kind, i) => {
    const ticks = { ticksHigh: 0x0006_5e3d, ticksLow: 0xffff_ffff - i }
    const captureInterface = { ...ETHERNET, ...kind }
    const frame = makeFrame(frameBytes(i, 99), NOON_US, { ...ticks, interface: captureInterface })
    return frame
  })
  const found = framesOf(build(frames).blocks)
  for (const [i, frame] of frames.entries()) {
    const { ticksHigh, ticksLow } = found[i] ?? frame
    assert.deepEqual([ticksHigh, ticksLow], [frame.ticksHigh, frame.ticksLow])
    assert.deepEqual(found[i]?.interface, frame.interface)
  }
})

test('BlockBuilder: no frames, no blocks', () => {
  assert.deepEqual(build([]).blocks, [])
})

test('PacketBlocks: a place that is no frame gives none, and damage ends the walk', () => {
  const [built] = build([1, 2, 3].map((i) => makeFrame(frameBytes(i, 80), NOON_US))).blocks
  assert.ok(built !== undefined)
  const bytes = contentOf(built)
  const blocks = new PacketBlocks(bytes)
  for (const offset of [0, 4, 29, bytes.length - 4, bytes.length, bytes.length + 500]) {
    assert.equal(blocks.frame(0, offset), undefined, `offset ${offset}`)
  }
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ flip
      const frames = [...new PacketBlocks(damaged).frames(1)]
      assert.ok(frames.length <= 3)
      assert.ok(frames.every(({ start, end }) => start <= end && end <= damaged.length))
    }),
    { seed: 2, numRuns: 500 },
  )
})

interface BuildOptions {
  readonly numbers?: BlockNumbers
  readonly limits?: Limits
  readonly allocate?: () => Buffer
}

function build(frames: readonly Frame[], options: BuildOptions = {}) {
  const blocks: BuiltBlock[] = []
  const builder = new BlockBuilder({
    numbers: BlockNumbers.from(1),
    emit: (block) => blocks.push(block),
    ...options,
  })
  const refs = frames.map((frame) => builder.add(frame))
  builder.flush()
  return { blocks, refs, builder }
}

function contentOf(built: BuiltBlock): Buffer {
  return built.bytes.subarray(0, built.length)
}

function framesOf(blocks: readonly BuiltBlock[]): Frame[] {
  return blocks.flatMap((built) => [...new PacketBlocks(contentOf(built)).frames(built.block)])
}
