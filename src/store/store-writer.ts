// Blocks, legs and streams in, a store that can be searched out: keeps the order that makes a crash
// harmless. A block is on disk before the legs that point into it are in the index, and the index
// says how far it has come only after both.
import type { Day } from '../base/day.ts'
import { Failure } from '../base/failure.ts'
import { ByteReader } from '../base/byte-reader.ts'
import { unpackNote } from '../calls/call-note.ts'
import { type PackedLeg, unpackLeg } from '../calls/leg-record-codec.ts'
import { FACT_FIELDS, FACT_REF } from '../calls/leg-record.ts'
import { decodeTrail, encodeTrail } from '../calls/leg-trail-codec.ts'
import { type PackedStream, unpackStream } from '../calls/stream-record-codec.ts'
import type { BuiltBlock } from './block-builder.ts'
import { BLOCK_HEADER_BYTES, type BlockHeader, writeBlockHeader } from './block-header.ts'
import { digestOf, type PackedBlock, packBlock } from './block-packer.ts'
import type { BlockRow, BlockStore, LegIndex, PlacedNote } from './contract.ts'
import { isDiskFull } from './disk-full.ts'
import { blockOf, frameRef, offsetOf, REF_SCALE } from './frame-ref.ts'
import { LegTally } from './leg-tally.ts'
import { WriterTurns } from './writer-turns.ts'

export interface WriterStats {
  /** Different legs that were put, whether the store held them or not. */
  legs: number
  legsAdded: number
  messagesAdded: number
  /** Different streams that were put, whether the store held them or not. */
  streams: number
  blocksAdded: number
  /** Blocks that the store held already, byte for byte. */
  blocksKnown: number
}

/** From the earliest time on to the latest; nothing where it ends before it begins. */
export interface PutSpan {
  readonly startUs: number
  readonly endUs: number
}

/** What is stored of a block that came again. */
interface Twins {
  readonly known: BlockRow | undefined
  readonly damaged: BlockRow | undefined
}

const NOTHING = Buffer.alloc(0)

export class StoreWriter {
  readonly #blocks: BlockStore
  readonly #index: LegIndex
  readonly #stats: WriterStats = {
    legs: 0,
    legsAdded: 0,
    messagesAdded: 0,
    streams: 0,
    blocksAdded: 0,
    blocksKnown: 0,
  }
  /** Blocks that are stored under another number. */
  readonly #aliases = new Map<number, number>()
  readonly #tally = new LegTally()
  readonly #streamKeys = new Set<string>()
  #frames = emptySpan()
  #calls = emptySpan()
  #unbound = emptySpan()
  readonly #turns: WriterTurns
  readonly #isCounting: boolean
  #queue: Promise<void> = Promise.resolve()
  #failure: Failure | undefined

  /**
   * `turns` where others write the same store at the same time. `isCounting` false for a writer
   * that goes on for months: counting legs means remembering which were seen.
   */
  constructor(parts: {
    blocks: BlockStore
    index: LegIndex
    turns?: WriterTurns
    isCounting?: boolean
  }) {
    this.#blocks = parts.blocks
    this.#index = parts.index
    this.#turns = parts.turns ?? new WriterTurns()
    this.#isCounting = parts.isCounting ?? true
  }

  /**
   * Takes a block; compresses it beside whatever is being written. Once it is done nothing reads
   * its memory any more. As of all that is put, gives whether it was stored.
   */
  putBlock(built: BuiltBlock): Promise<boolean> {
    const packing = packBlock(built)
    // A failure shows when its turn comes; until then it must not count as unhandled.
    packing.catch(() => {})
    const stored = this.#enqueue(async () => this.#storeBlock(built.day, await packing))
    // After a failure nothing is stored, and the block's memory is being read all the same.
    return Promise.allSettled([packing, stored]).then(() => stored)
  }

  /** Takes packed legs (see leg-record-codec.ts), all of whose blocks were put before. */
  putLegs(packed: Uint8Array): Promise<boolean> {
    return this.#enqueue(async () => {
      const tally = this.#isCounting ? this.#tally : undefined
      const legs = this.#unpacked(packed)
      const { legsAdded, messagesAdded } = await this.#index.putLegs(legs, tally)
      this.#stats.legsAdded += legsAdded
      this.#stats.messagesAdded += messagesAdded
    })
  }

  /** Takes packed streams (see stream-record-codec.ts), all of whose blocks were put before. */
  putStreams(packed: Uint8Array): Promise<boolean> {
    return this.#enqueue(async () => {
      const reader = new ByteReader(packed)
      const streams: PackedStream[] = []
      while (!reader.isAtEnd && !reader.isShort) {
        const stream = this.#withKnownBlocksOf(unpackStream(reader))
        if (stream.record.callId === null) {
          this.#unbound = widened(this.#unbound, stream.record)
        }
        streams.push(stream)
      }
      const keys = await this.#index.putStreams(streams)
      if (this.#isCounting) for (const key of keys) this.#streamKeys.add(key)
    })
  }

  /** Takes packed notes (see call-note.ts), each with the day that it is filed under. */
  putNotes(packed: Uint8Array): Promise<boolean> {
    return this.#enqueue(async () => {
      const reader = new ByteReader(packed)
      const notes: PlacedNote[] = []
      while (!reader.isAtEnd && !reader.isShort) {
        const note = unpackNote(reader)
        notes.push({ note, filedUnder: reader.text() || null })
      }
      await this.#index.putNotes(notes)
    })
  }

  /** Makes everything put so far durable and visible. */
  commit(progress: { nextBlock: number; indexedBefore: number }, isLast = true): Promise<boolean> {
    return this.#enqueue(async () => {
      this.#turns.tell(this, progress.indexedBefore)
      await this.#blocks.sync()
      const indexedBefore = this.#turns.indexedBefore()
      await this.#index.commit({ nextBlock: progress.nextBlock, indexedBefore }, isLast)
    })
  }

  /** Says that nothing more will be put: what others put is not held back any more. */
  leave(): void {
    this.#turns.leave(this)
  }

  /** Waits for what was put. Throws the first failure there was. */
  async idle(): Promise<void> {
    await this.#queue
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Why something could not be stored: nothing after it is. */
  get failure(): Failure | undefined {
    return this.#failure
  }

  stats(): WriterStats {
    return { ...this.#stats, legs: this.#tally.legs, streams: this.#streamKeys.size }
  }

  /** When the frames that were put came, and calls and streams without a call went on. */
  spans(): { readonly frames: PutSpan; readonly calls: PutSpan; readonly unbound: PutSpan } {
    return { frames: this.#frames, calls: this.#calls, unbound: this.#unbound }
  }

  /** How many calls the legs put make, as the index joins them now. */
  countCalls(): Promise<number> {
    return this.#index.countCalls(this.#tally)
  }

  #enqueue(task: () => Promise<void>): Promise<boolean> {
    let isStored = false
    const turn = this.#turns.run(async () => {
      // After a failure nothing more is written: what follows would point at what is missing.
      if (this.#failure !== undefined) return
      try {
        await task()
        isStored = true
      } catch (error) {
        this.#failure = error instanceof Failure ? error : asFailure(error)
      }
    })
    this.#queue = turn
    return turn.then(() => isStored)
  }

  /**
   * A block whose stored twin is lost or damaged is stored in its name: what points to that one
   * finds the bytes again, and in a rebuild it comes when its own line has come to it.
   */
  async #storeBlock(day: Day, { header, pieces }: PackedBlock): Promise<void> {
    const [head, ...frame] = pieces
    this.#frames = widened(this.#frames, { startUs: header.firstUs, endUs: header.lastUs })
    const { known, damaged } = await this.#twinsOf(day, frame, header)
    const twin = known ?? damaged
    if (twin !== undefined) this.#aliases.set(header.block, twin.block)
    if (known !== undefined) {
      this.#stats.blocksKnown++
      return
    }
    const { block, line } = damaged ?? header
    const named = { ...header, block, line }
    const stored = damaged === undefined ? head : writeBlockHeader(named)
    const offset = await this.#blocks.append(day, stored, ...frame)
    const length = BLOCK_HEADER_BYTES + header.packedLength
    await this.#index.putBlock({ ...named, day, offset, length })
    this.#stats.blocksAdded++
  }

  /**
   * The stored block with the same bytes, so that nothing is stored twice, and one that had them
   * once. Another block may have the same digest by chance: its bytes are what it says.
   */
  async #twinsOf(day: Day, frame: readonly Buffer[], header: BlockHeader): Promise<Twins> {
    const { digest, packedLength } = header
    let damaged: BlockRow | undefined
    for (const row of await this.#index.blocksByDigest(day, digest)) {
      const stored = await this.#blocks.read(row.day, row.offset, row.length).catch(() => NOTHING)
      const storedFrame = stored.subarray(BLOCK_HEADER_BYTES)
      if (storedFrame.equals(Buffer.concat(frame))) return { known: row, damaged }
      const isSameLength = row.length === BLOCK_HEADER_BYTES + packedLength
      if (isSameLength && digestOf(storedFrame) !== digest) damaged ??= row
    }
    return { known: undefined, damaged }
  }

  /** One after the other: what is unpacked of one leg is garbage when the next one is. */
  *#unpacked(packed: Uint8Array): Generator<PackedLeg> {
    const reader = new ByteReader(packed)
    while (!reader.isAtEnd && !reader.isShort) {
      const leg = this.#withKnownBlocks(unpackLeg(reader))
      const { kind, startUs, lastUs } = leg.summary
      if (kind === 'call') this.#calls = widened(this.#calls, { startUs, endUs: lastUs })
      yield leg
    }
  }

  #withKnownBlocks(leg: PackedLeg): PackedLeg {
    if (this.#aliases.size === 0) return leg
    const trail = decodeTrail(leg.trail, REF_SCALE)
    const facts = Array.from(trail.facts)
    for (let at = FACT_REF; at < facts.length; at += FACT_FIELDS) {
      facts[at] = this.#knownRef(facts[at] ?? 0)
    }
    const extras = trail.extras.map((extra) =>
      extra.map((value, i) => (i % 3 === 0 ? this.#knownRef(value) : value)),
    )
    return { ...leg, trail: encodeTrail({ ...trail, facts, extras }, REF_SCALE), body: null }
  }

  #withKnownBlocksOf(stream: PackedStream): PackedStream {
    if (this.#aliases.size === 0) return stream
    const { record } = stream
    const blocks = new Set(record.blocks.map((block) => this.#aliases.get(block) ?? block))
    return {
      ...stream,
      body: null,
      record: {
        ...record,
        firstRef: this.#knownRef(record.firstRef),
        lastRef: this.#knownRef(record.lastRef),
        blocks: [...blocks],
      },
    }
  }

  #knownRef(ref: number): number {
    const alias = this.#aliases.get(blockOf(ref))
    return alias === undefined ? ref : frameRef(alias, offsetOf(ref))
  }
}

export function emptySpan(): PutSpan {
  return { startUs: Number.POSITIVE_INFINITY, endUs: Number.NEGATIVE_INFINITY }
}

function widened(span: PutSpan, { startUs, endUs }: PutSpan): PutSpan {
  return startUs >= span.startUs && endUs <= span.endUs
    ? span
    : { startUs: Math.min(span.startUs, startUs), endUs: Math.max(span.endUs, endUs) }
}

function asFailure(error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error)
  const kind = isDiskFull(error) ? 'full' : 'internal'
  return new Failure(kind, `cannot write the store: ${reason}`, { cause: error })
}
