// RTCP packets as they pass the capture point in, media reports out, with the round trips that
// their times tell. A receiver says which sender report it saw last and how long ago (LSR, DLSR);
// the same sender report was captured here, so the way from here to the receiver and back is known
// (RFC 3550 §6.4.1). Where both sides answer, both ways added up are the whole round trip.
import type { ExtendedBlock, VoipMetrics } from './rtcp-extended.ts'
import { type MediaReport, NO_FIGURES, type ReportEnd, type ReportSource } from './media-report.ts'
import type { RtpProblemCode } from './problems.ts'
import { readRtcp, type ReceptionBlock, type RtcpPacket, type SenderInfo } from './rtcp.ts'

/** Sender reports remembered of each sender: a receiver may be some behind. */
const REPORTS_PER_SENDER = 5
/** Delays in sender reports count in 1/65536 s. */
const DELAY_UNITS_PER_MS = 65.536
/** Longer answers are of another session, or of a clock that jumped. */
const ROUND_TRIP_MS_MAX = 60_000

/** When a report of a sender passed, by the name that receivers give it. */
interface SenderTimes {
  readonly names: number[]
  readonly timesUs: number[]
}

export interface RtcpOrigin {
  readonly tUs: number
  /** Where the RTCP packet came from and went to. */
  readonly src: ReportEnd
  readonly dst: ReportEnd
  readonly source: 'rtcp' | 'hep-rtcp'
  /** Where whoever passed it on knows it. */
  readonly callId: string | null
}

export class RtcpReports {
  readonly #sendersMax: number
  /** By SSRC, the longest unheard first. */
  readonly #senders = new Map<number, SenderTimes>()
  /** Way from here to whoever receives the stream of this SSRC and back, ms. */
  readonly #waysMs = new Map<number, number>()
  #malformed = 0
  #malformedBlocks = 0

  constructor(sendersMax: number) {
    this.#sendersMax = sendersMax
  }

  /**
   * Takes the bytes of a compound packet; gives what it reports. Where nobody said that it is
   * clear, its packets must fill it: behind those of SRTCP stand an index and a tag.
   */
  read(
    { bytes, start, end }: { bytes: Uint8Array; start: number; end: number },
    origin: RtcpOrigin & { readonly isClear: boolean },
  ): MediaReport[] {
    const { packets, isWhole } = readRtcp(bytes, start, end)
    if (!isWhole && !origin.isClear) return []
    if (!isWhole) this.#malformed++
    return this.take(packets, origin)
  }

  /** Takes packets that were read already; gives what they report. */
  take(packets: readonly RtcpPacket[], origin: RtcpOrigin): MediaReport[] {
    const reports: MediaReport[] = []
    for (const packet of packets) {
      if (packet.kind === 'report') {
        if (packet.sender !== null) {
          this.#noteTime(packet.ssrc, packet.sender.ntpMiddle, origin.tUs)
          reports.push(ofSender(packet.ssrc, packet.sender, origin))
        }
        for (const block of packet.blocks) reports.push(this.#ofBlock(block, packet.ssrc, origin))
      } else if (packet.kind === 'extended') {
        for (const block of packet.blocks) {
          const report = this.#ofExtended(block, packet.ssrc, origin)
          if (report !== undefined) reports.push(report)
        }
      }
    }
    return reports
  }

  /** Oddities by code. */
  problems(): Map<RtpProblemCode, number> {
    const counts: [RtpProblemCode, number][] = [
      ['rtp.rtcp.malformed', this.#malformed],
      ['rtp.xr.malformed', this.#malformedBlocks],
    ]
    return new Map(counts.filter(([, count]) => count > 0))
  }

  #ofBlock(block: ReceptionBlock, reporter: number, origin: RtcpOrigin): MediaReport {
    const { ssrc, lastSenderReport, delaySinceLast } = block
    this.#noteWay(ssrc, lastSenderReport, delaySinceLast, origin.tUs)
    return {
      ...about(ssrc, reporter, origin, origin.source),
      packetsLost: block.packetsLost,
      lossRatio: block.lossRatio,
      jitterUnits: block.jitterUnits,
      roundTripMs: this.#roundTrip(ssrc, reporter),
    }
  }

  #ofExtended(block: ExtendedBlock, reporter: number, origin: RtcpOrigin): MediaReport | undefined {
    const source = origin.source === 'rtcp' ? 'xr' : origin.source
    switch (block.kind) {
      case 'voip':
        return ofVoip(block, reporter, origin, source)
      case 'statistics':
        return {
          ...about(block.ssrc, reporter, origin, source),
          lossRatio: shareOf(block.packetsLost, block.span),
          packetsDuplicated: block.packetsDuplicated,
          jitterUnits: block.jitterUnitsMean,
        }
      case 'lost': {
        const lossRatio = shareOf(block.packets, block.span)
        return { ...about(block.ssrc, reporter, origin, source), lossRatio }
      }
      case 'receiver-time':
        this.#noteTime(reporter, block.ntpMiddle, origin.tUs)
        return undefined
      case 'receiver-delay':
        this.#noteWay(block.ssrc, block.lastReceiverTime, block.delaySinceLast, origin.tUs)
        return undefined
      case 'malformed':
        this.#malformedBlocks++
        return undefined
      default:
        return undefined
    }
  }

  #noteTime(ssrc: number, name: number, tUs: number): void {
    const times = this.#senders.get(ssrc) ?? { names: [], timesUs: [] }
    this.#senders.delete(ssrc)
    this.#senders.set(ssrc, times)
    times.names.push(name)
    times.timesUs.push(tUs)
    if (times.names.length > REPORTS_PER_SENDER) {
      times.names.shift()
      times.timesUs.shift()
    }
    if (this.#senders.size <= this.#sendersMax) return
    const [oldest] = this.#senders.keys()
    if (oldest === undefined) return
    this.#senders.delete(oldest)
    this.#waysMs.delete(oldest)
  }

  #noteWay(ssrc: number, name: number, delay: number, tUs: number): void {
    const times = this.#senders.get(ssrc)
    const i = name === 0 || times === undefined ? -1 : times.names.lastIndexOf(name)
    if (i < 0) return
    const wayMs = (tUs - (times?.timesUs[i] ?? 0)) / 1000 - delay / DELAY_UNITS_PER_MS
    // Clocks of 1/65536 s round down: a millisecond less than nothing is nothing.
    if (wayMs < -1 || wayMs > ROUND_TRIP_MS_MAX) return
    this.#waysMs.set(ssrc, Math.max(0, wayMs))
  }

  /** From here to the receiver and back, and, where it is known, to the sender and back. */
  #roundTrip(ssrc: number, reporter: number): number | null {
    const far = this.#waysMs.get(ssrc)
    return far === undefined ? null : far + (this.#waysMs.get(reporter) ?? 0)
  }
}

function shareOf(packets: number | null, span: number): number | null {
  return packets === null || span === 0 ? null : Math.min(1, packets / span)
}

/** The stream that a report is about goes to whoever reports it. */
function about(
  ssrc: number,
  reporterSsrc: number,
  { tUs, src, dst, callId }: RtcpOrigin,
  source: ReportSource,
): MediaReport {
  const ends = { src: dst, dst: src }
  const rest = { callId, jitterUnits: null, codec: null }
  return { ...NO_FIGURES, source, tUs, ssrc, reporterSsrc, ...ends, ...rest }
}

function ofSender(
  ssrc: number,
  sender: SenderInfo,
  { tUs, src, dst, source, callId }: RtcpOrigin,
): MediaReport {
  return {
    ...NO_FIGURES,
    source,
    tUs,
    ssrc,
    reporterSsrc: ssrc,
    src,
    dst,
    callId,
    jitterUnits: null,
    codec: null,
    packetsExpected: sender.packets,
  }
}

function ofVoip(
  block: VoipMetrics,
  reporter: number,
  origin: RtcpOrigin,
  source: ReportSource,
): MediaReport {
  const { kind: _kind, ssrc, ...figures } = block
  return { ...about(ssrc, reporter, origin, source), ...figures }
}
