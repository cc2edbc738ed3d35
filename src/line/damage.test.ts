// Stores that lost something: the index, a day of it, a bit of a block. The blocks are the truth:
// whatever of them is whole comes back, and nothing that stands there is thrown away.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  cpSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test, type TestContext } from 'node:test'
import type { BlockRow } from '../store/contract.ts'
import { rebuildIndex } from './replay.ts'
import {
  assertSamePicture,
  faultsOf,
  importInto,
  joinSettings,
  makeFolder,
  pictureOf,
  recover,
  splitCapture,
  withStore,
  writeCapture,
} from './store.fixture.ts'

const DAY = '2026-11-02'
const cleanUps: (() => void)[] = []
const suite = { after: (work: () => void) => void cleanUps.push(work) }
let capture: string
let undisturbed: string
let expected: Awaited<ReturnType<typeof pictureOf>>
let rows: readonly BlockRow[]

before(async () => {
  const folder = makeFolder(suite)
  capture = writeCapture(join(folder, 'calls.pcap'), { calls: 900, callsPerSecond: 50 })
  undisturbed = join(folder, 'undisturbed')
  await importInto(undisturbed, capture)
  expected = await pictureOf(undisturbed)
  assert.ok(expected.asserted.length > 200)
  rows = await withStore(undisturbed, 'read', (store) => store.index.blocks(DAY))
  assert.ok(rows.length >= 5, `${rows.length} blocks`)
})

after(() => {
  for (const work of cleanUps) work()
})

test('an index that is lost is made again from the blocks, bit for bit', async (t) => {
  const folder = copyOf(t)
  rmSync(join(folder, 'index'), { recursive: true })
  const { blocksFound, blocksDamaged } = await rebuild(folder)
  assert.deepEqual([blocksFound, blocksDamaged], [rows.length, 0])
  assertSamePicture(await pictureOf(folder), expected)
  assert.deepEqual(await faultsOf(folder), [])
})

test('a whole index that is made anew is the same', async (t) => {
  const folder = copyOf(t)
  await rebuild(folder)
  await rebuild(folder)
  assertSamePicture(await pictureOf(folder), expected)
})

test('a day of the index that is lost comes back by itself', async (t) => {
  const folder = copyOf(t)
  rmSync(join(folder, 'index', `${DAY}.sqlite`))
  await recover(folder)
  assertSamePicture(await pictureOf(folder), expected)
  assert.deepEqual(await faultsOf(folder), [])
})

test('a day that is lost comes back with what blocks before its own tell of it', async (t) => {
  const folder = makeFolder(t)
  await importOverMidnight(folder)
  const before = await pictureOf(folder)
  rmSync(join(folder, 'index', `${DAY}.sqlite`))
  await recover(folder)
  assertSamePicture(await pictureOf(folder), before)
  assert.deepEqual(await faultsOf(folder), [])
})

test('a new index that is cut short is made by the next start', async (t) => {
  const folder = makeFolder(t)
  await importOverMidnight(folder)
  const before = await pictureOf(folder)
  await withStore(folder, 'write', async (store) => {
    const drop = store.index.drop.bind(store.index)
    store.index.drop = async (day) => {
      await drop(day)
      const { indexedBefore } = await store.index.progress()
      throw new Error(`cut short, all from block ${indexedBefore} on is to be read`)
    }
    await assert.rejects(rebuildIndex(store, joinSettings), /all from block 1 on/)
  })
  await recover(folder)
  assertSamePicture(await pictureOf(folder), before)
})

test('a catalogue that is lost does no harm', async (t) => {
  const folder = copyOf(t)
  rmSync(join(folder, 'index', 'catalogue.sqlite'))
  await importInto(folder, capture)
  assertSamePicture(await pictureOf(folder), expected)
  const again = await withStore(folder, 'read', (store) => store.index.blocks(DAY))
  assert.deepEqual(again, rows)
})

for (const [what, part] of [
  ['a day', `${DAY}.sqlite`],
  ['a catalogue', 'catalogue.sqlite'],
] as const) {
  const makes = {
    'is no database': (path: string) => writeFileSync(path, Buffer.alloc(20_000, 'garbage')),
    'was cut': (path: string) => truncateSync(path, 9_000),
    'is of a newer Earshot': (path: string) => {
      const database = new DatabaseSync(path)
      database.exec('PRAGMA user_version = 99')
      database.close()
    },
  }
  for (const [state, make] of Object.entries(makes)) {
    test(`a new index is made where ${what} of the old one ${state}`, async (t) => {
      const folder = copyOf(t)
      make(join(folder, 'index', part))
      const { blocksFound, blocksDamaged } = await rebuild(folder)
      assert.deepEqual([blocksFound, blocksDamaged], [rows.length, 0])
      assertSamePicture(await pictureOf(folder), expected)
    })
  }
}

test('an index that was emptied and not yet made anew is made by the next start', async (t) => {
  const folder = copyOf(t)
  await withStore(folder, 'write', async (store) => store.index.drop(DAY))
  await recover(folder)
  assertSamePicture(await pictureOf(folder), expected)
})

test('a flipped bit is named by check, and the other blocks are read', async (t) => {
  const folder = copyOf(t)
  const row = rowAt(2)
  flip(folder, row.offset + Math.floor(row.length / 2))
  const faults = await faultsOf(folder)
  assert.ok(faults.some((fault) => fault.startsWith(`block ${row.block} of ${DAY}: its bytes`)))
  const { legs } = await withStore(folder, 'read', (store) => store.index.counters())
  assert.equal(legs, expected.legs.length)
})

for (const [part, at] of [
  ['inside', (row: BlockRow) => row.offset + Math.floor(row.length / 2)],
  ['in the magic of', (row: BlockRow) => row.offset],
  ['in the length of', (row: BlockRow) => row.offset + 22],
] as const) {
  for (const which of [0, 2, -1]) {
    test(`a bit flipped ${part} block ${which}: a new index has all others`, async (t) => {
      const folder = copyOf(t)
      const path = blocksPath(folder)
      const { size } = statSync(path)
      const row = rowAt(which)
      flip(folder, at(row))
      const { blocksDamaged } = await rebuild(folder)
      assert.equal(statSync(path).size, size, 'blocks were cut off')
      assert.equal(blocksDamaged, 1)
      const { messages } = await pictureOf(folder)
      const all = new Set(expected.messages)
      assert.deepEqual(
        messages.filter((message) => !all.has(message)),
        [],
      )
      const kept = 1 - row.frames / rows.reduce((sum, { frames }) => sum + frames, 0)
      assert.ok(messages.length >= expected.messages.length * kept * 0.95)
      // The capture brings back what was damaged.
      await importInto(folder, capture)
      assertSamePicture(await pictureOf(folder), expected)
    })
  }
}

for (const [what, harm] of [
  [
    'a block is damaged',
    (folder: string) => flip(folder, rowAt(1).offset + Math.floor(rowAt(1).length / 2)),
  ],
  ['the end is gone', (folder: string) => truncateSync(blocksPath(folder), rowAt(-1).offset + 10)],
  ['all blocks are gone', (folder: string) => rmSync(blocksPath(folder))],
] as const) {
  test(`the capture heals a store of which ${what}, and a new index knows it`, async (t) => {
    const folder = copyOf(t)
    harm(folder)
    assert.ok((await faultsOf(folder)).length > 0)
    await importInto(folder, capture)
    assert.deepEqual(await faultsOf(folder), [])
    assertSamePicture(await pictureOf(folder), expected)
    await rebuild(folder)
    assert.deepEqual(await faultsOf(folder), [])
    assertSamePicture(await pictureOf(folder), expected)
  })
}

test('damage in the middle hides no torn end, and a torn end hides no damage', async (t) => {
  const folder = copyOf(t)
  const row = rowAt(1)
  flip(folder, row.offset + 100)
  const path = blocksPath(folder)
  const { size } = statSync(path)
  appendFileSync(path, readBytes(path, 0, 500))
  rmSync(join(folder, 'index'), { recursive: true })
  const { blocksDamaged, bytesCut } = await rebuild(folder)
  assert.deepEqual([blocksDamaged, bytesCut], [1, 500])
  assert.equal(statSync(path).size, size)
})

test('an end that a power cut left as zeros is cut off', async (t) => {
  const folder = copyOf(t)
  const path = blocksPath(folder)
  const { size } = statSync(path)
  const zeros = readBytes(path, 0, rowAt(0).length).fill(0, 64)
  // A header that made it to the disk, with the number that would have come next.
  zeros.writeUInt32LE(rows.length + 1, 12)
  appendFileSync(path, zeros)
  const { bytesCut } = await recover(folder)
  assert.equal(bytesCut, zeros.length)
  assert.equal(statSync(path).size, size)
  assertSamePicture(await pictureOf(folder), expected)
})

test('blocks that are gone from the end are named, and the capture brings them back', async (t) => {
  const folder = copyOf(t)
  const path = blocksPath(folder)
  truncateSync(path, rowAt(-1).offset + 10)
  assert.ok((await faultsOf(folder)).length > 0)
  await rebuild(folder)
  await importInto(folder, capture)
  assertSamePicture(await pictureOf(folder), expected)
  assert.deepEqual(await faultsOf(folder), [])
})

test('a file of blocks that holds none does no harm', async (t) => {
  const folder = makeFolder(t)
  cpSync(undisturbed, folder, { recursive: true })
  const strange = join(folder, 'blocks', '2026-11-03.pcapng.zst')
  writeFileSync(strange, 'somebody put this here'.repeat(1_000))
  await importInto(folder, capture)
  assertSamePicture(await pictureOf(folder), expected)
})

/** Imports calls that go on over midnight: first what came after it, at last what came before. */
async function importOverMidnight(folder: string): Promise<void> {
  const midnight = Date.UTC(2026, 10, 3) / 1000
  const wish = { calls: 80, callsPerSecond: 4, startUs: (midnight - 20) * 1_000_000 }
  const [early, late] = splitCapture(writeCapture(join(folder, 'night.pcap'), wish), midnight)
  const noon = { ...wish, startUs: (midnight + 43_200) * 1_000_000, seed: 2 }
  await importInto(folder, late, writeCapture(join(folder, 'noon.pcap'), noon), early)
}

function copyOf(t: TestContext): string {
  const folder = makeFolder(t)
  cpSync(undisturbed, folder, { recursive: true })
  return folder
}

function rebuild(folder: string) {
  return withStore(folder, 'write', (store) => rebuildIndex(store, joinSettings))
}

function rowAt(which: number): BlockRow {
  const row = rows.at(which)
  assert.ok(row !== undefined)
  return row
}

function blocksPath(folder: string): string {
  return join(folder, 'blocks', `${DAY}.pcapng.zst`)
}

function readBytes(path: string, offset: number, length: number): Buffer {
  return Buffer.from(readFileSync(path).subarray(offset, offset + length))
}

function flip(folder: string, at: number): void {
  const file = openSync(blocksPath(folder), 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, at)
  writeSync(file, Buffer.of((byte[0] ?? 0) ^ 4), 0, 1, at)
  closeSync(file)
}
