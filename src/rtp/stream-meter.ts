// RTP packets in, streams measured: finds the stream of each packet and brings its record up to
// date. What SDP says of a stream is told by whoever begins it; a stream that no SDP announced is
// believed only once several packets agree (RFC 3550 A.1 calls it probation). Makes no object for a
// packet.
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { Datagram } from '../decode/datagram.ts'
import { u16be, u32be } from '../source/integers.ts'
import { ByteTails } from './byte-tails.ts'
import { measureJitter } from './jitter.ts'
import { endJudging, judgeUntil } from './loss-judge.ts'
import * as open from './open-streams.ts'
import { RTP_HEADER_BYTES } from './packet-kind.ts'
import { CARRIES_NOISE, type PayloadProfiles } from './payload-profile.ts'
import { countDscp, countPayload } from './payload-seen.ts'
import type { RtpProblemCode } from './problems.ts'
import { beginPlayout, measureLateness } from './playout.ts'
import { payloadEnd, payloadStart } from './rtp-payload.ts'
import * as sequence from './sequence.ts'
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
/** Timestamps that jump by more than time did, ms, tell of a restart and not of loss. */
const LOSS_SLACK_MS = 2_000

export class StreamMeter {
  readonly streams = new open.OpenStreams()
  /**
   * Where each stream's packets are stored: the step to a block, folded to be positive, and how
   * many blocks follow each other from there; the last such number is in the record.
   */
  readonly blocks: ByteTails
  /** Stretches of five seconds: see stretches.ts. */
  readonly stretches: ByteTails
  readonly #profiles: PayloadProfiles
  readonly #refScale: number
  readonly #begin: MeterParts['begin']
  readonly #end: MeterParts['end']
  readonly #limits: Limits
  /** Streams on probation with the ref of their first packet, oldest first from `#from`. */
  readonly #candidates: number[] = []
  #from = 0
  readonly #stats = { packets: 0, packetsDoubted: 0, streamsEvicted: 0, candidatesEvicted: 0 }

  constructor(parts: MeterParts) {
    this.#profiles = parts.profiles
    this.#refScale = parts.refScale
    this.#begin = parts.begin
    this.#end = parts.end
    this.#limits = parts.limits ?? houseLimits
    this.blocks = new ByteTails(this.#limits.streamBlockBytesMax)
    this.stretches = new ByteTails(this.#limits.streamStretchBytesMax)
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
    const isBelieved = ((words[w + open.FLAGS] as number) & open.FLAG_IS_BELIEVED) !== 0
    if (!isBelieved && !this.#agrees(stream, datagram)) {
      this.#stats.packetsDoubted++
      return false
    }
    this.#stats.packets++
    this.#measure(stream, datagram)
    return isBelieved
  }

  /** Believes a stream on probation: SDP came after its first packets. */
  believe(stream: number): void {
    const at = this.streams.wordsOf(stream) + open.FLAGS
    this.streams.words[at] = (this.streams.words[at] as number) | open.FLAG_IS_BELIEVED
  }

  isBelieved(stream: number): boolean {
    const flags = this.streams.words[this.streams.wordsOf(stream) + open.FLAGS] as number
    return (flags & open.FLAG_IS_BELIEVED) !== 0
  }

  /** Judges what is still open of a stream; nothing may be measured afterwards. */
  finish(stream: number): void {
    const { words, doubles } = this.streams
    const w = this.streams.wordsOf(stream)
    const d = this.streams.doublesOf(stream)
    judgeUntil(words, w, words[w + open.HIGH_SEQ] as number)
    endJudging(words, w)
    writeStretch(words, doubles, w, d, this.stretches, stream)
    words[w + open.STRETCH_PACKETS] = 0
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
    words[w + open.PROFILE] = profile
    if (isBelieved) words[w + open.FLAGS] = open.FLAG_IS_BELIEVED
    else this.#putOnProbation(stream, datagram)
    return stream
  }

  #putOnProbation(stream: number, datagram: Datagram): void {
    const isUsual = (datagram.dstPort & 1) === 0 && datagram.dstPort >= 1024
    const { words } = this.streams
    words[this.streams.wordsOf(stream) + open.TO_BELIEVE] = isUsual ? AGREEING : AGREEING_ODD
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
    if (this.streams.doubles[this.streams.doublesOf(stream) + open.FIRST_REF] !== ref) return
    this.#stats.candidatesEvicted++
    this.drop(stream)
  }

  /** Whether a packet agrees with those of its stream so far; ends the probation that it passes. */
  #agrees(stream: number, { bytes, start }: Datagram): boolean {
    const { words } = this.streams
    const w = this.streams.wordsOf(stream)
    if (words[w + open.PACKETS] === 0) return true
    const ahead = (u16be(bytes, start + 2) - (words[w + open.HIGH_SEQ] as number)) & 0xffff
    const payloadType = (bytes[start + 1] as number) & 127
    const isSameType = payloadType === words[w + open.PAYLOAD_TYPE]
    const mayGoOn = (words[w + open.PACKETS] as number) < this.#limits.probationPacketsMax
    // Where a mirror shows every packet twice, the second one says nothing.
    if (ahead === 0 && isSameType) return mayGoOn
    if (ahead === 0 || ahead > PROBATION_STEP_MAX || !isSameType) {
      // Once more from here: a real stream agrees before long.
      words[w + open.TO_BELIEVE] = AGREEING_ODD
      return mayGoOn
    }
    const left = (words[w + open.TO_BELIEVE] as number) - 1
    words[w + open.TO_BELIEVE] = left
    if (left <= 0) words[w + open.FLAGS] = (words[w + open.FLAGS] as number) | open.FLAG_IS_BELIEVED
    return true
  }

  /** Makes room: the longest silent tenth goes. */
  #evict(): void {
    const { streams } = this
    const lastUs = (stream: number): number =>
      streams.doubles[streams.doublesOf(stream) + open.LAST_US] as number
    const bySilence = [...streams].sort((a, b) => lastUs(a) - lastUs(b))
    const surplus = bySilence.length - Math.floor(this.#limits.openStreamsMax * KEPT_SHARE)
    for (const stream of bySilence.slice(0, surplus)) {
      this.#stats.streamsEvicted++
      this.drop(stream)
    }
  }

  // ── measuring ────────────────────────────────────────────────────────────────────────────────

  #measure(stream: number, datagram: Datagram): void {
    const { words, doubles } = this.streams
    const w = this.streams.wordsOf(stream)
    const d = this.streams.doublesOf(stream)
    const { bytes, start, tUs } = datagram
    const ref = datagram.pieces[0]?.ref ?? 0
    const second = bytes[start + 1] as number
    const payloadType = second & 127
    const seq = u16be(bytes, start + 2)
    const timestamp = u32be(bytes, start + 4) | 0
    const profile = this.#profiles.get(words[w + open.PROFILE] as number)
    const isNoise = profile.carries[payloadType] === CARRIES_NOISE
    const packets = words[w + open.PACKETS] as number
    doubles[d + open.AT_US] = tUs
    doubles[d + open.AT_UNITS] = profile.unitsPerMs[payloadType] as number
    if (packets === 0) this.#beginRecord(w, d, datagram, seq, timestamp, ref)
    else {
      if (tUs >= (doubles[d + open.STRETCH_US] as number) + STRETCH_LENGTH_US) {
        endStretch(words, doubles, w, d, tUs, this.stretches, stream)
      }
      const wasNoise = profile.carries[words[w + open.PAYLOAD_TYPE] as number] === CARRIES_NOISE
      measureJitter(words, doubles, w, d, timestamp, second > 127 || isNoise || wasNoise)
      this.#countArrival(w, d)
    }
    const place = packets === 0 ? 1 : this.#place(w, d, seq, timestamp)
    if (place !== sequence.PLACE_DUPLICATE && place !== sequence.PLACE_STRAY) {
      this.#playout(w, d, seq, timestamp, place, second > 127)
    }
    words[w + open.PACKETS] = packets + 1
    words[w + open.STRETCH_PACKETS] = (words[w + open.STRETCH_PACKETS] as number) + 1
    doubles[d + open.LAST_US] = tUs
    doubles[d + open.LAST_REF] = ref
    doubles[d + open.PAYLOAD_BYTES] = (doubles[d + open.PAYLOAD_BYTES] as number) + sizeOf(datagram)
    countPayload(words, w, payloadType)
    countDscp(words, w, datagram.dscp)
    const blockEnd = doubles[d + open.BLOCK_END] as number
    if (ref >= blockEnd || ref < blockEnd - this.#refScale) this.#turnBlock(stream, w, d, ref)
  }

  #beginRecord(
    w: number,
    d: number,
    { tUs }: Datagram,
    seq: number,
    timestamp: number,
    ref: number,
  ): void {
    const { words, doubles } = this.streams
    doubles[d + open.FIRST_US] = tUs
    doubles[d + open.SEQ_US] = tUs
    doubles[d + open.STRETCH_US] = tUs
    doubles[d + open.FIRST_REF] = ref
    doubles[d + open.STORED_REF] = -1
    words[w + open.FIRST_TIMESTAMP] = timestamp
    words[w + open.SEQ_TIMESTAMP] = timestamp
    sequence.beginSequence(words, w, seq)
    beginPlayout(words, doubles, w, d, timestamp)
  }

  #place(w: number, d: number, seq: number, timestamp: number): number {
    const { words, doubles } = this.streams
    const place = sequence.placeOf(words, doubles, w, d, seq)
    if (place !== sequence.PLACE_FAR_AHEAD) return place
    const unitsPerMs = doubles[d + open.AT_UNITS] as number
    const elapsedMs =
      ((doubles[d + open.AT_US] as number) - (doubles[d + open.LAST_US] as number)) / 1000
    const units = (timestamp - (words[w + open.MEDIA_TIMESTAMP] as number)) | 0
    // Where loss is the cause, sequence, timestamp and time have gone on by the same.
    const step = words[w + open.STEP] as number
    const ahead = (seq - (words[w + open.HIGH_SEQ] as number)) & 0xffff
    const isLoss =
      unitsPerMs > 0 &&
      Math.abs(units / unitsPerMs - elapsedMs) < LOSS_SLACK_MS &&
      (step <= 0 || Math.abs(units / step - ahead) < ahead / 4)
    return isLoss
      ? sequence.acceptAhead(words, w, seq)
      : sequence.refuseAhead(words, doubles, w, d, seq)
  }

  #playout(
    w: number,
    d: number,
    seq: number,
    timestamp: number,
    place: number,
    isMarked: boolean,
  ): void {
    const { words, doubles } = this.streams
    if (doubles[d + open.AT_UNITS] === 0) return sequence.markPlayed(words, w, seq)
    if (place === 1)
      this.#voteStep(w, (timestamp - (words[w + open.MEDIA_TIMESTAMP] as number)) | 0)
    const mayPause = isMarked || place === sequence.PLACE_RESTART
    if (measureLateness(words, doubles, w, d, timestamp, mayPause)) {
      sequence.markPlayed(words, w, seq)
    }
  }

  /**
   * The usual step between neighbours, by majority: what packets differ from it cannot outvote it.
   */
  #voteStep(w: number, step: number): void {
    if (step <= 0) return
    const { words } = this.streams
    const votes = words[w + open.STEP_VOTES] as number
    if (words[w + open.STEP] === step) words[w + open.STEP_VOTES] = Math.min(votes + 1, 1_000)
    else if (votes > 0) words[w + open.STEP_VOTES] = votes - 1
    else {
      words[w + open.STEP] = step
      words[w + open.STEP_VOTES] = 1
    }
  }

  #countArrival(w: number, d: number): void {
    const { doubles } = this.streams
    const deltaUs = (doubles[d + open.AT_US] as number) - (doubles[d + open.LAST_US] as number)
    const box = deltaUs < 0 ? 0 : boxOf(deltaUs)
    const at = w + open.ARRIVALS + box
    this.streams.words[at] = (this.streams.words[at] as number) + 1
  }

  #turnBlock(stream: number, w: number, d: number, ref: number): void {
    const { words, doubles } = this.streams
    const block = Math.floor(ref / this.#refScale)
    const blockEnd = doubles[d + open.BLOCK_END] as number
    doubles[d + open.BLOCK_END] = (block + 1) * this.#refScale
    const run = words[w + open.BLOCK_RUN] as number
    const latest = blockEnd / this.#refScale - 1
    if (run > 0 && block === latest + 1) {
      words[w + open.BLOCK_RUN] = run + 1
      return
    }
    if (run > 0) this.blocks.add(stream, run)
    const step = block - (run > 0 ? latest : 0)
    this.blocks.add(stream, step >= 0 ? step * 2 : -step * 2 - 1)
    words[w + open.BLOCK_RUN] = 1
  }
}

/** Upper edges of the boxes, µs: ARRIVAL_EDGES_MS of calls/stream.ts. */
const EDGES_US = [5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 500].map((ms) => ms * 1000)
/** Box by whole ms, for the times that nearly all packets have. */
const BOX_OF_MS = Uint8Array.from({ length: 100 }, (_, ms) =>
  EDGES_US.findIndex((edge) => ms * 1000 < edge),
)

function boxOf(deltaUs: number): number {
  if (deltaUs < 100_000) return BOX_OF_MS[(deltaUs / 1000) | 0] as number
  for (let box = 0; box < EDGES_US.length; box++) {
    if (deltaUs < (EDGES_US[box] as number)) return box
  }
  return EDGES_US.length
}

/** Bytes of the payload that was sent, as far as it was captured. */
function sizeOf({ bytes, start, end, isCut }: Datagram): number {
  if (bytes[start] === PLAIN_HEADER) return end - start - RTP_HEADER_BYTES
  return Math.max(0, payloadEnd(bytes, start, end, isCut) - payloadStart(bytes, start, end))
}

/** Version 2, no padding, extension or contributing sources. */
const PLAIN_HEADER = 0x80
