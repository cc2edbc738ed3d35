// Frames in, records of legs and streams out: decode, sip, rtp and calls strung together, one call
// deep, no queue and no clock. Whoever pushes a frame has set its `ref`: an import to where it is
// being stored, a rebuild of the index to where it was found.
import { AddressTable } from '../base/address-table.ts'
import { ByteWriter } from '../base/byte-writer.ts'
import type { JoinSettings } from '../calls/leg-head.ts'
import { packLeg } from '../calls/leg-record-codec.ts'
import { type CallNote, packNote } from '../calls/call-note.ts'
import { Echoes } from '../calls/echoes.ts'
import type { LegRecord } from '../calls/leg-record.ts'
import { summarizeLeg } from '../calls/leg-summary.ts'
import { type Carriage, LegTracker } from '../calls/leg-tracker.ts'
import { MediaTracker, mediaTrackerBytes } from '../calls/media-tracker.ts'
import type { EarlierMedia, MediaNotice } from '../calls/sdp-backlog.ts'
import { packStream } from '../calls/stream-record-codec.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import { type Datagram, isStreamTransport, type StreamChunk } from '../decode/datagram.ts'
import { Decoder } from '../decode/decoder.ts'
import type { HepPacket } from '../decode/hep/hep-packet.ts'
import { unwrapPayload } from '../decode/hep/wrapped-payload.ts'
import { Kernel } from '../kernel/kernel.ts'
import type { MediaReport } from '../rtp/media-report.ts'
import { HeaderReader, headerReaderBytes } from '../sip/header-reader.ts'
import { SipMessage } from '../sip/message.ts'
import type { ReadOptions } from '../sip/message-index.ts'
import { type FramedMessage, StreamFramer } from '../sip/stream-framer.ts'
import type { Frame } from '../source/frame.ts'
import { emptyFrame } from '../source/record-walker.ts'
import type { DayFiling } from '../store/day-filing.ts'
import { blockOf, REF_SCALE } from '../store/frame-ref.ts'
import { HepPayloads } from './hep-payloads.ts'
import { type OpenedMessage, OpenedMessages, type Opening } from './opened-messages.ts'

/**
 * A message is in the index at the latest when this many further blocks were filled: a gigabyte,
 * which is read again within seconds after a crash. A leg that is stored before it ends costs a
 * merge.
 */
const UNSTORED_BLOCKS_MAX = 1_024

const AS_DATAGRAM: ReadOptions = { isDatagram: true }
/** Packed legs that the store takes a few milliseconds for. */
const LEG_BATCH_BYTES = 256 * 1024

/**
 * A crash makes us read again from the beginning of the oldest stream that went on, or the last 4
 * GB: what is older of a stream that has lasted longer is lost to its figures.
 */
const UNSTORED_STREAM_REFS_MAX = 4_370 * REF_SCALE

const LAST_ASCII = 127

export interface LineCounts {
  messages: number
  /** Oddities by code, over all stations of the line. */
  problems: Map<string, number>
}

/** Memory of a kernel that a line takes. */
export function messageLineBytes(): number {
  return mediaTrackerBytes() + headerReaderBytes()
}

export class MessageLine {
  readonly #decoder: Decoder
  readonly #framer: StreamFramer
  readonly #payloads: HepPayloads
  readonly #opened: OpenedMessages
  readonly #tracker: LegTracker
  readonly #media: MediaTracker
  readonly #message: SipMessage
  readonly #stored: Frame
  readonly #echoes = new Echoes()
  readonly #echoTraits = { tUs: 0, hash: 0, src: 0, srcPort: 0, dst: 0, dstPort: 0 }
  readonly #legs = new ByteWriter(1024 * 1024)
  readonly #streams = new ByteWriter()
  readonly #notes = new ByteWriter(4096)
  #messages = 0
  readonly #sipProblems = new Map<string, number>()
  #latestUs = 0
  #latestRef = 0
  #storedAtBlock = 0
  readonly #filing: DayFiling | undefined
  #onBatch: () => void = () => {}

  /**
   * `seed`: see LegTracker; any number that others cannot foresee. Without `opening`, TLS and
   * WebSockets stay closed. `kernel` where others use the same, with room for `messageLineBytes`.
   * `earlier`: see MediaTracker.
   */
  constructor(
    settings: JoinSettings,
    parts: {
      seed?: number
      filing?: DayFiling
      opening?: Opening
      kernel?: Kernel
      earlier?: EarlierMedia | undefined
    } = {},
  ) {
    const { seed = 0, filing, opening, kernel = new Kernel(messageLineBytes()), earlier } = parts
    this.#filing = filing
    const addresses = new AddressTable()
    this.#message = new SipMessage(new HeaderReader(kernel))
    this.#stored = { ...emptyFrame(), bytes: kernel.bytes }
    this.#tracker = new LegTracker({
      addresses,
      settings,
      seed,
      emit: (record) => this.#pack(record),
    })
    this.#media = new MediaTracker({
      kernel,
      addresses,
      refScale: REF_SCALE,
      emit: (record) => this.#packStream(record),
      earlier,
    })
    this.#payloads = new HepPayloads(addresses, {
      media: (datagram) => this.#media.datagram(datagram),
      rtcp: (packets, datagram) => this.#media.passedOn(packets, datagram),
      report: (report) => this.#media.report(report),
      stream: (record) => {
        this.#filing?.admitLegDay(record.startUs)
        this.#media.measured(record)
      },
      note: (note) => this.#note(note),
    })
    this.#framer = new StreamFramer((framed) => this.#streamMessage(framed))
    this.#opened = new OpenedMessages({
      addresses,
      opening,
      emit: (message) => this.#openedMessage(message),
    })
    this.#decoder = new Decoder(addresses, {
      datagram: (datagram) => this.#datagram(datagram),
      streamChunk: (chunk) => this.#streamChunk(chunk),
    })
  }

  /**
   * `at`: where the kernel finds the stored frame; -1 where its block lies in other memory. `hep`:
   * see Decoder.push.
   */
  push(frame: Frame, at = -1, hep?: HepPacket): void {
    this.#latestRef = frame.ref
    if (hep !== undefined) this.#pushHep(frame, at, hep)
    else if (this.#media.frame(frame, at)) this.#decoder.passed(frame.tUs)
    else this.#decoder.push(at < 0 ? frame : this.#whereStored(frame, at))
  }

  #pushHep(frame: Frame, at: number, hep: HepPacket): void {
    if (at < 0) return this.#decoder.push(frame, hep)
    const stored = this.#whereStored(frame, at)
    hep.moveTo(stored.bytes, stored.start - frame.start)
    this.#decoder.push(stored, hep)
  }

  /** The same frame in the block that it was copied into: the kernel reads messages there. */
  #whereStored(frame: Frame, at: number): Frame {
    const stored = this.#stored
    stored.interface = frame.interface
    stored.tUs = frame.tUs
    stored.ref = frame.ref
    stored.start = at
    stored.end = at + frame.end - frame.start
    stored.originalLength = frame.originalLength
    return stored
  }

  /** Takes records of a pcap file: see StreamMeter.takeRecords. `took` must follow. */
  takeRecords(at: number, end: number, block: number): number {
    return this.#media.takeRecords(at, end, block)
  }

  /** Says how many frames `takeRecords` took, and of the last one when it came and its ref. */
  took(frames: number, last: { readonly tUs: number; readonly ref: number }): void {
    this.#latestRef = last.ref
    this.#media.took(frames, last.tUs)
    this.#decoder.passed(last.tUs, frames)
  }

  /** See MediaTracker. */
  describe(earlier: readonly MediaNotice[]): void {
    this.#media.describe(earlier)
  }

  /** See MediaTracker. */
  hear(notice: MediaNotice): void {
    this.#media.hear(notice)
  }

  /** Takes what somebody else says of a stream. */
  report(report: MediaReport): void {
    this.#media.report(report)
  }

  /**
   * Lets go of legs and streams that ended, as of the latest packet time; `block` is the one being
   * filled.
   */
  sweep(block: number): void {
    this.#opened.tick()
    this.#tracker.tick(this.#latestUs)
    this.#media.tick()
    if (block - this.#storedAtBlock < UNSTORED_BLOCKS_MAX / 16) return
    this.#storedAtBlock = block
    this.#tracker.storeBefore((block - UNSTORED_BLOCKS_MAX) * REF_SCALE)
  }

  /** Says that it is now `nowUs`, though no frame may have come: for a line that goes on. */
  tick(nowUs: number): void {
    this.#decoder.tick(nowUs)
    this.#opened.tick()
    // Not by the clock: an agent that catches up sends what is long past, and its legs go on.
    this.#tracker.tick(this.#latestUs)
    this.#media.advance(nowUs)
    this.#media.tick()
  }

  /** Gathers every leg as far as it has come; goes on following those that are open. */
  gatherOpenLegs(): void {
    this.#tracker.storeBefore(Number.POSITIVE_INFINITY)
  }

  /** The same for streams; true where one is left for the next time. */
  gatherOpenStreams(): boolean {
    return this.#media.storeOpen()
  }

  /** Ends the input: everything held back is handed on. */
  finish(): void {
    this.endInput()
    this.gatherAll()
  }

  /** Follows up what waited for more of the input; its legs are still to be gathered. */
  endInput(): void {
    this.#decoder.finish()
    this.#opened.finish()
  }

  /** Gathers every leg and forgets it; `onBatch` may take away what has come together. */
  gatherAll(onBatch: () => void = () => {}): void {
    this.#onBatch = onBatch
    this.#tracker.finish()
    this.#media.finish()
  }

  /** The packed legs gathered since the last call (calls/leg-record-codec.ts); empties them. */
  takeLegs(): Buffer {
    return this.#legs.takeForThread()
  }

  /**
   * The packed streams gathered since the last call (calls/stream-record-codec.ts); empties them.
   */
  takeStreams(): Buffer {
    return this.#streams.takeForThread()
  }

  /** The packed notes gathered since the last call (calls/call-note.ts); empties them. */
  takeNotes(): Buffer {
    return this.#notes.takeForThread()
  }

  get gatheredNoteBytes(): number {
    return this.#notes.length
  }

  get gatheredStreamBytes(): number {
    return this.#streams.length
  }

  get gatheredBytes(): number {
    return this.#legs.length
  }

  /** The first block that holds something the legs taken so far do not tell; Infinity for none. */
  oldestUnstoredBlock(): number {
    const legs = this.#tracker.oldestUnstoredRef()
    // A stream goes on from what memory holds of it: a crash must find all of it again.
    const streams = Math.max(
      this.#media.oldestOpenRef(),
      this.#latestRef - UNSTORED_STREAM_REFS_MAX,
    )
    const ref = Math.min(legs, streams)
    return ref === Number.POSITIVE_INFINITY ? ref : blockOf(ref)
  }

  get messages(): number {
    return this.#messages
  }

  counts(): LineCounts {
    const problems = new Map(this.#sipProblems)
    const stations = [
      this.#decoder.stats().problems,
      this.#opened.problems(),
      this.#media.problems(),
    ]
    for (const [code, count] of stations.flatMap((counts) => [...counts])) {
      problems.set(code, (problems.get(code) ?? 0) + count)
    }
    return { messages: this.#messages, problems }
  }

  #datagram(datagram: Datagram): void {
    const { bytes, start, end } = datagram
    // Media and its companions begin with a byte that begins no text: most datagrams end here.
    if ((bytes[start] as number) > LAST_ASCII && datagram.hep === undefined) {
      return this.#media.datagram(datagram)
    }
    if (this.#datagramMessage(datagram, bytes, start, end)) return
    if (datagram.hep !== undefined) this.#hepPayload(datagram, datagram.hep)
    else this.#media.datagram(datagram)
  }

  /** What an agent passed on beside plain SIP. */
  #hepPayload(datagram: Datagram, hep: HepPacket): void {
    const { bytes, start, end } = datagram
    const packing = hep.isCompressed ? 'no' : 'maybe'
    const inside = unwrapPayload(bytes.subarray(start, end), packing)
    const isMessage =
      inside !== undefined && this.#datagramMessage(datagram, inside, 0, inside.length)
    if (!isMessage) this.#payloads.take(datagram, hep)
  }

  /** False where the bytes are no message. */
  #datagramMessage(datagram: Datagram, bytes: Buffer, start: number, end: number): boolean {
    // What was opened before it was stored is a datagram to decode, but came in a stream.
    const isDatagram = !isStreamTransport(datagram.transport)
    if (!this.#message.read(bytes, start, end, isDatagram ? AS_DATAGRAM : {})) return false
    const isFromAgent = datagram.hep !== undefined
    if (isFromAgent) this.#filing?.admitLegDay(datagram.tUs)
    this.#track(datagram, isFromAgent)
    return true
  }

  #streamChunk(chunk: StreamChunk): void {
    if (!this.#opened.push(chunk)) this.#framer.push(chunk)
  }

  #openedMessage(message: OpenedMessage): void {
    const { bytes, start, end, transport } = message
    const isDatagram = !isStreamTransport(transport)
    if (!this.#message.read(bytes, start, end, { isDatagram })) return
    const pieces = this.#opened.keep(message)
    if (pieces !== undefined) this.#track({ ...message, pieces })
  }

  #streamMessage(framed: FramedMessage): void {
    const { bytes, start, end } = framed
    if (this.#message.read(bytes, start, end)) this.#track(framed)
  }

  #track(carriage: Carriage, isFromAgent = false): void {
    const hash = this.#tracker.hashOf(this.#message)
    if (this.#isEcho(carriage, hash, isFromAgent)) return
    this.#messages++
    if (carriage.tUs > this.#latestUs) this.#latestUs = carriage.tUs
    this.#tracker.push(this.#message, carriage, hash)
    this.#media.message(this.#message, carriage)
    if (this.#message.isSuspect) this.#countProblems()
  }

  /** Whether the message came by the wire as well as by an agent; remembers it where it did not. */
  #isEcho(carriage: Carriage, hash: number, isFromAgent: boolean): boolean {
    const traits = this.#echoTraits
    traits.tUs = carriage.tUs
    traits.hash = hash
    traits.src = carriage.src
    traits.srcPort = carriage.srcPort
    traits.dst = carriage.dst
    traits.dstPort = carriage.dstPort
    if (this.#echoes.isEcho(traits, isFromAgent)) return true
    this.#echoes.add(traits, isFromAgent)
    return false
  }

  #countProblems(): void {
    for (const { code } of this.#message.problems()) {
      this.#sipProblems.set(code, (this.#sipProblems.get(code) ?? 0) + 1)
    }
  }

  #pack(record: LegRecord): void {
    const summary = summarizeLeg(record.trail)
    const filedUnder = this.#filing?.dayOfLeg(summary.startUs) ?? null
    packLeg(this.#legs, record, summary, REF_SCALE, filedUnder)
    if (this.#legs.length >= LEG_BATCH_BYTES) this.#onBatch()
  }

  #note(note: CallNote): void {
    this.#filing?.admitLegDay(note.tUs)
    packNote(this.#notes, note)
    this.#notes.text(this.#filing?.dayOfLeg(note.tUs) ?? '')
  }

  #packStream(record: StreamRecord): void {
    packStream(this.#streams, record, this.#filing?.dayOfLeg(record.startUs) ?? null)
  }
}
