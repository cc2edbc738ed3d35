// Frames in, blocks out: each a pcapng section that can be read by itself, cut when it is full and
// when the day changes. The same frames always give the same blocks, which is how a capture that
// is imported twice is known again.
import { DAY_US, type Day, dayStartUs } from '../base/day.ts'
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { CaptureInterface, Frame } from '../source/frame.ts'
import {
  ENHANCED_PACKET_HEADER_BYTES,
  enhancedPacketBytes,
  interfaceBytes,
  SECTION_BYTES,
  writeEnhancedPacket,
  writeInterface,
  writeSection,
} from '../source/pcapng-writer.ts'
import {
  BLOCK_AT,
  BLOCK_BEFORE_US,
  BLOCK_FIELDS,
  BLOCK_FIRST_US,
  BLOCK_FRAMES,
  BLOCK_FROM_US,
  BLOCK_FULL,
  BLOCK_INTERFACE,
  BLOCK_LAST_US,
  BLOCK_LENGTH,
  BLOCK_REF,
  BLOCK_TAKEN_REF,
  BLOCK_TAKEN_US,
} from './block-fields.ts'
import type { BlockNumbers } from './block-numbers.ts'
import { DayFiling, nearestDay } from './day-filing.ts'
import { frameRef } from './frame-ref.ts'
import type { StoreProblemCode } from './problems.ts'

/** A finished block, not yet compressed. Whoever gets it owns its memory. */
export interface BuiltBlock {
  readonly block: number
  /** Number of the builder's first block. */
  readonly line: number
  readonly day: Day
  /** Memory of its own, of which the first `length` bytes are the pcapng section. */
  readonly bytes: Buffer
  readonly length: number
  readonly frames: number
  readonly firstUs: number
  readonly lastUs: number
}

/** Room for the frame that fills a block, and for interfaces described on the way. */
const SLACK_BYTES = 16_384

class OpenBlock {
  readonly block: number
  readonly day: Day
  readonly bytes: Buffer
  /** Where the kernel finds `bytes`; -1 where they lie in other memory. */
  readonly at: number
  readonly interfaces = new Map<CaptureInterface, number>()
  /** Of the last frame: the next one is of the same interface nearly always. */
  lastInterface: CaptureInterface | undefined
  lastInterfaceId = 0
  length: number
  frames = 0
  firstUs = Number.POSITIVE_INFINITY
  lastUs = Number.NEGATIVE_INFINITY

  constructor(block: number, day: Day, bytes: Buffer, at: number) {
    this.block = block
    this.day = day
    this.bytes = bytes
    this.at = at
    this.length = writeSection(this.bytes, 0)
  }
}

/** Memory for one block, with room for the frame that fills it. */
export const BLOCK_MEMORY_BYTES =
  SECTION_BYTES +
  houseLimits.blockBytes +
  enhancedPacketBytes(houseLimits.frameBytesMax) +
  SLACK_BYTES

export interface BlockBuilderParts {
  /** Where the numbers of blocks come from. */
  readonly numbers: BlockNumbers
  readonly emit: (block: BuiltBlock) => void
  /** The days of this import, for whoever files its legs. */
  readonly filing?: DayFiling
  /**
   * Gives `BLOCK_MEMORY_BYTES` or more; new memory by default. What lies in memory of `kernel` is
   * filled by it.
   */
  readonly allocate?: () => Buffer
  readonly kernel?: Kernel
  readonly limits?: Limits
}

export class BlockBuilder {
  readonly #emit: (block: BuiltBlock) => void
  readonly #allocate: () => Buffer
  readonly #kernel: Kernel | undefined
  readonly #limits: Limits
  readonly #numbers: BlockNumbers
  /** Number of the first block; 0 until it is begun. */
  #line = 0
  readonly #filing: DayFiling
  /** Times that open blocks were ended because there were too many days. */
  #turns = 0
  /** Frames that went into the block of another day than their own. */
  #framesElsewhere = 0
  readonly #open = new Map<Day, OpenBlock>()
  /** The block that the last frame went into, and the span of its day. */
  #current: OpenBlock | undefined
  #dayStartUs = 0
  #dayEndUs = 0
  /** Memory that the last frame came in, and where the kernel finds it. */
  #source: Buffer | undefined
  #sourceAt = -1
  /** Where the kernel finds the frame that was added last; -1 where it does not. */
  addedAt = -1
  /** Time and ref of the last frame that the kernel put into a block. */
  readonly taken = { tUs: 0, ref: 0 }
  /** What the kernel is told of a block that it is to fill: see block-fields.ts. */
  readonly #fields: Float64Array
  readonly #fieldsAt: number

  constructor(parts: BlockBuilderParts) {
    this.#numbers = parts.numbers
    this.#emit = parts.emit
    this.#allocate = parts.allocate ?? (() => Buffer.allocUnsafeSlow(BLOCK_MEMORY_BYTES))
    this.#kernel = parts.kernel
    this.#fieldsAt = this.#kernel?.reserve(BLOCK_FIELDS * 8) ?? -1
    this.#fields =
      this.#kernel === undefined
        ? new Float64Array(BLOCK_FIELDS)
        : new Float64Array(this.#kernel.buffer, this.#fieldsAt, BLOCK_FIELDS)
    this.#limits = parts.limits ?? houseLimits
    this.#filing = parts.filing ?? new DayFiling(this.#limits.daysPerImportMax)
  }

  /** Number of the next block to be begun, by whoever begins it. */
  get next(): number {
    return this.#numbers.next
  }

  /** Oddities by code. */
  problems(): Map<StoreProblemCode, number> {
    return new Map(
      this.#framesElsewhere === 0 ? [] : [['store.days.too-many', this.#framesElsewhere]],
    )
  }

  /** Copies a frame into its day's block and returns its ref. */
  add(frame: Frame): number {
    let open = this.#current
    if (open === undefined || frame.tUs < this.#dayStartUs || frame.tUs >= this.#dayEndUs) {
      open = this.#turnTo(frame.tUs)
    }
    let id = open.lastInterface === frame.interface ? open.lastInterfaceId : undefined
    id ??= open.interfaces.get(frame.interface)
    if (id === undefined) {
      open = this.#withRoom(open, interfaceBytes(frame.interface))
      id = open.interfaces.size
      open.interfaces.set(frame.interface, id)
      open.length = writeInterface(open.bytes, open.length, frame.interface)
    }
    open.lastInterface = frame.interface
    open.lastInterfaceId = id
    const ref = frameRef(open.block, open.length)
    open.length = this.#write(open, frame, id)
    open.frames++
    if (frame.tUs < open.firstUs) open.firstUs = frame.tUs
    if (frame.tUs > open.lastUs) open.lastUs = frame.tUs
    if (open.length >= this.#limits.blockBytes) this.flush()
    return ref
  }

  /**
   * Lends the block at hand to the kernel, for frames of this interface: the address of its fields;
   * -1 where the kernel cannot go on with it. `takeBack` must follow.
   */
  lend(from: CaptureInterface): number {
    const open = this.#current
    if (open === undefined || open.at < 0 || open.lastInterface !== from) return -1
    const fields = this.#fields
    fields[BLOCK_AT] = open.at
    fields[BLOCK_LENGTH] = open.length
    fields[BLOCK_FULL] = this.#limits.blockBytes
    fields[BLOCK_REF] = frameRef(open.block, 0)
    fields[BLOCK_FRAMES] = open.frames
    fields[BLOCK_FIRST_US] = open.firstUs
    fields[BLOCK_LAST_US] = open.lastUs
    fields[BLOCK_FROM_US] = this.#dayStartUs
    fields[BLOCK_BEFORE_US] = this.#dayEndUs
    fields[BLOCK_INTERFACE] = open.lastInterfaceId
    return this.#fieldsAt
  }

  /** Takes the block back; returns how many frames the kernel put into it. */
  takeBack(): number {
    const open = this.#current
    if (open === undefined) return 0
    const fields = this.#fields
    const frames = fields[BLOCK_FRAMES] as number
    const added = frames - open.frames
    open.length = fields[BLOCK_LENGTH] as number
    open.frames = frames
    open.firstUs = fields[BLOCK_FIRST_US] as number
    open.lastUs = fields[BLOCK_LAST_US] as number
    this.taken.tUs = fields[BLOCK_TAKEN_US] as number
    this.taken.ref = fields[BLOCK_TAKEN_REF] as number
    if (open.length >= this.#limits.blockBytes) this.flush()
    return added
  }

  /** Appends the frame to the block; returns the block's length from then on. */
  #write(open: OpenBlock, frame: Frame, id: number): number {
    const { bytes, start, end } = frame
    if (bytes !== this.#source) {
      this.#source = bytes
      this.#sourceAt = this.#kernel?.addressOf(bytes) ?? -1
    }
    this.addedAt = open.at < 0 ? -1 : open.at + open.length + ENHANCED_PACKET_HEADER_BYTES
    if (open.at < 0 || this.#sourceAt < 0 || this.#kernel === undefined) {
      return writeEnhancedPacket(open.bytes, open.length, frame, id)
    }
    const after = this.#kernel.call.writePacket(
      open.at + open.length,
      this.#sourceAt + start,
      end - start,
      frame.originalLength,
      frame.ticksHigh,
      frame.ticksLow,
      id,
    )
    return after - open.at
  }

  /** Hands on every block that holds a frame, in the order of their numbers. */
  flush(): void {
    const blocks = [...this.#open.values()]
    this.#open.clear()
    this.#current = undefined
    for (const open of blocks) this.#hand(open)
  }

  #hand(open: OpenBlock): void {
    if (open.frames === 0) return
    const { block, day, bytes, length, frames, firstUs, lastUs } = open
    this.#emit({ block, line: this.#line, day, bytes, length, frames, firstUs, lastUs })
  }

  #turnTo(tUs: number): OpenBlock {
    const day = this.#dayFor(tUs)
    this.#dayStartUs = dayStartUs(day)
    this.#dayEndUs = this.#dayStartUs + DAY_US
    if (tUs < this.#dayStartUs || tUs >= this.#dayEndUs) this.#framesElsewhere++
    let open = this.#open.get(day)
    if (open === undefined) {
      if (this.#open.size >= this.#limits.openBlocksMax) {
        this.#turns++
        this.flush()
      }
      open = this.#begin(day)
    }
    this.#current = open
    return open
  }

  /** The day whose block takes a frame: its own, but for captures whose times are all over. */
  #dayFor(tUs: number): Day {
    if (this.#turns >= this.#limits.dayTurnsPerImportMax) this.#filing.close()
    const filed = this.#filing.dayOfFrame(tUs)
    const isTurn = this.#open.size >= this.#limits.openBlocksMax && !this.#open.has(filed)
    const mayTurn = this.#turns < this.#limits.dayTurnsPerImportMax
    return isTurn && !mayTurn ? nearestDay(filed, this.#open.keys()) : filed
  }

  /** Interfaces are described where they are first used; thousands of them may fill a block. */
  #withRoom(open: OpenBlock, bytes: number): OpenBlock {
    const needed = open.length + bytes + enhancedPacketBytes(this.#limits.frameBytesMax)
    if (needed <= open.bytes.length) return open
    this.flush()
    const fresh = this.#begin(open.day)
    this.#current = fresh
    return fresh
  }

  #begin(day: Day): OpenBlock {
    const block = this.#numbers.take()
    if (this.#line === 0) this.#line = block
    const bytes = this.#allocate()
    const at = this.#kernel?.addressOf(bytes) ?? -1
    const open = new OpenBlock(block, day, bytes, at)
    this.#open.set(day, open)
    return open
  }
}
