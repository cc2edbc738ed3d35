// RTP packets in, streams measured: finds the stream of each packet and has the kernel bring its
// record up to date (kernel/measure.ts). What SDP says of a stream is told by whoever begins it; a
// stream that no SDP announced is believed only once several packets agree (RFC 3550 A.1 calls it
// probation). Makes no object for a packet.
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { Datagram } from '../decode/datagram.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Frame } from '../source/frame.ts'
import { u16be, u32be } from '../source/integers.ts'
import { ByteTails } from './byte-tails.ts'
import { OpenStreams, streamBytes } from './open-streams.ts'
import { RTP_HEADER_BYTES } from './packet-kind.ts'
import { type PayloadProfiles, profileBytes } from './payload-profile.ts'
import type { RtpProblemCode } from './problems.ts'
import { payloadEnd, payloadStart } from './rtp-payload.ts'
import * as field from './stream-fields.ts'
import { endStretch, STRETCH_LENGTH_US, writeStretch } from './stretches.ts'

/** How a stream begins. */
export interface StreamBirth {
  /** Number of its payload profile: see PayloadProfiles. */
  readonly profile: number
  /** SDP announced it. */
  readonly isBelieved: boolean
}

export interface MeterStats {
  openStreams: number
  packets: number
  /** Shaped like RTP, and not believed. */
  packetsDoubted: number
  streamsEvicted: number
  candidatesEvicted: number
}

export interface MeterParts {
  /** Has room for `meterBytes` more. */
  readonly kernel: Kernel
  readonly profiles: PayloadProfiles
  /** Refs of one block lie below a multiple of this: see store/frame-ref.ts. */
  readonly refScale: number
  /** Asked for every new SSRC between two ends, as soon as its first packet came. */
  readonly begin: (stream: number, datagram: Datagram) => StreamBirth
  /** Told of a stream that is forgotten; its record is still there. */
  readonly end: (stream: number) => void
  readonly limits?: Limits
}

/** Packets that must agree, the first one apart, where the ports are usual ones for RTP; else. */
const AGREEING = 3
const AGREEING_ODD = 5
/** How far the sequence of a stream on probation may jump. */
const PROBATION_STEP_MAX = 16
/** Share of the limit that stays when the longest silent streams must go. */
const KEPT_SHARE = 0.9
/** Version 2, no padding, extension or contributing sources. */
const PLAIN_HEADER = 0x80

/** Ethernet, IPv4 without options, UDP: what stands before RTP in a plain frame. */
export const PLAIN_HEADER_BYTES = 14 + 20 + 8
export const LINK_TYPE_ETHERNET = 1
/** Frames that are longer carry no sound. */
const SCRATCH_BYTES = 2048

/** Bytes of a kernel's memory that a meter and its profiles need. */
export function meterBytes(limits: Limits = houseLimits): number {
  const records = streamBytes(limits.openStreamsMax) + profileBytes(limits.payloadProfilesMax)
  return records + SCRATCH_BYTES
}

export class StreamMeter {
  readonly streams: OpenStreams
  /**
   * Where each stream's packets are stored: the step to a block, folded to be positive, and how
   * many blocks follow each other from there; the last such number is in the record.
   */
  readonly blocks: ByteTails
  /** Stretches of five seconds: see stretches.ts. */
  readonly stretches: ByteTails
  readonly #kernel: Kernel
  /** Where a frame is copied to that lies in other memory. */
  readonly #scratchAt: number
  readonly #scratch: Buffer
  readonly #refScale: number
  readonly #begin: MeterParts['begin']
  readonly #end: MeterParts['end']
  readonly #limits: Limits
  /** Streams on probation with the ref of their first packet, oldest first from `#from`. */
  readonly #candidates: number[] = []
  #from = 0
  readonly #stats = { packets: 0, packetsDoubted: 0, streamsEvicted: 0, candidatesEvicted: 0 }

  constructor(parts: MeterParts) {
    this.#kernel = parts.kernel
    this.#refScale = parts.refScale
    this.#begin = parts.begin
    this.#end = parts.end
    this.#limits = parts.limits ?? houseLimits
    this.streams = new OpenStreams(parts.kernel, this.#limits.openStreamsMax)
    this.#scratchAt = parts.kernel.reserve(SCRATCH_BYTES)
    this.#scratch = parts.kernel.bytesAt(this.#scratchAt, SCRATCH_BYTES)
    this.blocks = new ByteTails(this.#limits.streamBlockBytesMax)
    this.stretches = new ByteTails(this.#limits.streamStretchBytesMax)
    parts.kernel.call.placeProfiles(parts.profiles.address, this.#refScale, STRETCH_LENGTH_US)
    parts.kernel.calls = {
      endStretch: (stream, tUs) => this.#endStretch(stream, tUs),
      turnBlock: (stream, ref) => this.#turnBlock(stream, ref),
    }
  }

  /** Takes a datagram shaped like RTP. True when it belongs to a stream that is believed. */
  push(datagram: Datagram): boolean {
    const { bytes, start } = datagram
    const ports = (datagram.srcPort << 16) | datagram.dstPort
    const ssrc = u32be(bytes, start + 8) | 0
    let stream = this.streams.find(datagram, ports, ssrc)
    if (stream < 0) stream = this.#add(datagram, ports, ssrc)
    const w = this.streams.wordsOf(stream)
    const { words } = this.streams
    const isBelieved = ((words[w + field.FLAGS] as number) & field.FLAG_IS_BELIEVED) !== 0
    if (!isBelieved && !this.#agrees(stream, datagram)) {
      this.#stats.packetsDoubted++
      return false
    }
    this.#stats.packets++
    this.#measure(stream, datagram)
    return isBelieved
  }

  /**
   * Takes a frame where it is a plain one of a stream that is believed; false, and nothing done,
   * for all others. `at`: where the kernel finds its bytes, -1 where they lie in other memory.
   */
  takeFrame(frame: Frame, at: number): boolean {
    const { bytes, start, end } = frame
    const length = end - start
    if (frame.interface.linkType !== LINK_TYPE_ETHERNET || frame.originalLength > length) {
      return false
    }
    let from = at
    if (at < 0) {
      // Copied only where the kernel may take it: where RTP would stand is its version.
      if (((bytes[start + PLAIN_HEADER_BYTES] as number) & 0xc0) !== 0x80) return false
      if (length > SCRATCH_BYTES) return false
      bytes.copy(this.#scratch, 0, start, end)
      from = this.#scratchAt
    }
    if (this.#kernel.call.takeFrame(from, length, frame.tUs, frame.ref) === 0) return false
    this.#stats.packets++
    return true
  }

  /**
   * Takes records of a pcap file from `at` to `end` of the kernel's memory, and puts them into the
   * block whose fields lie at `block`: see kernel/frame.ts. Returns where the first one begins that
   * is to be decoded.
   */
  takeRecords(at: number, end: number, block: number): number {
    return this.#kernel.call.takeRecords(at, end, block)
  }

  /** Says how many packets `takeRecords` took. */
  took(packets: number): void {
    this.#stats.packets += packets
  }

  /** Packets that a stream should have had, by its sequence numbers. */
  expectedOf(stream: number): number {
    return this.#kernel.call.expectedOf(stream)
  }

  /** Expected less distinct sequence numbers. */
  lostOf(stream: number): number {
    const { words } = this.streams
    const w = this.streams.wordsOf(stream)
    const distinct =
      (words[w + field.PACKETS] as number) -
      (words[w + field.DUPLICATES] as number) -
      (words[w + field.STRAYS] as number)
    return Math.max(0, this.expectedOf(stream) - distinct)
  }

  /** Believes a stream on probation: SDP came after its first packets. */
  believe(stream: number): void {
    const at = this.streams.wordsOf(stream) + field.FLAGS
    this.streams.words[at] = (this.streams.words[at] as number) | field.FLAG_IS_BELIEVED
  }

  isBelieved(stream: number): boolean {
    const flags = this.streams.words[this.streams.wordsOf(stream) + field.FLAGS] as number
    return (flags & field.FLAG_IS_BELIEVED) !== 0
  }

  /** Judges what is still open of a stream; nothing may be measured afterwards. */
  finish(stream: number): void {
    const { words } = this.streams
    const w = this.streams.wordsOf(stream)
    this.#kernel.call.finishStream(stream)
    writeStretch(this, stream)
    words[w + field.STRETCH_PACKETS] = 0
  }

  /** Forgets a stream. */
  drop(stream: number): void {
    this.#end(stream)
    this.blocks.clear(stream)
    this.stretches.clear(stream)
    this.streams.remove(stream)
  }

  stats(): MeterStats {
    return { ...this.#stats, openStreams: this.streams.size }
  }

  /** Oddities of what belongs to no stream, by code. */
  problems(): Map<RtpProblemCode, number> {
    const { streamsEvicted } = this.#stats
    return new Map(streamsEvicted === 0 ? [] : [['rtp.streams.too-many', streamsEvicted]])
  }

  // ── which stream ─────────────────────────────────────────────────────────────────────────────

  #add(datagram: Datagram, ports: number, ssrc: number): number {
    if (this.streams.size >= this.#limits.openStreamsMax) this.#evict()
    const stream = this.streams.add(datagram, ports, ssrc)
    const w = this.streams.wordsOf(stream)
    const { profile, isBelieved } = this.#begin(stream, datagram)
    const { words } = this.streams
    words[w + field.PROFILE] = profile
    if (isBelieved) words[w + field.FLAGS] = field.FLAG_IS_BELIEVED
    else this.#putOnProbation(stream, datagram)
    return stream
  }

  #putOnProbation(stream: number, datagram: Datagram): void {
    const isUsual = (datagram.dstPort & 1) === 0 && datagram.dstPort >= 1024
    const { words } = this.streams
    words[this.streams.wordsOf(stream) + field.TO_BELIEVE] = isUsual ? AGREEING : AGREEING_ODD
    this.#candidates.push(stream, datagram.pieces[0]?.ref ?? 0)
    const waiting = (this.#candidates.length - this.#from) / 2
    if (waiting > this.#limits.streamCandidatesMax) this.#dropOldestCandidate()
  }

  #dropOldestCandidate(): void {
    const stream = this.#candidates[this.#from] ?? 0
    const ref = this.#candidates[this.#from + 1]
    this.#from += 2
    if (this.#from > 4096 && this.#from * 2 > this.#candidates.length) {
      this.#candidates.splice(0, this.#from)
      this.#from = 0
    }
    // Its number may be another stream's by now, and that one may be believed.
    if (!this.streams.isOpen(stream) || this.isBelieved(stream)) return
    if (this.streams.doubles[this.streams.doublesOf(stream) + field.FIRST_REF] !== ref) return
    this.#stats.candidatesEvicted++
    this.drop(stream)
  }

  /** Whether a packet agrees with those of its stream so far; ends the probation that it passes. */
  #agrees(stream: number, { bytes, start }: Datagram): boolean {
    const { words } = this.streams
    const w = this.streams.wordsOf(stream)
    if (words[w + field.PACKETS] === 0) return true
    const ahead = (u16be(bytes, start + 2) - (words[w + field.HIGH_SEQ] as number)) & 0xffff
    const payloadType = (bytes[start + 1] as number) & 127
    const isSameType = payloadType === words[w + field.PAYLOAD_TYPE]
    const mayGoOn = (words[w + field.PACKETS] as number) < this.#limits.probationPacketsMax
    // Where a mirror shows every packet twice, the second one says nothing.
    if (ahead === 0 && isSameType) return mayGoOn
    if (ahead === 0 || ahead > PROBATION_STEP_MAX || !isSameType) {
      // Once more from here: a real stream agrees before long.
      words[w + field.TO_BELIEVE] = AGREEING_ODD
      return mayGoOn
    }
    const left = (words[w + field.TO_BELIEVE] as number) - 1
    words[w + field.TO_BELIEVE] = left
    if (left <= 0)
      words[w + field.FLAGS] = (words[w + field.FLAGS] as number) | field.FLAG_IS_BELIEVED
    return true
  }

  /** Makes room: the longest silent tenth goes. */
  #evict(): void {
    const { streams } = this
    const lastUs = (stream: number): number =>
      streams.doubles[streams.doublesOf(stream) + field.LAST_US] as number
    const bySilence = [...streams].sort((a, b) => lastUs(a) - lastUs(b))
    const surplus = bySilence.length - Math.floor(this.#limits.openStreamsMax * KEPT_SHARE)
    for (const stream of bySilence.slice(0, surplus)) {
      this.#stats.streamsEvicted++
      this.drop(stream)
    }
  }

  // ── measuring ────────────────────────────────────────────────────────────────────────────────

  #measure(stream: number, datagram: Datagram): void {
    const { bytes, start } = datagram
    this.#kernel.call.measurePacket(
      stream,
      datagram.tUs,
      datagram.pieces[0]?.ref ?? 0,
      bytes[start + 1] as number,
      u16be(bytes, start + 2),
      u32be(bytes, start + 4) | 0,
      sizeOf(datagram),
      datagram.dscp,
    )
  }

  #endStretch(stream: number, tUs: number): void {
    endStretch(this, stream, tUs)
  }

  #turnBlock(stream: number, ref: number): void {
    const { words, doubles } = this.streams
    const w = this.streams.wordsOf(stream)
    const d = this.streams.doublesOf(stream)
    const block = Math.floor(ref / this.#refScale)
    const blockEnd = doubles[d + field.BLOCK_END] as number
    doubles[d + field.BLOCK_END] = (block + 1) * this.#refScale
    const run = words[w + field.BLOCK_RUN] as number
    const latest = blockEnd / this.#refScale - 1
    if (run > 0 && block === latest + 1) {
      words[w + field.BLOCK_RUN] = run + 1
      return
    }
    if (run > 0) this.blocks.add(stream, run)
    const step = block - (run > 0 ? latest : 0)
    this.blocks.add(stream, step >= 0 ? step * 2 : -step * 2 - 1)
    words[w + field.BLOCK_RUN] = 1
  }
}

/** Bytes of the payload that was sent, as far as it was captured. */
function sizeOf({ bytes, start, end, isCut }: Datagram): number {
  if (bytes[start] === PLAIN_HEADER) return end - start - RTP_HEADER_BYTES
  return Math.max(0, payloadEnd(bytes, start, end, isCut) - payloadStart(bytes, start, end))
}
