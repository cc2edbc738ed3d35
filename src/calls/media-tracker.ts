// Datagrams that are no SIP, and what SIP says of media, in; records of streams out. Decides which
// bytes are media, gives each stream to its leg, and lets go of streams that are over. Forgetting a
// stream loses nothing: it has been handed on, and more of it begins a new one.
import type { AddressTable } from '../base/address-table.ts'
import { type Limits, limits as houseLimits } from '../base/limits.ts'
import type { Datagram } from '../decode/datagram.ts'
import { Kernel } from '../kernel/kernel.ts'
import { PacketClock } from '../decode/packet-clock.ts'
import { readIceCheck } from '../rtp/ice-check.ts'
import type { MediaReport } from '../rtp/media-report.ts'
import { KIND_RTCP, KIND_RTP, KIND_STUN, kindOfPacket } from '../rtp/packet-kind.ts'
import { codecsGoingOn, PayloadProfiles, type ProfileCodec } from '../rtp/payload-profile.ts'
import type { RtpProblemCode } from '../rtp/problems.ts'
import type { RtcpPacket } from '../rtp/rtcp.ts'
import * as open from '../rtp/stream-fields.ts'
import { meterBytes, type StreamBirth, StreamMeter } from '../rtp/stream-meter.ts'
import type { Frame } from '../source/frame.ts'
import { u32be } from '../source/integers.ts'
import type { SipMessage } from '../sip/message.ts'
import type { Carriage } from './leg-tracker.ts'
import type { MediaEnd } from './media-leg.ts'
import { type MediaBinding, MediaMap } from './media-map.ts'
import type { CallsProblemCode } from './problems.ts'
import { MeasuredStreams } from './measured-streams.ts'
import { defaultMediaTimes, type MediaTimes } from './media-times.ts'
import { bestFitting } from './report-fit.ts'
import { addReport } from './report-sums.ts'
import { ReportedStreams } from './reported-streams.ts'
import { RtcpIntake } from './rtcp-intake.ts'
import { type EarlierMedia, type MediaNotice, SdpBacklog, sdpBacklogBytes } from './sdp-backlog.ts'
import { looksLikeVqReport, readVqReport } from '../rtp/vq-report.ts'
import type { ReportSum, StreamRecord } from './stream-record.ts'
import { snapshotOf } from './stream-snapshot.ts'

/** Streams are looked through at most this often, µs of packet time. */
const LOOK_US = 5_000_000
const CLOCK_MASK = 15
/** A quality report in a SIP body begins with VQ (RFC 6035 §4.6). */
const LETTER_V = 86

/** Bytes of a kernel's memory that a tracker needs. */
export function mediaTrackerBytes(limits: Limits = houseLimits): number {
  return meterBytes(limits) + sdpBacklogBytes(limits)
}

export class MediaTracker {
  readonly #addresses: AddressTable
  readonly #limits: Limits
  readonly #refScale: number
  readonly #times: MediaTimes
  readonly #emit: (record: StreamRecord) => void
  readonly #backlog: SdpBacklog
  readonly #map: MediaMap
  readonly #profiles: PayloadProfiles
  readonly #meter: StreamMeter
  readonly #clock = new PacketClock()
  readonly #rtcp: RtcpIntake
  readonly #reported: ReportedStreams
  readonly #measured: MeasuredStreams
  /** Until it was asked. */
  #earlier: EarlierMedia | undefined
  /** Time of the latest report; those on streams elsewhere come where no packet does. */
  #reportedUs = 0
  #reportsLookedUs = 0
  readonly #bindings: (MediaBinding | undefined)[] = []
  readonly #reports: (ReportSum[] | undefined)[] = []
  readonly #bySsrc = new Map<number, Set<number>>()
  readonly #storedUs: number[] = []
  #packets = 0
  #lookedUs = Number.NEGATIVE_INFINITY

  /**
   * `refScale`: see StreamMeter. `kernel` where others use the same, with room for
   * `mediaTrackerBytes`. `earlier` is asked once, when the first stream begins.
   */
  constructor(parts: {
    kernel?: Kernel
    addresses: AddressTable
    refScale: number
    emit: (record: StreamRecord) => void
    times?: MediaTimes
    limits?: Limits
    earlier?: EarlierMedia | undefined
  }) {
    this.#addresses = parts.addresses
    this.#limits = parts.limits ?? houseLimits
    this.#refScale = parts.refScale
    this.#times = parts.times ?? defaultMediaTimes
    this.#emit = parts.emit
    this.#earlier = parts.earlier
    this.#map = new MediaMap(parts.addresses, this.#limits)
    this.#rtcp = new RtcpIntake(parts.addresses, this.#map, this.#limits.rtcpSendersMax)
    this.#reported = new ReportedStreams(this.#limits.reportedStreamsMax, parts.emit)
    const kernel = parts.kernel ?? new Kernel(mediaTrackerBytes(this.#limits))
    this.#backlog = new SdpBacklog(kernel, this.#limits)
    this.#profiles = new PayloadProfiles(kernel, this.#limits.payloadProfilesMax)
    this.#measured = new MeasuredStreams(this.#map, { ...parts, profiles: this.#profiles })
    this.#meter = new StreamMeter({
      kernel,
      profiles: this.#profiles,
      refScale: parts.refScale,
      begin: (stream, datagram) => this.#begin(stream, datagram),
      end: (stream) => this.#end(stream),
      limits: this.#limits,
    })
  }

  /** Takes a SIP message, for what it says of media. Its bytes may be used again afterwards. */
  message(message: SipMessage, carriage: Carriage): void {
    this.#backlog.push(message, carriage)
    if (message.bodyEnd <= message.bodyStart) return
    // No packet of a stream that goes on asks whether its place, or its types, have a new meaning.
    if (this.#meter.streams.size > 0 || this.#measured.isWaiting) this.#readBacklog()
    if (message.bytes[message.bodyStart] === LETTER_V) this.#readVqReport(message, carriage.tUs)
  }

  /**
   * Takes what was said before the first message, oldest first. A leg that has said something since
   * is left as it is.
   */
  describe(earlier: readonly MediaNotice[]): void {
    const known = new Set(earlier.map(({ callId }) => callId).filter((id) => this.#map.leg(id)))
    for (const notice of earlier) if (!known.has(notice.callId)) this.#notice(notice)
  }

  /** Takes what a message says that comes now and does not come here. */
  hear(notice: MediaNotice): void {
    this.#readBacklog()
    this.#notice(notice)
  }

  /** Takes a datagram that is no SIP. Its bytes may be used again afterwards. */
  datagram(datagram: Datagram): void {
    const kind = kindOfPacket(datagram.bytes, datagram.start, datagram.end)
    if (kind === KIND_RTP) {
      this.#observe(datagram.tUs)
      this.#meter.push(datagram)
    } else if (kind === KIND_RTCP) this.#readRtcp(datagram)
    else if (kind === KIND_STUN) this.#readCheck(datagram)
  }

  /**
   * Takes a frame where it is a plain one of a stream that is followed already; false for all
   * others, which are to be decoded. `at`: where the kernel finds the frame's bytes, -1 where they
   * lie in other memory.
   */
  frame(frame: Frame, at = -1): boolean {
    if (!this.#meter.takeFrame(frame, at)) return false
    this.#observe(frame.tUs)
    return true
  }

  /** Takes records of a pcap file: see StreamMeter.takeRecords. `took` must follow. */
  takeRecords(at: number, end: number, block: number): number {
    return this.#meter.takeRecords(at, end, block)
  }

  /** Says how many packets `takeRecords` took, and when the last of them came. */
  took(packets: number, tUs: number): void {
    this.#meter.took(packets)
    this.#clock.observe(tUs)
  }

  /** Takes what somebody else says of a stream. `block`: see ReportedStreams. */
  report(report: MediaReport, block = 0): void {
    const streams = this.#streamsOf(report)
    if (streams.length === 0) this.#reported.add(report, block)
    if (report.tUs > this.#reportedUs) this.#reportedUs = report.tUs
    for (const stream of streams) this.#addReport(stream, report)
  }

  /** Takes a stream as an agent of ours has measured it. */
  measured(record: StreamRecord): void {
    this.#reported.leaveOut(record.ssrc)
    this.#readBacklog()
    this.#measured.take(record)
  }

  /** Says that it is now `nowUs`, though nothing may have come. */
  advance(nowUs: number): void {
    if (this.#meter.streams.size > 0) this.#clock.advance(nowUs)
    if (this.#reportedUs > 0 && nowUs > this.#reportedUs) this.#reportedUs = nowUs
  }

  /** Lets go of what is over as of packet time, and hands on what has waited long enough. */
  tick(): void {
    const { nowUs } = this.#clock
    if (Math.abs(this.#reportedUs - this.#reportsLookedUs) >= LOOK_US) {
      this.#reportsLookedUs = this.#reportedUs
      this.#reported.tick(this.#reportedUs)
    }
    if (this.#meter.streams.size === 0 || Math.abs(nowUs - this.#lookedUs) < LOOK_US) return
    this.#lookedUs = nowUs
    this.#readBacklog()
    for (const stream of this.#meter.streams) {
      const silentUs = nowUs - this.#double(stream, open.LAST_US)
      const heldUs = nowUs - (this.#storedUs[stream] ?? 0)
      if (silentUs > this.#patienceOf(stream, nowUs)) this.#meter.drop(stream)
      else if (silentUs > this.#times.silentUs || heldUs > this.#times.storeUs) this.#store(stream)
      const leg = this.#bindings[stream]?.leg
      if (leg !== undefined) leg.lastUs = Math.max(leg.lastUs, nowUs - silentUs)
    }
    this.#map.tick(nowUs, this.#times.idleUs)
  }

  /**
   * Hands on every stream as far as it has come, but for a few seconds; keeps following all. True
   * where something of one is left for the next time.
   */
  storeOpen(): boolean {
    let isLeft = false
    for (const stream of this.#meter.streams) {
      const waitedUs = this.#clock.nowUs - (this.#storedUs[stream] ?? 0)
      if (waitedUs >= this.#times.openUs) this.#store(stream)
      isLeft ||= this.#double(stream, open.LAST_REF) !== this.#double(stream, open.STORED_REF)
    }
    return isLeft
  }

  /**
   * Ref of the earliest packet of a stream that goes on, or of what described it; Infinity for
   * none. Whoever follows the same frames from there comes to the same streams.
   */
  oldestOpenRef(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const stream of this.#meter.streams) {
      const described = this.#bindings[stream]?.leg.firstRef ?? Number.POSITIVE_INFINITY
      oldest = Math.min(oldest, this.#double(stream, open.FIRST_REF), described)
    }
    return oldest
  }

  /** Hands on everything and forgets it: the end of the input. */
  finish(): void {
    // Where nothing was spoken nobody asks what was said of it.
    if (this.#meter.streams.size > 0) this.#readBacklog()
    for (const stream of this.#meter.streams) this.#meter.drop(stream)
    this.#reported.finish()
  }

  /** Oddities of what belongs to no stream, by code. */
  problems(): Map<RtpProblemCode | CallsProblemCode, number> {
    const counts: [CallsProblemCode, number][] = [
      ['calls.report.unmatched', this.#reported.unmatched],
      ['calls.descriptions.forgotten', this.#backlog.forgotten],
    ]
    return new Map([
      ...this.#meter.problems(),
      ...this.#rtcp.problems(),
      ...counts.filter(([, count]) => count > 0),
    ])
  }

  /** One packet in many is enough to know what time it is. */
  #observe(tUs: number): void {
    if ((this.#packets++ & CLOCK_MASK) === 0) this.#clock.observe(tUs)
  }

  // ── what SDP says ────────────────────────────────────────────────────────────────────────────

  #readBacklog(): void {
    const earlier = this.#earlier
    this.#earlier = undefined
    if (earlier !== undefined) this.describe(earlier())
    this.#backlog.drain((notice) => this.#notice(notice))
  }

  #notice(notice: MediaNotice): void {
    const named = this.#map.take(notice)
    for (const end of named) this.#announce(end, notice.tUs)
    this.#measured.named(named, notice.tUs)
  }

  /** A place was named: streams that go there may now have other codecs, or another leg. */
  #announce(end: MediaEnd, tUs: number): void {
    for (const other of this.#map.endsAt(end.key)) {
      for (const stream of other.streams) {
        const binding = this.#bindings[stream]
        if (binding === undefined) continue
        if (other === end) this.#describeAnew(stream, binding)
        else if (this.#map.find(this.#meter.streams.endsOf(stream), tUs)?.leg !== binding.leg) {
          this.#meter.drop(stream)
        }
      }
    }
  }

  /** A stream whose types mean something else from here on ends; its next packet begins another. */
  #describeAnew(stream: number, binding: MediaBinding): void {
    const profile = this.#profiles.get(this.#word(stream, open.PROFILE))
    const count = this.#word(stream, open.PAYLOAD_COUNT)
    const used = Array.from({ length: count }, (_, i) => this.#word(stream, open.PAYLOADS + 2 * i))
    const codecs = codecsGoingOn(profile, used, this.#map.codecsOf(binding))
    if (codecs === undefined) this.#meter.drop(stream)
    else this.#setProfile(stream, codecs)
  }

  #readCheck(datagram: Datagram): void {
    const check = readIceCheck(datagram.bytes, datagram.start, datagram.end)
    if (check === undefined) return
    this.#readBacklog()
    this.#map.check(datagram, check, datagram.tUs)
  }

  #begin(stream: number, datagram: Datagram): StreamBirth {
    this.#readBacklog()
    this.#storedUs[stream] = datagram.tUs
    const binding = this.#map.find(datagram, datagram.tUs)
    this.#bind(stream, binding)
    this.#putBySsrc(stream, datagram)
    if (binding === undefined) return { profile: 0, isBelieved: false }
    const isBelieved = binding.end.ssrcs < this.#limits.ssrcsPerEndMax
    binding.end.ssrcs++
    return { profile: this.#profiles.numberOf(this.#map.codecsOf(binding)), isBelieved }
  }

  #setProfile(stream: number, codecs: readonly ProfileCodec[]): void {
    const { streams } = this.#meter
    const profile = this.#profiles.numberOf(codecs)
    streams.words[streams.wordsOf(stream) + open.PROFILE] = profile
  }

  // ── what others report ───────────────────────────────────────────────────────────────────────

  #readRtcp(datagram: Datagram): void {
    this.#readBacklog()
    const [own = -1] = this.#bySsrc.get(u32be(datagram.bytes, datagram.start + 4) | 0) ?? []
    const reports = this.#rtcp.read(datagram, this.#bindings[own])
    for (const report of reports) this.report(report, this.#blockOf(datagram))
  }

  /** Takes RTCP that an agent passed on as JSON, read already. */
  passedOn(packets: readonly RtcpPacket[], datagram: Datagram): void {
    for (const report of this.#rtcp.take(packets, datagram)) {
      // Agents write 0 for what they do not know; the call and the ends may tell the stream.
      const named = report.ssrc === 0 ? { ...report, ssrc: null } : report
      this.report(named, this.#blockOf(datagram))
    }
  }

  #blockOf({ pieces }: Datagram): number {
    return Math.floor((pieces[0]?.ref ?? 0) / this.#refScale)
  }

  #readVqReport(message: SipMessage, tUs: number): void {
    const text = message.body.toString('utf8')
    if (!looksLikeVqReport(text)) return
    for (const report of readVqReport(text, tUs)) this.report(report)
  }

  #addReport(stream: number, report: MediaReport): void {
    const { streams } = this.#meter
    const profile = this.#profiles.get(this.#word(stream, open.PROFILE))
    addReport((this.#reports[stream] ??= []), report, {
      unitsPerMs: profile.unitsPerMs[this.#word(stream, open.PAYLOADS)] as number,
      lost: this.#meter.lostOf(stream),
    })
    streams.doubles[streams.doublesOf(stream) + open.STORED_REF] = -1
  }

  /**
   * The streams that fit a report best: by SSRC, or by its call; then by the ends that it names.
   */
  #streamsOf(report: MediaReport): number[] {
    const { ssrc, callId } = report
    const all = ssrc === null ? this.#streamsOfCall(callId) : this.#bySsrc.get(ssrc | 0)
    const named: number[] = []
    for (const stream of all ?? []) {
      if (named.push(stream) >= this.#limits.streamsPerReportMax) break
    }
    return bestFitting(report, named, this.#addresses, (stream) => ({
      ends: this.#meter.streams.endsOf(stream),
      callId: this.#bindings[stream]?.leg.callId,
    }))
  }

  #streamsOfCall(callId: string | null): number[] {
    const leg = callId === null ? undefined : this.#map.leg(callId)
    return leg === undefined ? [] : [...leg.ends.values()].flatMap(({ streams }) => [...streams])
  }

  #putBySsrc(stream: number, { bytes, start }: Datagram): void {
    const ssrc = u32be(bytes, start + 8)
    const others = this.#bySsrc.get(ssrc | 0)
    if (others === undefined) this.#bySsrc.set(ssrc | 0, new Set([stream]))
    else others.add(stream)
    this.#reports[stream] = this.#reported.take(ssrc)
  }

  #takeBySsrc(stream: number): void {
    const ssrc = this.#word(stream, open.SSRC)
    const others = this.#bySsrc.get(ssrc)
    others?.delete(stream)
    if (others?.size === 0) this.#bySsrc.delete(ssrc)
  }

  // ── letting go ───────────────────────────────────────────────────────────────────────────────

  #patienceOf(stream: number, nowUs: number): number {
    if (!this.#meter.isBelieved(stream)) return this.#times.doubtUs
    const endedUs = this.#bindings[stream]?.leg.endedUs ?? null
    const isOver = endedUs !== null && nowUs - endedUs > this.#times.lingerUs
    return isOver ? this.#times.lingerUs : this.#times.idleUs
  }

  /** The meter forgets a stream: its last word. */
  #end(stream: number): void {
    if (this.#isReal(stream)) {
      this.#meter.finish(stream)
      this.#hand(stream)
    }
    this.#bind(stream, undefined)
    this.#reports[stream] = undefined
    this.#takeBySsrc(stream)
  }

  #bind(stream: number, binding: MediaBinding | undefined): void {
    this.#bindings[stream]?.end.streams.delete(stream)
    this.#bindings[stream] = binding
    binding?.end.streams.add(stream)
  }

  #store(stream: number): void {
    if (!this.#meter.isBelieved(stream)) return
    if (this.#double(stream, open.LAST_REF) === this.#double(stream, open.STORED_REF)) return
    this.#hand(stream)
  }

  /** At the end of a stream that nobody announced two packets in a row are enough. */
  #isReal(stream: number): boolean {
    if (this.#meter.isBelieved(stream)) return true
    const word = (field: number): number => this.#word(stream, field)
    const span = word(open.HIGH_SEQ) - word(open.BASE_SEQ) + 1
    const isWhole = word(open.PACKETS) >= 2 && word(open.PACKETS) === span
    return isWhole && word(open.STRAYS) === 0 && (word(open.PORTS) & 1) === 0
  }

  #hand(stream: number): void {
    const { streams } = this.#meter
    const d = streams.doublesOf(stream)
    const binding = this.#bindings[stream] ?? this.#bindLate(stream)
    const payloadType = this.#word(stream, open.PAYLOADS)
    const media = binding && this.#map.describe(binding.end, payloadType)
    const protection = binding && this.#map.protectionAt(binding.end, payloadType)
    const profile = this.#profiles.get(this.#word(stream, open.PROFILE))
    this.#storedUs[stream] = streams.doubles[d + open.LAST_US] as number
    streams.doubles[d + open.STORED_REF] = streams.doubles[d + open.LAST_REF] as number
    this.#emit(
      snapshotOf(this.#meter, stream, this.#addresses, profile, {
        callId: binding?.leg.callId ?? null,
        sender: binding?.sender ?? null,
        mediaType: media?.type ?? null,
        protection: protection ?? 'unknown',
        reports: this.#reports[stream] ?? [],
        talk: binding ? this.#map.talkOf(binding.leg, this.#double(stream, open.LAST_US)) : null,
      }),
    )
  }

  /** A description that came after the stream's first packet. */
  #bindLate(stream: number): MediaBinding | undefined {
    const binding = this.#map.find(
      this.#meter.streams.endsOf(stream),
      this.#double(stream, open.LAST_US),
    )
    if (binding === undefined) return undefined
    this.#bind(stream, binding)
    this.#setProfile(stream, this.#map.codecsOf(binding))
    return binding
  }

  #double(stream: number, field: number): number {
    const { streams } = this.#meter
    return streams.doubles[streams.doublesOf(stream) + field] as number
  }

  #word(stream: number, field: number): number {
    const { streams } = this.#meter
    return streams.words[streams.wordsOf(stream) + field] as number
  }
}
