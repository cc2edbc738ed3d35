// What lies in the files of blocks beyond what the index knows: whole blocks are entered, a torn
// end is cut off, and damage between whole blocks is stepped over. Refuses to throw away what was
// once stored whole.
import type { Day } from '../base/day.ts'
import { isFailure } from '../base/failure.ts'
import { BLOCK_HEADER_BYTES, type BlockHeader, readBlockHeader } from '../store/block-header.ts'
import { digestOf } from '../store/block-packer.ts'
import type { BlockRow } from '../store/contract.ts'
import type { OpenStore } from '../store/data-folder.ts'

export interface FoundBlocks {
  /** Blocks that stood on disk and not in the index. */
  blocksFound: number
  /** Places where a block must have been that nobody can find the ends of. */
  blocksLost: number
  /** Bytes cut off because they were no whole block. */
  bytesCut: number
}

/** Bytes of each day that were stored whole once, as far as somebody knows. */
export type StoredBefore = ReadonlyMap<Day, number>

const FIRST_BLOCK = 1
/** How much is read at a time in search of the next block after damage. */
const SEARCH_BYTES = 1024 * 1024
/** How every block's header begins: see store/block-header.ts. */
const HEADER_MAGIC = Buffer.from('5e2a4d18', 'hex')

/**
 * Enters blocks into the index that were written and not entered, and sets its progress so that
 * they will be read. The store must be open for writing.
 */
export async function findBlocks(
  store: OpenStore,
  storedBefore: StoredBefore = new Map(),
): Promise<FoundBlocks> {
  const { nextBlock, indexedBefore } = await store.index.progress()
  const search = new BlockSearch(store, nextBlock)
  let last = 0
  for (const day of await store.blocks.days()) {
    await search.searchDay(day, storedBefore.get(day) ?? 0)
    for (const row of await store.index.blocks(day)) last = Math.max(last, row.block)
  }
  if (search.found.blocksFound > 0 || nextBlock <= last) {
    await store.index.commit({
      nextBlock: Math.max(nextBlock, last + 1),
      indexedBefore: Math.min(indexedBefore, search.readFrom),
    })
  }
  return search.found
}

/** Up to where each day's blocks stand in the index, as far as it can be asked. */
export async function storedEnds(store: OpenStore): Promise<StoredBefore> {
  const ends = new Map<Day, number>()
  for (const day of await store.index.days()) {
    const end = await unlessUseless(endOfRows(store, day))
    if (end !== undefined) ends.set(day, end)
  }
  return ends
}

/** What a part of the index tells; nothing where it is damaged, or a newer Earshot wrote it. */
export async function unlessUseless<Told>(asking: Promise<Told>): Promise<Told | undefined> {
  try {
    return await asking
  } catch (error) {
    // What SQLite says of a page is no failure of ours.
    if (!isFailure(error) || error.kind === 'internal' || error.kind === 'conflict')
      return undefined
    throw error
  }
}

interface BlockAt {
  readonly header: BlockHeader
  /** Where the block ends if its header is right. */
  readonly end: number
  readonly isWhole: boolean
}

class BlockSearch {
  readonly found: FoundBlocks = { blocksFound: 0, blocksLost: 0, bytesCut: 0 }
  /** Number of the block from which on all must be read; Infinity where none was found. */
  readFrom = Number.POSITIVE_INFINITY
  readonly #store: OpenStore
  readonly #nextBlock: number

  constructor(store: OpenStore, nextBlock: number) {
    this.#store = store
    this.#nextBlock = nextBlock
  }

  async searchDay(day: Day, storedBefore: number): Promise<void> {
    const length = await this.#store.blocks.length(day)
    let at = await endOfRows(this.#store, day)
    const hasRows = at > 0
    while (at < length) {
      const block = await this.#blockAt(day, at)
      if (!hasRows && block !== undefined) await this.#noteLost(block)
      if (block?.isWhole) {
        await this.#enter(block, day, at)
        at = block.end
        continue
      }
      const next = await this.#nextWhole(day, at + 1, length)
      if (next === undefined && at >= storedBefore && !this.#wasStored(block, length)) {
        await this.#store.blocks.truncate(day, at)
        this.found.bytesCut += length - at
        return
      }
      const end = next ?? (this.#wasStored(block, length) ? length : Math.min(storedBefore, length))
      // Damaged, but its place is known: as a row it is named by every check.
      if (block?.end === end) await this.#enter(block, day, at)
      else this.found.blocksLost++
      at = end
    }
  }

  /**
   * A day without any row, of which the index told once, lost its index as a whole. Parts of its
   * legs may lie in blocks of other days that came before, so all are read. Said before its blocks
   * are entered: a crash in between would leave a day that looks as if nothing were missing.
   */
  async #noteLost({ header }: BlockAt): Promise<void> {
    if (header.block >= this.#nextBlock || this.readFrom === FIRST_BLOCK) return
    this.readFrom = FIRST_BLOCK
    await this.#store.index.commit({ nextBlock: this.#nextBlock, indexedBefore: FIRST_BLOCK })
  }

  async #enter({ header, end }: BlockAt, day: Day, offset: number): Promise<void> {
    const { packedLength: _, ...rest } = header
    const row: BlockRow = { ...rest, day, offset, length: end - offset }
    await this.#store.index.putBlock(row)
    this.found.blocksFound++
    this.readFrom = Math.min(this.readFrom, header.block)
  }

  /** The last block of a file, all there but damaged: what the index told of was no torn end. */
  #wasStored(block: BlockAt | undefined, length: number): boolean {
    if (block === undefined || block.end !== length) return false
    return this.#nextBlock === 1 || block.header.block < this.#nextBlock
  }

  async #blockAt(day: Day, offset: number): Promise<BlockAt | undefined> {
    const { blocks } = this.#store
    const header = readBlockHeader(await blocks.read(day, offset, BLOCK_HEADER_BYTES))
    if (header === undefined) return undefined
    const { packedLength, digest } = header
    const end = offset + BLOCK_HEADER_BYTES + packedLength
    if (end > (await blocks.length(day))) return { header, end, isWhole: false }
    const packed = await blocks.read(day, offset + BLOCK_HEADER_BYTES, packedLength)
    return { header, end, isWhole: digestOf(packed) === digest }
  }

  /** Place of the first whole block at or after `from`. */
  async #nextWhole(day: Day, from: number, length: number): Promise<number | undefined> {
    for (let start = from; start < length; start += SEARCH_BYTES) {
      const bytes = await this.#store.blocks.read(day, start, SEARCH_BYTES + HEADER_MAGIC.length)
      for (
        let at = bytes.indexOf(HEADER_MAGIC);
        at >= 0;
        at = bytes.indexOf(HEADER_MAGIC, at + 1)
      ) {
        if ((await this.#blockAt(day, start + at))?.isWhole) return start + at
      }
    }
    return undefined
  }
}

async function endOfRows(store: OpenStore, day: Day): Promise<number> {
  const rows = await store.index.blocks(day)
  return rows.reduce((end, { offset, length }) => Math.max(end, offset + length), 0)
}
