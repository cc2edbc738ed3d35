// Refs in, frames and message bytes out: reads stored blocks, unpacks them and keeps the recent
// ones, since the messages of a leg lie close together.
import type { Day } from '../base/day.ts'
import { Failure, isFailure } from '../base/failure.ts'
import type { Frame } from '../source/frame.ts'
import { unpackBlock } from './block-packer.ts'
import type { BlockStore, LegIndex } from './contract.ts'
import { blockOf, offsetOf } from './frame-ref.ts'
import { PacketBlocks } from './packet-blocks.ts'

/** A stored frame exactly as it was captured; its memory may be shared and is not written to. */
export type StoredFrame = Readonly<Frame>

/** Hears of a block that is lost or damaged, in words that name it, perhaps more than once. */
export interface UnreadListener {
  (reason: string): void
}

/** Unpacked blocks kept: 32 MB. */
const BLOCKS_KEPT_MAX = 34

export class BlockReader {
  readonly #blocks: BlockStore
  readonly #index: LegIndex
  /** By number, the longest unused first. */
  readonly #kept = new Map<number, Promise<PacketBlocks>>()

  constructor(blocks: BlockStore, index: LegIndex) {
    this.#blocks = blocks
    this.#index = index
  }

  /**
   * The frame at a ref. `hint` is the day of the leg that points there.
   * @throws Failure `not-found` when the block was dropped, `internal` when it is damaged
   */
  async frame(ref: number, hint: Day): Promise<StoredFrame> {
    const block = blockOf(ref)
    const frame = (await this.#block(block, hint)).frame(ref, offsetOf(ref))
    if (frame === undefined) {
      throw new Failure('internal', `block ${block} has no frame at ${offsetOf(ref)}`)
    }
    return frame
  }

  /** All frames of a block in the order in which they were stored. Fails as `frame` does. */
  async frames(block: number, hint: Day): Promise<Iterable<StoredFrame>> {
    return (await this.#block(block, hint)).frames(block)
  }

  #block(block: number, hint: Day): Promise<PacketBlocks> {
    const kept = this.#kept.get(block)
    if (kept !== undefined) {
      this.#kept.delete(block)
      this.#kept.set(block, kept)
      return kept
    }
    const reading = this.#read(block, hint)
    this.#kept.set(block, reading)
    reading.catch(() => this.#kept.delete(block))
    if (this.#kept.size > BLOCKS_KEPT_MAX) {
      const [oldest] = this.#kept.keys()
      if (oldest !== undefined) this.#kept.delete(oldest)
    }
    return reading
  }

  async #read(block: number, hint: Day): Promise<PacketBlocks> {
    const row = await this.#index.block(block, hint)
    if (row === undefined) throw new Failure('not-found', `block ${block} is not in the store`)
    try {
      const stored = await this.#blocks.read(row.day, row.offset, row.length)
      return new PacketBlocks(await unpackBlock(stored, row.rawLength))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const kind = isFailure(error, 'not-found') ? 'not-found' : 'internal'
      // No cause: which block it is says all, and the stack of whoever unpacked it nothing.
      throw new Failure(kind, `block ${block} of ${row.day} cannot be read: ${reason}`)
    }
  }
}

/** What was read; undefined, and told to who listens, where its block is lost or damaged. */
export async function unlessUnread<Read>(
  reading: Promise<Read>,
  onUnread: UnreadListener | undefined,
): Promise<Read | undefined> {
  try {
    return await reading
  } catch (error) {
    if (!isFailure(error)) throw error
    onUnread?.(error.message)
    return undefined
  }
}

/** Listens where a part of it all would be wrong. @throws Failure `internal` */
export function refuseUnread(reason: string): never {
  throw new Failure('internal', reason)
}
