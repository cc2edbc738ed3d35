// What agents pass on by HEP beside plain SIP, told by its content, since they disagree on the
// numbers of types: RTCP as bytes and as JSON, figures computed from RTP, quality reports of
// phones, and texts (logs, call records) that belong to a call. Hands each to whoever knows it;
// refuses nothing, and keeps nothing.
import type { AddressTable } from '../base/address-table.ts'
import type { CallNote } from '../calls/call-note.ts'
import { beginsPassedStream, readPassedStream } from '../calls/passed-stream.ts'
import type { StreamRecord } from '../calls/stream-record.ts'
import type { Datagram } from '../decode/datagram.ts'
import type { HepPacket } from '../decode/hep/hep-packet.ts'
import { jsonOf } from '../rtp/agent-json.ts'
import { readAgentStatistics, mosOf } from '../rtp/agent-statistics.ts'
import type { MediaReport } from '../rtp/media-report.ts'
import { KIND_RTCP, KIND_RTP, kindOfPacket } from '../rtp/packet-kind.ts'
import { rtcpOfJson } from '../rtp/rtcp-json.ts'
import type { RtcpPacket } from '../rtp/rtcp.ts'
import { looksLikeVqReport, readVqReport } from '../rtp/vq-report.ts'

/** Who takes what a payload turns out to be. */
export interface PayloadSink {
  /** RTP or RTCP as bytes. */
  media(datagram: Datagram): void
  rtcp(packets: readonly RtcpPacket[], datagram: Datagram): void
  report(report: MediaReport): void
  /** A stream as an agent of ours has measured it. */
  stream(record: StreamRecord): void
  /** A text that belongs to the call of its correlation id. */
  note(note: CallNote): void
}

export class HepPayloads {
  readonly #addresses: AddressTable
  readonly #sink: PayloadSink

  constructor(addresses: AddressTable, sink: PayloadSink) {
    this.#addresses = addresses
    this.#sink = sink
  }

  /** Takes the payload of a HEP packet that is no SIP. */
  take(datagram: Datagram, hep: HepPacket): void {
    const { bytes, start, end } = datagram
    if (start >= end) return
    const kind = kindOfPacket(bytes, start, end)
    if (kind === KIND_RTCP || kind === KIND_RTP) {
      this.#sink.media(datagram)
      return
    }
    if (beginsPassedStream(bytes, start, end)) {
      const record = readPassedStream(bytes, start, end, datagram.tUs)
      if (record !== undefined) this.#sink.stream(record)
      return
    }
    const callId = hep.text(hep.correlationStart, hep.correlationEnd)
    if (this.#takeJson(datagram, hep, callId)) return
    const text = bytes.toString('utf8', start, end)
    if (looksLikeVqReport(text)) {
      for (const report of readVqReport(text, datagram.tUs)) {
        this.#sink.report({ ...report, callId: report.callId ?? callId })
      }
      return
    }
    const { protocolType } = hep
    if (callId === null) return
    this.#sink.note({ correlationId: callId, tUs: datagram.tUs, protocolType, text })
  }

  /** True where the JSON is one of those that we know. */
  #takeJson(datagram: Datagram, hep: HepPacket, callId: string | null): boolean {
    const value = jsonOf(datagram.bytes, datagram.start, datagram.end)
    if (value === undefined) return false
    const packets = rtcpOfJson(value)
    if (packets !== undefined) {
      this.#sink.rtcp(packets, datagram)
      return true
    }
    const { tUs, src, srcPort, dst, dstPort } = datagram
    const report = readAgentStatistics(value, {
      tUs,
      src: { address: this.#addresses.text(src), port: srcPort },
      dst: { address: this.#addresses.text(dst), port: dstPort },
      callId,
    })
    if (report === undefined) return false
    this.#sink.report(withChunks(report, hep))
    return true
  }
}

/** Some agents put the scores into chunks of HEP instead. */
function withChunks(report: MediaReport, { mos, rFactor }: HepPacket): MediaReport {
  return {
    ...report,
    mosListening: report.mosListening ?? (mos < 0 ? null : mosOf(mos)),
    rFactor: report.rFactor ?? (rFactor < 0 ? null : rFactor),
  }
}
