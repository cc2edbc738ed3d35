// Cuts ordered stretches of TCP streams into SIP messages. A stream is SIP by what it says, not by
// its port; what is not SIP is passed over at the price of a look at each chunk's first bytes.
// Holds bytes only while a message is incomplete, never more than its bounds, and never throws.
//
// RFC 3261 §18.3 (Content-Length frames a stream), §7.5 and RFC 5626 §4.4.1 (line ends between).
import { limits as houseLimits } from '../base/limits.ts'
import {
  type Ends,
  type FramePiece,
  type StreamChunk,
  TRANSPORT_TCP,
  type TransportNumber,
} from '../decode/datagram.ts'
import { CR, LF } from './chars.ts'
import { HeldBytes } from './held-bytes.ts'
import { proxyHeaderBytes } from './proxy-header.ts'
import { IS_START_LINE, MAY_BECOME_START_LINE } from './start-line.ts'
import {
  beginsMessage,
  behindGluedWord,
  breaksBody,
  findMessageStart,
  Frame,
  readFrame,
  skipFiller,
} from './stream-frame.ts'

/** One message cut out of a stream. The object and the memory are used again for the next one. */
export interface FramedMessage extends Ends {
  /** Time of the chunk that completed it, µs since 1970. */
  tUs: number
  transport: TransportNumber
  /** The message: `bytes` from `start` to `end`. */
  bytes: Buffer
  start: number
  end: number
  /** Where its bytes lie, in order; a new array for each message. */
  pieces: readonly FramePiece[]
  /** The end of the body is missing: lost in a gap, or the stream ended. */
  isCut: boolean
}

/** Counters since the framer was made, and what it holds now. */
export interface FramerStats {
  readonly messages: number
  readonly messagesCut: number
  /** Messages given up because their headers never ended. */
  readonly messagesLost: number
  /** Runs of line ends, or of zeros, between messages. */
  readonly keepAlives: number
  readonly streams: number
  readonly heldBytes: number
  /** Streams, and half messages, forgotten because a bound was reached. */
  readonly streamsTurnedAway: number
  readonly holdsTurnedAway: number
}

export interface FramerLimits {
  readonly tcpStreamsMax: number
  readonly messageBytesMax: number
  readonly streamBufferBytesMax: number
  /** Bytes that all streams together may hold. */
  readonly heldBytesMax: number
  /** Bytes looked through for a start line before a stream is taken for something else. */
  readonly seekBytesMax: number
  /** A start line in pieces longer than this is not waited for. */
  readonly startLineBytesMax: number
}

const framerLimits: FramerLimits = {
  tcpStreamsMax: houseLimits.tcpStreamsMax,
  messageBytesMax: houseLimits.messageBytesMax,
  streamBufferBytesMax: houseLimits.streamBufferBytesMax,
  heldBytesMax: 64 * 1024 * 1024,
  seekBytesMax: 64 * 1024,
  startLineBytesMax: 8 * 1024,
}

/** What a stream is to us: in step with its messages, looked through for one, or not SIP. */
type Phase = 'in-step' | 'seeking' | 'foreign'
/** What the held bytes wait for: the end of a line, of the headers, or of the body. */
type Awaited = 'line' | 'headers' | 'body'

interface Stream {
  readonly id: number
  phase: Phase
  /** Bytes came of it, or it was joined when some had been sent. */
  hasBegun: boolean
  awaited: Awaited
  /** The candidate message that is incomplete, from its first byte. */
  held: HeldBytes | undefined
  /** Offset in `held` of the first header line not looked at yet. */
  scanned: number
  /** Of the message in `held`, once its headers told it: its length and where its body begins. */
  needed: number
  bodyOffset: number
  mayHoldMessages: boolean
  /** Time of the last chunk that `held` has bytes of. */
  heldUs: number
  /** Bytes passed over since the stream was last in step. */
  sought: number
}

/** Where bytes that are looked through lie: in the chunk itself, or held from earlier chunks. */
interface View {
  readonly bytes: Buffer
  readonly end: number
  readonly held: HeldBytes | undefined
}

const HOLD = -1

export class StreamFramer {
  readonly #sink: (message: FramedMessage) => void
  readonly #limits: FramerLimits
  /** Longest silent first. */
  readonly #streams = new Map<number, Stream>()
  readonly #holding = new Set<Stream>()
  readonly #frame = new Frame()
  readonly #message: FramedMessage = {
    src: 0,
    srcPort: 0,
    dst: 0,
    dstPort: 0,
    tUs: 0,
    transport: TRANSPORT_TCP,
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    pieces: [],
    isCut: false,
  }
  #latest: Stream | undefined
  #heldBytes = 0
  #messages = 0
  #messagesCut = 0
  #messagesLost = 0
  #keepAlives = 0
  #streamsTurnedAway = 0
  #holdsTurnedAway = 0

  constructor(sink: (message: FramedMessage) => void, limits: Partial<FramerLimits> = {}) {
    this.#sink = sink
    this.#limits = { ...framerLimits, ...limits }
  }

  /** Takes the next chunk of its stream, and passes on every message that it completes. */
  push(chunk: StreamChunk): void {
    const stream = this.#streamOf(chunk)
    if (chunk.isAfterGap) {
      this.#giveUp(stream, chunk)
      stream.phase = 'seeking'
      stream.sought = 0
    }
    if (chunk.end > chunk.start) this.#feed(stream, chunk)
    if (chunk.isEnd) {
      this.#giveUp(stream, chunk)
      this.#streams.delete(stream.id)
      if (this.#latest === stream) this.#latest = undefined
    }
  }

  stats(): FramerStats {
    return {
      messages: this.#messages,
      messagesCut: this.#messagesCut,
      messagesLost: this.#messagesLost,
      keepAlives: this.#keepAlives,
      streams: this.#streams.size,
      heldBytes: this.#heldBytes,
      streamsTurnedAway: this.#streamsTurnedAway,
      holdsTurnedAway: this.#holdsTurnedAway,
    }
  }

  #streamOf(chunk: StreamChunk): Stream {
    if (this.#latest?.id === chunk.streamId) return this.#latest
    let stream = this.#streams.get(chunk.streamId)
    if (stream === undefined) {
      if (this.#streams.size >= this.#limits.tcpStreamsMax) this.#forgetSilentStream()
      stream = {
        id: chunk.streamId,
        phase: chunk.isMidstream ? 'seeking' : 'in-step',
        hasBegun: chunk.isMidstream || chunk.isAfterGap,
        awaited: 'line',
        held: undefined,
        scanned: 0,
        needed: 0,
        bodyOffset: 0,
        mayHoldMessages: false,
        heldUs: 0,
        sought: 0,
      }
    } else this.#streams.delete(stream.id)
    this.#streams.set(stream.id, stream)
    this.#latest = stream
    return stream
  }

  #forgetSilentStream(): void {
    for (const stream of this.#streams.values()) {
      this.#release(stream)
      this.#streams.delete(stream.id)
      this.#streamsTurnedAway++
      return
    }
  }

  #feed(stream: Stream, chunk: StreamChunk): void {
    const { bytes, end } = chunk
    let at = chunk.start
    if (!stream.hasBegun) {
      stream.hasBegun = true
      at += proxyHeaderBytes(bytes, at, end)
    }
    if (stream.phase === 'foreign') {
      // SIP may follow a proxy's greeting or an upgrade, and then begins with a segment.
      if (beginsMessage(bytes, at, end) !== IS_START_LINE) return
      stream.phase = 'in-step'
    }
    if (stream.held !== undefined) at = this.#continueHeld(stream, stream.held, chunk)
    const view: View = { bytes, end, held: undefined }
    while (at < end) {
      const next = this.#step(stream, view, at, chunk)
      if (next === HOLD) return
      at = next
    }
  }

  /**
   * Takes one step at `at`: passes line ends or other bytes over, or cuts one message. Returns
   * where to go on, or HOLD when the rest of the view was put aside for the next chunk.
   */
  #step(stream: Stream, view: View, from: number, chunk: StreamChunk): number {
    const isInStep = stream.phase === 'in-step'
    // Out of step, zeros are what any other protocol sends.
    const skip = isInStep ? skipFiller : skipLineEnds
    const at = skip(view.bytes, from, view.end)
    if (at > from && isInStep) this.#keepAlives++
    if (at === view.end) return at
    if (stream.phase === 'seeking') {
      const seen = beginsMessage(view.bytes, at, view.end)
      if (seen === MAY_BECOME_START_LINE && view.end - at <= this.#limits.startLineBytesMax) {
        return this.#hold(stream, view, at, chunk, 'line')
      }
      if (seen !== IS_START_LINE) return this.#passLine(stream, view, at)
      stream.phase = 'in-step'
      return this.#cut(stream, view, behindGluedWord(view.bytes, at, view.end), chunk)
    } else if (stream.phase === 'foreign') return view.end
    return this.#cut(stream, view, at, chunk)
  }

  /** Cuts the message that should begin at `at`. */
  #cut(stream: Stream, view: View, at: number, chunk: StreamChunk): number {
    const frame = this.#frame
    const isResumed = view.held !== undefined && at === 0
    const scannedFrom = isResumed ? stream.scanned : 0
    switch (readFrame(view.bytes, at, view.end, at + scannedFrom, this.#limits, frame)) {
      case 'whole':
        this.#emit(view, at, at + frame.length, chunk, chunk.tUs, false)
        if (!frame.isLengthTrusted) {
          stream.phase = 'seeking'
          stream.sought = 0
        }
        return at + frame.length
      case 'line-incomplete':
        return this.#hold(stream, view, at, chunk, 'line')
      case 'headers-incomplete': {
        const next = this.#hold(stream, view, at, chunk, 'headers')
        stream.scanned = frame.scanned - at
        return next
      }
      case 'body-incomplete': {
        const next = this.#hold(stream, view, at, chunk, 'body')
        stream.needed = frame.length
        stream.bodyOffset = frame.bodyOffset
        stream.mayHoldMessages = frame.mayHoldMessages
        return next
      }
      case 'none':
        stream.phase = 'seeking'
        stream.sought = 0
        return this.#passLine(stream, view, at)
    }
  }

  /** Passes over the line at `at`; a stream without a start line for long is not SIP. */
  #passLine(stream: Stream, view: View, at: number): number {
    let next = at
    while (next < view.end && view.bytes[next] !== LF) next++
    if (next < view.end) next++
    stream.sought += next - at
    if (stream.sought > this.#limits.seekBytesMax) stream.phase = 'foreign'
    return next
  }

  /** Goes on with the held candidate; returns where in the chunk to go on, its end when held. */
  #continueHeld(stream: Stream, held: HeldBytes, chunk: StreamChunk): number {
    const { bytes, start, end } = chunk
    if (stream.awaited === 'body') return this.#continueBody(stream, held, chunk)

    const before = held.length
    if (before + end - start > this.#limits.streamBufferBytesMax) {
      this.#messagesLost++
      this.#release(stream)
      stream.phase = 'seeking'
      stream.sought = 0
      return start
    }
    this.#append(stream, held, chunk, start, end)
    if (stream.held === undefined) return end
    if (bytes.subarray(start, end).indexOf(LF) < 0) {
      if (stream.awaited === 'line' && held.length > this.#limits.startLineBytesMax) {
        this.#release(stream)
        stream.phase = 'seeking'
      }
      return end
    }
    const view = viewOf(held)
    let at = 0
    while (at < before) {
      const next = this.#step(stream, view, at, chunk)
      if (next === HOLD) return end
      at = next
    }
    // What is left lies in the chunk alone: what was held before it has been used up.
    this.#release(stream)
    return start + (at - before)
  }

  #continueBody(stream: Stream, held: HeldBytes, chunk: StreamChunk): number {
    const { bytes, start, end } = chunk
    // A segment that begins a message inside a claimed body may mean that Content-Length lied.
    const isSuspect = !stream.mayHoldMessages && !isLineEnd(bytes[start])
    const claimedEnd = start + stream.needed - held.length
    if (isSuspect && breaksBody(bytes, start, claimedEnd, end)) {
      this.#emit(viewOf(held), 0, held.length, chunk, stream.heldUs, false)
      this.#release(stream)
      return start
    }
    const taken = Math.min(stream.needed - held.length, end - start)
    this.#append(stream, held, chunk, start, start + taken)
    if (stream.held === undefined || held.length < stream.needed) return end
    this.#emit(viewOf(held), 0, held.length, chunk, chunk.tUs, false)
    this.#release(stream)
    return start + taken
  }

  /** Puts the view from `at` on aside until the next chunk. */
  #hold(stream: Stream, view: View, at: number, chunk: StreamChunk, awaited: Awaited): number {
    stream.awaited = awaited
    stream.scanned = 0
    if (view.held !== undefined) {
      const before = view.held.cost
      view.held.dropFront(at)
      this.#heldBytes += view.held.cost - before
      return HOLD
    }
    const held = new HeldBytes()
    this.#heldBytes += held.cost
    stream.held = held
    this.#holding.add(stream)
    this.#append(stream, held, chunk, at, view.end)
    return HOLD
  }

  /** Adds the chunk's bytes to a hold, then forgets the oldest holds beyond the bound. */
  #append(stream: Stream, held: HeldBytes, chunk: StreamChunk, start: number, end: number): void {
    const before = held.cost
    held.append(chunk.bytes, start, end, chunk.piece, chunk.piece.offset + start - chunk.start)
    stream.heldUs = chunk.tUs
    this.#heldBytes += held.cost - before
    for (const oldest of this.#holding) {
      if (this.#heldBytes <= this.#limits.heldBytesMax) break
      this.#holdsTurnedAway++
      this.#release(oldest)
      oldest.phase = 'seeking'
      oldest.sought = 0
    }
  }

  /**
   * Ends the wait for the rest of a message. With complete headers it is passed on, cut; if its
   * claimed body holds further messages, Content-Length lied and they are taken one by one.
   */
  #giveUp(stream: Stream, chunk: StreamChunk): void {
    const { held } = stream
    if (held === undefined) return
    if (stream.awaited === 'headers') this.#messagesLost++
    if (stream.awaited === 'body') {
      const { bodyOffset, mayHoldMessages, heldUs } = stream
      const view = viewOf(held)
      const frame = this.#frame
      frame.bodyOffset = bodyOffset
      frame.mayHoldMessages = mayHoldMessages
      let at = 0
      do at = this.#emitCut(view, at, chunk, heldUs)
      while (readFrame(view.bytes, at, view.end, at, this.#limits, frame) === 'body-incomplete')
    }
    this.#release(stream)
  }

  /**
   * Emits the message at `at`, whose headers are in `#frame` and whose body is not whole, and the
   * whole ones after it. Returns where the next one begins that is not whole.
   */
  #emitCut(view: View, at: number, chunk: StreamChunk, tUs: number): number {
    const frame = this.#frame
    const inner = frame.mayHoldMessages
      ? -1
      : findMessageStart(view.bytes, at + frame.bodyOffset, view.end)
    let next = inner < 0 ? view.end : inner
    this.#emit(view, at, next, chunk, tUs, inner < 0)
    while (readFrame(view.bytes, next, view.end, next, this.#limits, frame) === 'whole') {
      this.#emit(view, next, next + frame.length, chunk, tUs, false)
      next = skipFiller(view.bytes, next + frame.length, view.end)
    }
    return next
  }

  #emit(
    view: View,
    start: number,
    end: number,
    chunk: StreamChunk,
    tUs: number,
    isCut: boolean,
  ): void {
    this.#messages++
    if (isCut) this.#messagesCut++
    const { ref, offset } = chunk.piece
    const message = this.#message
    message.src = chunk.src
    message.srcPort = chunk.srcPort
    message.dst = chunk.dst
    message.dstPort = chunk.dstPort
    message.tUs = tUs
    message.bytes = view.bytes
    message.start = start
    message.end = end
    message.pieces = view.held?.piecesOf(start, end) ?? [
      { ref, offset: offset + start - chunk.start, length: end - start },
    ]
    message.isCut = isCut
    this.#sink(message)
  }

  #release(stream: Stream): void {
    if (stream.held === undefined) return
    this.#heldBytes -= stream.held.cost
    stream.held = undefined
    this.#holding.delete(stream)
  }
}

function viewOf(held: HeldBytes): View {
  return { bytes: held.bytes, end: held.length, held }
}

function skipLineEnds(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isLineEnd(bytes[at])) at++
  return at
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === CR || byte === LF
}
