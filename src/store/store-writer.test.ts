// The writer of a store: blocks before the legs that point into them, nothing after a failure, and
// nothing stored twice. Over real files and a real index; the disks that are full really are.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ByteWriter } from '../base/byte-writer.ts'
import { isFailure } from '../base/failure.ts'
import { FACT_REF } from '../calls/leg-record.ts'
import { type PackedLeg, packLeg } from '../calls/leg-record-codec.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { BlockNumbers } from './block-numbers.ts'
import { BlockBuilder, type BuiltBlock } from './block-builder.ts'
import { readBlockHeader } from './block-header.ts'
import { packBlock, unpackBlock } from './block-packer.ts'
import { closeStore, type OpenStore, openStore } from './data-folder.ts'
import { canMount, fillUp, mountDisk } from './disks.fixture.ts'
import { blockOf, REF_SCALE } from './frame-ref.ts'
import { frameBytes, makeFrame } from './frames.fixture.ts'
import { StoreWriter } from './store-writer.ts'
import { DAY, DAY_US, findAll } from './suite-index.ts'
import { answeredCall, makeLeg } from './suite-legs.ts'

test('StoreWriter: what the index tells of is on disk, after every single step', async (t) => {
  const folder = makeFolder(t)
  const store = open(t, folder)
  const writer = new StoreWriter(store)
  for (const [step, built] of makeBlocks(1, 6).entries()) {
    await writer.putBlock(built)
    await assertBlocksThere(t, folder)
    await writer.putLegs(pack([legIn(built.block, `call ${step}`)]))
    await assertBlocksThere(t, folder)
    if (step % 2 === 1) await writer.commit({ nextBlock: built.block + 1, indexedBefore: 1 })
    await assertBlocksThere(t, folder)
  }
  await writer.idle()
})

test('StoreWriter: what is put together is written in the order in which it came', async (t) => {
  const store = open(t, makeFolder(t))
  const writer = new StoreWriter(store)
  const blocks = makeBlocks(1, 20)
  // Nothing is waited for: packing runs side by side, storing does not.
  const puts = blocks.flatMap((built) => [
    writer.putBlock(built),
    writer.putLegs(pack([legIn(built.block, `call ${built.block}`)])),
  ])
  puts.push(writer.commit({ nextBlock: 21, indexedBefore: 21 }))
  await writer.idle()
  await Promise.all(puts)
  const rows = await store.index.blocks(DAY)
  assert.deepEqual(
    rows.map(({ block }) => block),
    blocks.map(({ block }) => block),
  )
  for (const [i, row] of rows.entries()) {
    const before = rows[i - 1]
    assert.equal(row.offset, before === undefined ? 0 : before.offset + before.length)
  }
  assert.equal((await findAll(store.index)).length, blocks.length)
  const { legs, legsAdded, blocksAdded, blocksKnown } = writer.stats()
  assert.deepEqual([legs, legsAdded, blocksAdded, blocksKnown], [20, 20, 20, 0])
})

test('StoreWriter: blocks that are there are not stored again; legs point to them', async (t) => {
  const store = open(t, makeFolder(t))
  const first = new StoreWriter(store)
  for (const built of makeBlocks(1, 3)) await first.putBlock(built)
  await first.putLegs(pack([legIn(2, 'x')]))
  await first.commit({ nextBlock: 4, indexedBefore: 4 })
  await first.idle()
  const before = await findAll(store.index)
  const bytesBefore = await store.blocks.length(DAY)

  const second = new StoreWriter(store)
  for (const built of makeBlocks(4, 3)) await second.putBlock(built)
  await second.putLegs(pack([legIn(5, 'x'), legIn(6, 'y')]))
  await second.commit({ nextBlock: 7, indexedBefore: 7 })
  await second.idle()
  const { blocksAdded, blocksKnown, legsAdded, messagesAdded } = second.stats()
  assert.deepEqual([blocksAdded, blocksKnown, legsAdded, messagesAdded], [0, 3, 1, 7])
  assert.equal(await store.blocks.length(DAY), bytesBefore)
  const legs = await findAll(store.index)
  assert.deepEqual(
    legs.filter(({ callId }) => callId === 'x'),
    before,
  )
  const y = legs.find(({ callId }) => callId === 'y')
  assert.ok(y !== undefined)
  assert.equal(blockOf(decodeTrail(y.trail, REF_SCALE).facts[FACT_REF] ?? 0), 3)
})

for (const [what, harm] of [
  [
    'damaged',
    async ({ blocks }: OpenStore) => {
      await blocks.truncate(DAY, 100)
      await blocks.append(DAY, Buffer.alloc(100_000, 7))
    },
  ],
  ['cut off', ({ blocks }: OpenStore) => blocks.truncate(DAY, 100)],
  ['gone with its day', ({ blocks }: OpenStore) => blocks.drop(DAY)],
] as const) {
  test(`StoreWriter: a block whose stored twin is ${what} is stored in its name`, async (t) => {
    const store = open(t, makeFolder(t))
    const first = new StoreWriter(store)
    for (const built of makeBlocks(1, 2)) await first.putBlock(built)
    await first.putLegs(pack([legIn(1, 'x'), legIn(2, 'y')]))
    await first.commit({ nextBlock: 3, indexedBefore: 3 })
    const before = await findAll(store.index)
    await harm(store)
    const second = new StoreWriter(store)
    const again = makeBlocks(3, 2)
    for (const built of again) await second.putBlock(built)
    await second.putLegs(pack([legIn(3, 'x'), legIn(4, 'y')]))
    await second.commit({ nextBlock: 5, indexedBefore: 5 })
    await second.idle()
    assert.equal(second.stats().blocksAdded, 2)
    assert.deepEqual(await findAll(store.index), before)
    const rows = await store.index.blocks(DAY)
    assert.deepEqual(
      rows.map(({ block, line }) => [block, line]),
      [
        [1, 1],
        [2, 1],
      ],
    )
    for (const [i, row] of rows.entries()) {
      const stored = await store.blocks.read(DAY, row.offset, row.length)
      assert.equal(readBlockHeader(stored)?.block, row.block)
      const { bytes, length } = again[i] ?? {}
      assert.deepEqual(await unpackBlock(stored, row.rawLength), bytes?.subarray(0, length))
    }
  })
}

test('StoreWriter: a full disk stops everything after it and is told as such', async (t) => {
  const folder = makeFolder(t)
  mkdirSync(join(folder, 'blocks'), { recursive: true })
  symlinkSync('/dev/full', join(folder, 'blocks', `${DAY}.pcapng.zst`))
  const store = openStore(folder, 'write')
  const writer = new StoreWriter(store)
  const [built] = makeBlocks(1, 1)
  assert.ok(built !== undefined)
  await writer.putBlock(built)
  await writer.putLegs(pack([legIn(1, 'points nowhere')]))
  await writer.commit({ nextBlock: 2, indexedBefore: 2 })
  await assert.rejects(writer.idle(), (error) => isFailure(error, 'full'))
  await assert.rejects(writer.idle(), (error) => isFailure(error, 'full'))
  assert.deepEqual(await findAll(store.index), [])
  assert.deepEqual(await store.index.progress(), { nextBlock: 1, indexedBefore: 1 })
  await store.index.close()
})

test('StoreWriter: after a failure a block is done when nothing reads its memory', async (t) => {
  const folder = makeFolder(t)
  mkdirSync(join(folder, 'blocks'), { recursive: true })
  symlinkSync('/dev/full', join(folder, 'blocks', `${DAY}.pcapng.zst`))
  const store = openStore(folder, 'write')
  const writer = new StoreWriter(store)
  for (const built of makeBlocks(1, 6)) {
    // Noise, so that packing it takes several steps and longer than refusing it.
    const memory = new ArrayBuffer(1024 * 1024)
    const words = new Uint32Array(memory)
    for (let i = 1; i < words.length; i++)
      words[i] = (words[i - 1] ?? 0) * 1_664_525 + 1_013_904_223
    await writer.putBlock({ ...built, bytes: Buffer.from(memory), length: memory.byteLength })
    // What an importer does with it: the memory moves to another thread, to be used again.
    structuredClone(memory, { transfer: [memory] })
  }
  // A compressor that lost its input would fail by now, in nobody's hands.
  for (const built of makeBlocks(7, 4)) await packBlock(built)
  await assert.rejects(writer.idle(), (error) => isFailure(error, 'full'))
  await store.index.close()
})

test('StoreWriter: a disk that fills up under the index leaves a store that is right', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, async (t) => {
  const disk = mountDisk(t, '2m')
  const folder = join(disk, 'data')
  const store = openStore(folder, 'write')
  const writer = new StoreWriter(store)
  const blocks = makeBlocks(1, 2)
  for (const built of blocks) await writer.putBlock(built)
  await writer.putLegs(pack([legIn(1, 'kept')]))
  await writer.commit({ nextBlock: 3, indexedBefore: 3 })
  await writer.idle()
  fillUp(disk)
  for (let i = 0; i < 40; i++) {
    await writer.putLegs(
      pack(Array.from({ length: 50 }, (_, n) => legIn(1, `${i} ${n} ${'x'.repeat(500)}`))),
    )
  }
  await writer.commit({ nextBlock: 3, indexedBefore: 3 })
  await assert.rejects(writer.idle(), (error) => isFailure(error, 'full'))
  await closeStore(store)
  rmSync(join(disk, 'ballast'))
  const again = open(t, folder)
  assert.deepEqual(
    (await findAll(again.index)).map(({ callId }) => callId),
    ['kept'],
  )
  assert.equal((await again.index.blocks(DAY)).length, 2)
})

/** Opens a copy of the folder, as if the process had died now, and looks where its legs point. */
async function assertBlocksThere(t: TestContext, folder: string): Promise<void> {
  const image = makeFolder(t)
  cpSync(folder, image, { recursive: true })
  const store = openStore(image, 'read')
  try {
    const known = new Set<number>()
    for (const row of await store.index.blocks(DAY)) {
      known.add(row.block)
      const stored = await store.blocks.read(DAY, row.offset, row.length)
      assert.equal(stored.length, row.length)
    }
    for (const leg of await findAll(store.index)) {
      const { facts } = decodeTrail(leg.trail, REF_SCALE)
      assert.ok(known.has(blockOf(facts[FACT_REF] ?? 0)), `no block for ${leg.callId}`)
    }
  } finally {
    await closeStore(store)
  }
}

function legIn(block: number, callId: string): PackedLeg {
  const messages = answeredCall(DAY_US).map((message) => ({ ...message, block }))
  return makeLeg({ callId, messages })
}

function pack(legs: readonly PackedLeg[]): Uint8Array {
  const writer = new ByteWriter()
  for (const leg of legs) {
    packLeg(writer, { ...leg, trail: decodeTrail(leg.trail, REF_SCALE) }, leg.summary, REF_SCALE)
  }
  return writer.take()
}

/** Blocks of one frame each, with the same bytes whatever their numbers. */
function makeBlocks(first: number, count: number): BuiltBlock[] {
  const blocks: BuiltBlock[] = []
  const builder = new BlockBuilder({
    numbers: BlockNumbers.from(first),
    emit: (block) => blocks.push(block),
  })
  for (let i = 0; i < count; i++) {
    builder.add(makeFrame(frameBytes(i, 5_000), DAY_US + i))
    builder.flush()
  }
  return blocks
}

function open(t: TestContext, folder: string): OpenStore {
  const store = openStore(folder, 'write')
  t.after(() => closeStore(store))
  return store
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-writer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
