// A capture's frames in; blocks, packed legs and streams, and checkpoints out, in the order in
// which a store must write them. The reading side of an import, in whatever thread it runs.
import { limits } from '../base/limits.ts'
import type { JoinSettings } from '../calls/leg-head.ts'
import type { EarlierMedia, MediaNotice } from '../calls/sdp-backlog.ts'
import type { HepPacket } from '../decode/hep/hep-packet.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { LINK_TYPE_ETHERNET, PLAIN_HEADER_BYTES } from '../rtp/stream-meter.ts'
import type { CaptureInterface, Frame } from '../source/frame.ts'
import type { SecretSource } from '../source/key-log.ts'
import type { TakeAhead } from '../source/record-walker.ts'
import { BlockBuilder, type BuiltBlock } from '../store/block-builder.ts'
import type { BlockNumbers } from '../store/block-numbers.ts'
import { DayFiling } from '../store/day-filing.ts'
import { type LineCounts, MessageLine } from './message-line.ts'

/**
 * Blocks between two checkpoints: 256 MB of frames, which a crash makes us read again in two or
 * three seconds. Each writes every page of the index that changed, so they must not be many.
 */
const CHECKPOINT_BLOCKS = 272
/** Fewer bytes of legs and streams wait for more: a batch costs as much as several of them do. */
const GATHERED_BYTES_MIN = 32 * 1024

/** Where RTP stands in the record of a plain frame. */
const RTP_FROM_RECORD = 16 + PLAIN_HEADER_BYTES

/** Where a line's output goes. Calls come in the order in which their effects must be stored. */
export interface LineOutput {
  block(block: BuiltBlock): void
  /** Packed legs (calls/leg-record-codec.ts); the blocks they point into went before. */
  legs(packed: Buffer): void
  /** Packed streams (calls/stream-record-codec.ts); the blocks they point into went before. */
  streams(packed: Buffer): void
  /** Packed notes (calls/call-note.ts), each with the day that it is filed under. */
  notes(packed: Buffer): void
  /** All that was handed on tells everything in the blocks before `indexedBefore`. */
  checkpoint(progress: { nextBlock: number; indexedBefore: number; isLast: boolean }): void
}

/** How much a flush hands on beside what is complete. */
export interface FlushDepth {
  /** Legs that go on, as far as they have come. */
  readonly hasOpenLegs: boolean
  readonly hasOpenStreams: boolean
  /** Not much more is waiting: see LegIndex.commit. */
  readonly isLast: boolean
}

export class CaptureLine implements TakeAhead {
  /** See TakeAhead. */
  taken = 0
  readonly #kernel: Kernel | undefined
  readonly #line: MessageLine
  readonly #builder: BlockBuilder
  /**
   * Frames made of opened messages lie in blocks of their own, so that those of the captured ones
   * are the same whether a secret was known or not.
   */
  readonly #openedBuilder: BlockBuilder
  readonly #output: LineOutput
  readonly #filing = new DayFiling(limits.daysPerImportMax)
  #blocksSinceCheckpoint = 0
  #isHanding = false

  constructor(parts: {
    settings: JoinSettings
    /** Where the numbers of blocks come from; others may take from it too. */
    numbers: BlockNumbers
    output: LineOutput
    /** Memory for blocks: see BlockBuilderParts. */
    allocate?: () => Buffer
    /** See BlockBuilderParts and MessageLine. */
    kernel?: Kernel
    /** See LegTracker. */
    seed?: number
    /** Secrets of TLS connections. */
    secrets?: SecretSource | undefined
    /** See MediaTracker. */
    earlier?: EarlierMedia
  }) {
    const { settings, seed = 0, secrets, allocate, kernel, earlier } = parts
    this.#kernel = kernel
    const keep = (frame: Frame): number => this.#openedBuilder.add(frame)
    this.#line = new MessageLine(settings, {
      seed,
      filing: this.#filing,
      opening: { secrets, keep },
      earlier,
      ...(kernel === undefined ? {} : { kernel }),
    })
    this.#output = parts.output
    const building = {
      numbers: parts.numbers,
      filing: this.#filing,
      ...(allocate === undefined ? {} : { allocate }),
      ...(kernel === undefined ? {} : { kernel }),
    }
    this.#builder = new BlockBuilder({
      ...building,
      emit: (block) => {
        this.#handBlock(block)
        this.#isHanding = true
      },
    })
    this.#openedBuilder = new BlockBuilder({
      ...building,
      emit: (block) => this.#handBlock(block),
    })
  }

  /** `hep`: see Decoder.push. */
  push(frame: Frame, hep?: HepPacket): void {
    frame.ref = this.#builder.add(frame)
    this.#line.push(frame, this.#builder.addedAt, hep)
    // Only between two frames: the frame that filled the block had to be followed up first.
    if (this.#isHanding) this.#afterBlock()
  }

  records(bytes: Buffer, at: number, end: number, from: CaptureInterface): number {
    this.taken = 0
    const isMedia = ((bytes[at + RTP_FROM_RECORD] as number) & 0xc0) === 0x80
    if (!isMedia || from.linkType !== LINK_TYPE_ETHERNET) return at
    const memoryAt = this.#kernel?.addressOf(bytes) ?? -1
    const block = memoryAt < 0 ? -1 : this.#builder.lend(from)
    if (block < 0) return at
    const next = this.#line.takeRecords(memoryAt + at, memoryAt + end, block) - memoryAt
    this.taken = this.#builder.takeBack()
    if (this.taken > 0) {
      this.#line.took(this.taken, this.#builder.taken)
      if (this.#isHanding) this.#afterBlock()
    }
    return next
  }

  /** See MediaTracker. */
  describe(earlier: readonly MediaNotice[]): void {
    this.#line.describe(earlier)
  }

  /**
   * Hands on what has come, at `nowUs` by the clock, and goes on: what a line does again and again
   * while the input is live, so that it is found soon. True where a stream is not told as
   * far as it has come: another flush must follow, though nothing else may come.
   */
  flush(nowUs: number, depth: FlushDepth): boolean {
    this.#line.tick(nowUs)
    if (depth.hasOpenLegs) this.#line.gatherOpenLegs()
    const owesStreams = !depth.hasOpenStreams || this.#line.gatherOpenStreams()
    this.#flushBlocks()
    this.#handGathered()
    this.#checkpoint(depth.isLast, limits.unfinishedBlocksMax)
    return owesStreams
  }

  /** Ends the input and hands on everything. */
  finish(): void {
    this.#line.endInput()
    this.#flushBlocks()
    this.#line.gatherAll(() => this.#handGathered())
    this.#handGathered()
    this.#checkpoint(true)
  }

  get messages(): number {
    return this.#line.messages
  }

  counts(): LineCounts {
    const { messages, problems } = this.#line.counts()
    return { messages, problems: new Map([...problems, ...this.#builder.problems()]) }
  }

  #handBlock(block: BuiltBlock): void {
    this.#output.block(block)
    this.#blocksSinceCheckpoint++
  }

  #afterBlock(): void {
    this.#line.sweep(this.#builder.next)
    // Legs gathered now may point into blocks of other days that are still open.
    this.#flushBlocks()
    const { gatheredBytes, gatheredStreamBytes, gatheredNoteBytes } = this.#line
    const gathered = gatheredBytes + gatheredStreamBytes + gatheredNoteBytes
    const isDue = this.#blocksSinceCheckpoint >= CHECKPOINT_BLOCKS
    if (isDue || gathered >= GATHERED_BYTES_MIN) this.#handGathered()
    if (isDue) this.#checkpoint(false)
  }

  #flushBlocks(): void {
    this.#builder.flush()
    this.#openedBuilder.flush()
    this.#isHanding = false
  }

  #handGathered(): void {
    if (this.#line.gatheredBytes > 0) this.#output.legs(this.#line.takeLegs())
    if (this.#line.gatheredStreamBytes > 0) this.#output.streams(this.#line.takeStreams())
    if (this.#line.gatheredNoteBytes > 0) this.#output.notes(this.#line.takeNotes())
  }

  /** `margin`: blocks in which something may have begun that goes on in the next ones. */
  #checkpoint(isLast: boolean, margin = 0): void {
    this.#blocksSinceCheckpoint = 0
    const nextBlock = this.#builder.next
    // Blocks of several days may be open side by side, and their refs then come out of order.
    const oldest = this.#line.oldestUnstoredBlock() - 2 * limits.openBlocksMax
    const indexedBefore = Math.max(1, Math.min(nextBlock - margin, oldest))
    this.#output.checkpoint({ nextBlock, indexedBefore, isLast })
  }
}
