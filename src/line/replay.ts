// Stored blocks in, the index brought up to date: after a crash from where it had come to, or from
// the beginning when it is made anew. The blocks are the truth: what the index lacks is in them.
import type { Day } from '../base/day.ts'
import { Failure } from '../base/failure.ts'
import { limits } from '../base/limits.ts'
import type { JoinSettings } from '../calls/leg-head.ts'
import { BLOCK_HEADER_BYTES } from '../store/block-header.ts'
import { digestOf, unpackBlock } from '../store/block-packer.ts'
import type { BlockRow } from '../store/contract.ts'
import type { OpenStore } from '../store/data-folder.ts'
import { DayFiling } from '../store/day-filing.ts'
import { PacketBlocks } from '../store/packet-blocks.ts'
import { StoreWriter } from '../store/store-writer.ts'
import { type FoundBlocks, findBlocks, storedEnds, unlessUseless } from './find-blocks.ts'
import type { MessageLine } from './message-line.ts'
import { endDrops } from './retention.ts'

/** Blocks between two commits while blocks are read again. */
const COMMIT_BLOCKS = 272

export interface ReplayResult {
  /** Blocks that stood on disk and not in the index. */
  readonly blocksFound: number
  /** Bytes cut off because they were no whole block. */
  readonly bytesCut: number
  readonly blocksRead: number
  /** Blocks whose bytes are not what they were. */
  readonly blocksDamaged: number
  readonly messages: number
}

/**
 * Brings the index up to the blocks. Cheap when nothing is missing.
 * The store must be open for writing, and this process must hold its lock.
 */
export async function recoverStore(
  store: OpenStore,
  settings: JoinSettings,
  onBlock: (done: number, total: number) => void = () => {},
): Promise<ReplayResult> {
  await endDrops(store)
  return readFound(store, await findBlocks(store), settings, onBlock)
}

async function readFound(
  store: OpenStore,
  { blocksLost, ...found }: FoundBlocks,
  settings: JoinSettings,
  onBlock: (done: number, total: number) => void,
): Promise<ReplayResult> {
  const { nextBlock, indexedBefore } = await store.index.progress()
  // As nearly always: of years, no day is opened once more.
  if (indexedBefore >= nextBlock) return { ...found, ...nothingRead, blocksDamaged: blocksLost }
  const toRead = await blocksFrom(store, indexedBefore - 1)
  const isUpToDate = toRead.blocks.every(({ block }) => block < indexedBefore)
  const read = isUpToDate ? nothingRead : await readAgain(store, toRead, settings, onBlock)
  return { ...found, ...read, blocksDamaged: blocksLost + read.blocksDamaged }
}

/** Makes the index anew from the blocks alone, whatever state the old one is in. */
export async function rebuildIndex(
  store: OpenStore,
  settings: JoinSettings,
  onBlock: (done: number, total: number) => void = () => {},
): Promise<ReplayResult> {
  await endDrops(store)
  const { nextBlock } = (await unlessUseless(store.index.progress())) ?? { nextBlock: 1 }
  const storedBefore = await storedEnds(store)
  // Said before the first day goes: whoever comes after a crash must read all of them again.
  await store.index.clear({ nextBlock, indexedBefore: 1 })
  return readFound(store, await findBlocks(store, storedBefore), settings, onBlock)
}

const nothingRead = { blocksRead: 0, blocksDamaged: 0, messages: 0 }

interface BlocksToRead {
  /** Line by line, for several may have run at once; within a line by their numbers. */
  readonly blocks: readonly BlockRow[]
  /** The days that each line opened, those of its earlier blocks too. */
  readonly daysOfLine: ReadonlyMap<number, ReadonlySet<Day>>
}

async function blocksFrom(store: OpenStore, first: number): Promise<BlocksToRead> {
  const blocks: BlockRow[] = []
  const daysOfLine = new Map<number, Set<Day>>()
  for (const day of await store.index.days()) {
    for (const row of await store.index.blocks(day)) {
      if (row.block >= first) blocks.push(row)
      const days = daysOfLine.get(row.line) ?? new Set()
      daysOfLine.set(row.line, days.add(day))
    }
  }
  return { blocks: blocks.sort((a, b) => a.line - b.line || a.block - b.block), daysOfLine }
}

/** From each place on, the lowest number of a block that stands there or later. */
function smallestFrom(blocks: readonly BlockRow[]): Float64Array {
  const smallest = new Float64Array(blocks.length)
  let soFar = Number.POSITIVE_INFINITY
  for (let i = blocks.length - 1; i >= 0; i--) {
    soFar = Math.min(soFar, blocks[i]?.block ?? soFar)
    smallest[i] = soFar
  }
  return smallest
}

/** Sends stored frames through the line once more, each run of blocks through a line of its own. */
async function readAgain(
  store: OpenStore,
  { blocks, daysOfLine }: BlocksToRead,
  settings: JoinSettings,
  onBlock: (done: number, total: number) => void,
): Promise<typeof nothingRead> {
  const writer = new StoreWriter(store)
  const untoldBefore = smallestFrom(blocks)
  const { nextBlock } = await store.index.progress()
  // Loaded here, for nearly always nothing is to be read again, and an import should not wait for
  // all stations of a line to be loaded in the thread that stores.
  const { MessageLine: Line } = await import('./message-line.ts')
  const { earlierMedia } = await import('./earlier-media.ts')
  const lineFor = async (first: BlockRow | undefined): Promise<MessageLine> => {
    const days = first === undefined ? undefined : daysOfLine.get(first.line)
    const notices = first === undefined ? [] : await earlierMedia(store, first.firstUs)
    const filing = new DayFiling(limits.daysPerImportMax, days)
    return new Line(settings, { filing, earlier: () => notices })
  }
  let line = await lineFor(blocks[0])
  let lineOf = blocks[0]?.line
  let blocksDamaged = 0
  let messages = 0
  const endLine = async () => {
    line.finish()
    messages += line.messages
    await writer.putLegs(line.takeLegs())
    await writer.putStreams(line.takeStreams())
    await writer.putNotes(line.takeNotes())
  }
  for (const [i, row] of blocks.entries()) {
    if (row.line !== lineOf) {
      await endLine()
      line = await lineFor(row)
      lineOf = row.line
    }
    if (!(await pushBlock(store, row, line))) blocksDamaged++
    line.sweep(row.block)
    await writer.putLegs(line.takeLegs())
    await writer.putStreams(line.takeStreams())
    await writer.putNotes(line.takeNotes())
    if (i % COMMIT_BLOCKS === COMMIT_BLOCKS - 1) {
      const unread = untoldBefore[i + 1] ?? nextBlock
      const indexedBefore = Math.min(unread, line.oldestUnstoredBlock())
      await writer.commit({ nextBlock, indexedBefore }, false)
    }
    onBlock(i + 1, blocks.length)
  }
  await endLine()
  if (daysOfLine.size > 1) {
    const { StreamBinding } = await import('./stream-binding.ts')
    await writer.idle()
    await new StreamBinding(store, settings, { writer, firstBlock: nextBlock }).run()
  }
  await writer.commit({ nextBlock, indexedBefore: nextBlock })
  writer.leave()
  await writer.idle()
  return { blocksRead: blocks.length, blocksDamaged, messages }
}

/** False when the block is damaged; the others are read all the same. */
async function pushBlock(store: OpenStore, row: BlockRow, line: MessageLine): Promise<boolean> {
  try {
    const stored = await store.blocks.read(row.day, row.offset, row.length)
    if (digestOf(stored.subarray(BLOCK_HEADER_BYTES)) !== row.digest) {
      throw new Failure('internal', `block ${row.block} is damaged`)
    }
    const raw = await unpackBlock(stored, row.rawLength)
    for (const frame of new PacketBlocks(raw).frames(row.block)) line.push(frame)
    return true
  } catch {
    return false
  }
}
