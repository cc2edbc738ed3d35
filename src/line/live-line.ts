// Live frames in, messages for the storing thread out: a capture line that is flushed again and
// again, so that what arrived is found soon, and that knows how far the store is behind. Takes its
// time from whoever calls; starts no timer.
import { randomInt } from 'node:crypto'
import { limits } from '../base/limits.ts'
import { dayOf } from '../base/day.ts'
import type { HepPacket } from '../decode/hep/hep-packet.ts'
import type { Frame } from '../source/frame.ts'
import { KeyLogFile } from '../source/key-log-file.ts'
import type { BlockNumbers } from '../store/block-numbers.ts'
import { CaptureLine } from './capture-line.ts'
import { LineMemory } from './line-memory.ts'
import { messageOutput, noticesFrom } from './line-messages.ts'
import type { LineSettings } from './line-settings.ts'
import type { LiveMessage, LiveOrder } from './live-messages.ts'
import type { LiveSink } from './live-source.ts'

/** Blocks in the kernel's memory; more are on their way only where the store is far behind. */
const BLOCKS_MAX = limits.liveBatchesMax / 2
/** Open legs may keep the store busy for one part in so many. */
const OPEN_LEGS_SHARE = 4

/** What is told of a message that was dealt with. */
export type StoredOrder = Extract<LiveOrder, { kind: 'stored' }>

/** What was said before a line. */
export type EarlierOrder = Extract<LiveOrder, { kind: 'earlier' }>

export type PostLive = (message: LiveMessage, transfer: ArrayBufferLike[]) => void

export class LiveLine implements LiveSink {
  readonly #settings: LineSettings
  readonly #numbers: BlockNumbers
  readonly #post: PostLive
  /** Read again while it grows: servers write a secret when its connection has begun. */
  readonly #secrets: KeyLogFile | undefined
  #line: CaptureLine
  /** Of the line: what it holds of streams lies there too. */
  #memory = liveMemory()
  #frameMemory = this.#memory.reserve(limits.frameBytesMax)
  /** Counts the lines, from 1: one ends with its day, and when the store failed. */
  #number = 0
  /** The line that has said that it begins. */
  #begun = 0
  #day: string
  #waiting = 0
  #checkpointsWaiting = 0
  #checkpointsPosted = 0
  #checkpointsAnswered = 0
  /** Who waits for which checkpoint, in its order. */
  #marks: { readonly checkpoint: number; readonly done: (isStored: boolean) => void }[] = []
  #frames = 0
  #framesFailed = 0
  #failuresOfMinute = 0
  #failuresSinceUs = 0
  #messagesBefore = 0
  readonly #problemsBefore = new Map<string, number>()
  /** Since the last flush. */
  #bytes = 0
  /** When open legs were stored last, and how long that took until it was done. */
  #openLegsStoredUs: number
  #openLegsTookUs = 0
  #isMeasuring = false
  #openStreamsStoredUs: number
  /** The flush before left something for quieter times. */
  #owesFlush = false
  /** Streams are not stored to their end: whoever makes sound of them waits for it. */
  #owesStreams = false
  /** When the oldest frame came that is not flushed; Infinity for none. */
  #unflushedSinceUs = Number.POSITIVE_INFINITY
  #tickedUs: number

  constructor(parts: {
    settings: LineSettings
    numbers: BlockNumbers
    post: PostLive
    nowUs: number
  }) {
    this.#settings = parts.settings
    this.#numbers = parts.numbers
    this.#post = parts.post
    this.#day = dayOf(parts.nowUs)
    this.#openLegsStoredUs = parts.nowUs
    this.#openStreamsStoredUs = parts.nowUs
    this.#tickedUs = parts.nowUs
    const { keyLogFile } = parts.settings
    this.#secrets = keyLogFile === undefined ? undefined : new KeyLogFile(keyLogFile, true)
    this.#line = this.#begin()
  }

  get isFull(): boolean {
    return this.#waiting >= limits.liveBatchesMax
  }

  /** True once so much is stored that reading may go on. */
  get hasRoom(): boolean {
    return this.#waiting <= limits.liveBatchesMax / 2
  }

  get frameMemory(): Buffer {
    return this.#frameMemory
  }

  push(frame: Frame, hep?: HepPacket): void {
    this.#frames++
    this.#bytes += frame.end - frame.start
    if (frame.tUs < this.#unflushedSinceUs) this.#unflushedSinceUs = frame.tUs
    try {
      this.#line.push(frame, hep)
    } catch (error) {
      this.#failed(error, frame.tUs)
    }
  }

  /**
   * A mistake of ours, brought out by one frame, which is stored for whoever looks for it. The next
   * one goes on; where every other frame does it, going on would be worse than ending.
   */
  #failed(error: unknown, nowUs: number): void {
    this.#framesFailed++
    if (nowUs - this.#failuresSinceUs > 60_000_000) {
      this.#failuresSinceUs = nowUs
      this.#failuresOfMinute = 0
    }
    if (++this.#failuresOfMinute > limits.framesFailedPerMinuteMax) throw error
  }

  get framesFailed(): number {
    return this.#framesFailed
  }

  /**
   * Called several times a second. Hands on what waits when it has waited long enough: soon where
   * much is coming, a little later where a block would hold next to nothing.
   */
  tick(nowUs: number): void {
    if (nowUs < this.#tickedUs) this.#goBack(nowUs)
    this.#tickedUs = nowUs
    if (dayOf(nowUs) !== this.#day) this.#turnDay(nowUs)
    if (this.#begun !== this.#number) {
      this.#begun = this.#number
      this.#post({ kind: 'begun', line: this.#number, tUs: nowUs }, [])
    }
    if (this.#unflushedSinceUs === Number.POSITIVE_INFINITY) {
      // An import that runs beside us shall not be held back by a line that has nothing to tell.
      const indexedBefore = Math.max(1, this.#numbers.next - limits.unfinishedBlocksMax)
      if (this.#waiting > 0) return
      const sinceUs = nowUs - this.#openStreamsStoredUs
      const areStreamsDue = this.#owesStreams && sinceUs >= limits.liveOpenWaitUsMax
      if (this.#owesFlush || areStreamsDue) this.#flush(nowUs)
      else this.#post({ kind: 'idle', indexedBefore }, [])
      return
    }
    // A store that is still at the flush before is not helped by another.
    if (this.#checkpointsWaiting > 0) return
    const waitedUs = nowUs - this.#unflushedSinceUs
    if (waitedUs >= limits.liveFlushUs && waitedUs >= this.#waitUs(waitedUs)) this.#flush(nowUs)
  }

  /** The clock was set back: what was to be done by then waits no longer than from now on. */
  #goBack(nowUs: number): void {
    this.#openLegsStoredUs = Math.min(this.#openLegsStoredUs, nowUs)
    this.#openStreamsStoredUs = Math.min(this.#openStreamsStoredUs, nowUs)
    this.#failuresSinceUs = Math.min(this.#failuresSinceUs, nowUs)
    if (this.#unflushedSinceUs !== Number.POSITIVE_INFINITY) {
      this.#unflushedSinceUs = Math.min(this.#unflushedSinceUs, nowUs)
    }
  }

  /** How long what came since the last flush may wait. */
  #waitUs(waitedUs: number): number {
    if (this.#bytes < limits.liveBlockBytesMin) return limits.liveWaitUsMax
    return this.#isRush(waitedUs) ? limits.liveRushFlushUs : limits.liveFlushUs
  }

  #isRush(waitedUs: number): boolean {
    return this.#bytes > 0 && this.#bytes * 1_000_000 > limits.liveRushBytesPerSecond * waitedUs
  }

  /**
   * Storing an open leg again and again costs more than all else, so it may take a share of the
   * time and no more: the busier the store, the later open legs come. A fresh day gets its indexes
   * when the rush is over: made over rows that are there they cost a third.
   */
  #flush(nowUs: number): void {
    const isRush = this.#isRush(nowUs - this.#unflushedSinceUs)
    const sinceUs = nowUs - this.#openLegsStoredUs
    const shareUs = Math.min(this.#openLegsTookUs * OPEN_LEGS_SHARE, limits.liveOpenWaitUsMax)
    const hasOpenLegs = sinceUs >= (isRush ? limits.liveRushOpenWaitUs : shareUs)
    // A stream changes with every packet and is looked at when its call is over, as a rule.
    const hasOpenStreams = nowUs - this.#openStreamsStoredUs >= limits.liveOpenWaitUsMax
    if (hasOpenLegs) this.#openLegsStoredUs = nowUs
    if (hasOpenStreams) this.#openStreamsStoredUs = nowUs
    const depth = { hasOpenLegs, hasOpenStreams, isLast: !isRush }
    this.#owesStreams = this.#line.flush(nowUs, depth)
    this.#isMeasuring = hasOpenLegs
    this.#owesFlush = isRush || !hasOpenLegs
    this.#bytes = 0
    this.#unflushedSinceUs = Number.POSITIVE_INFINITY
  }

  whenStored(done: (isStored: boolean) => void): void {
    const isFlushed = this.#unflushedSinceUs === Number.POSITIVE_INFINITY
    if (isFlushed && this.#checkpointsWaiting === 0) {
      done(true)
      return
    }
    // The next checkpoint to be posted comes after every block that holds what was pushed so far.
    this.#marks.push({ checkpoint: this.#checkpointsPosted + (isFlushed ? 0 : 1), done })
  }

  /** A message was dealt with; `isLost` where the store could not be written. */
  stored({ isCheckpoint, isLost, line, memory }: StoredOrder, nowUs: number): void {
    this.#waiting--
    if (isCheckpoint) {
      this.#checkpointsWaiting--
      if (this.#isMeasuring) this.#openLegsTookUs = nowUs - this.#openLegsStoredUs
      this.#isMeasuring = false
      this.#checkpointsAnswered++
      this.#answerMarks(this.#checkpointsAnswered, !isLost)
    }
    // Blocks of a line before this one lie in other memory.
    if (memory !== undefined && line === this.#number) this.#memory.giveBack(memory)
  }

  /** Takes what was said before its line began. */
  describe({ line, notices }: EarlierOrder): void {
    if (line === this.#number) this.#line.describe(noticesFrom(notices))
  }

  /**
   * Forgets what it holds: the blocks that it lies in were lost. What is not handed on goes after
   * them, for whoever stores counts what is lost.
   */
  beginAnew(): void {
    this.#answerMarks(Number.POSITIVE_INFINITY, false)
    this.#line.flush(this.#tickedUs, { hasOpenLegs: false, hasOpenStreams: false, isLast: true })
    this.#restart()
  }

  #restart(): void {
    this.#remember()
    this.#bytes = 0
    this.#unflushedSinceUs = Number.POSITIVE_INFINITY
    this.#memory = liveMemory()
    this.#frameMemory = this.#memory.reserve(limits.frameBytesMax)
    this.#line = this.#begin()
  }

  finish(): void {
    this.#line.finish()
  }

  get framesPushed(): number {
    return this.#frames
  }

  get batchesWaiting(): number {
    return this.#waiting
  }

  counts(): { messages: number; problems: Record<string, number> } {
    const { messages, problems } = this.#line.counts()
    const all = new Map(this.#problemsBefore)
    for (const [code, count] of problems) all.set(code, (all.get(code) ?? 0) + count)
    return { messages: this.#messagesBefore + messages, problems: Object.fromEntries(all) }
  }

  /** A line that never ended would remember every address that it ever saw. */
  #turnDay(nowUs: number): void {
    this.#day = dayOf(nowUs)
    this.#line.finish()
    this.#restart()
  }

  #answerMarks(upTo: number, isStored: boolean): void {
    const answered = this.#marks.filter(({ checkpoint }) => checkpoint <= upTo)
    if (answered.length === 0) return
    this.#marks = this.#marks.filter(({ checkpoint }) => checkpoint > upTo)
    for (const { done } of answered) done(isStored)
  }

  #remember(): void {
    const { messages, problems } = this.#line.counts()
    this.#messagesBefore += messages
    for (const [code, count] of problems) {
      this.#problemsBefore.set(code, (this.#problemsBefore.get(code) ?? 0) + count)
    }
  }

  #begin(): CaptureLine {
    const line = ++this.#number
    const memory = this.#memory
    return new CaptureLine({
      settings: this.#settings,
      numbers: this.#numbers,
      secrets: this.#secrets,
      seed: randomInt(2 ** 31),
      allocate: () => memory.forBlock(),
      kernel: memory.kernel,
      output: messageOutput((message, transfer) => {
        this.#waiting++
        if (message.kind === 'checkpoint') {
          this.#checkpointsWaiting++
          this.#checkpointsPosted++
        }
        this.#post({ kind: 'line', line, message }, transfer)
      }),
    })
  }
}

function liveMemory(): LineMemory {
  return new LineMemory({ blocksMax: BLOCKS_MAX, readBytes: limits.frameBytesMax })
}
