// What is known of a stream: one SSRC in one direction between two ends, as rows, APIs and pages
// show it. Measured packet by packet while it was captured; docs/protocols/rtp.md defines each
// figure. Only shapes; stream-figures.ts makes them from what was counted.
import type { ReportFigures, ReportSource } from '../rtp/media-report.ts'

/** Upper edges of the inter-arrival histogram, ms; a last box holds what came later than that. */
export const ARRIVAL_EDGES_MS = [5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 500] as const

/** Jitter buffers that are simulated for every stream. */
export const BUFFER_NAMES = ['fixed-40', 'fixed-60', 'fixed-200', 'adaptive'] as const
export type BufferName = (typeof BUFFER_NAMES)[number]

/** Ways to compute an opinion score. Each is named after the standard or the product it follows. */
export const MOS_MODELS = ['g107', 'voipmonitor', 'sip3', 'rtpengine', 'twilio'] as const
export type MosModel = (typeof MOS_MODELS)[number]

/** How a stream is protected: plainly not, or by which way of agreeing on keys (RFC 3711). */
export type Protection = 'none' | 'sdes' | 'dtls' | 'unknown'

/** One payload type seen in a stream. */
export interface PayloadCount {
  readonly payloadType: number
  /** Encoding name as SDP has it or RFC 3551 assigns it; null where neither tells. */
  readonly codec: string | null
  readonly clockRateHz: number | null
  readonly channels: number | null
  /** Format parameters as SDP has them. */
  readonly fmtp: string | null
  readonly packets: number
}

/** Bursts and gaps of what was lost or came too late, RFC 3611 §4.7.2 with Gmin 16. */
export interface BurstFigures {
  /** Bursts seen; the figures below are null where there is none. */
  readonly bursts: number
  /** Share of packets lost within bursts and within gaps, 0 to 1. */
  readonly burstDensity: number | null
  readonly gapDensity: number | null
  /** Mean duration of a burst and of a gap, ms. */
  readonly burstMsMean: number | null
  readonly gapMsMean: number | null
  /** Runs of lost packets, one after the other, and the longest of them. */
  readonly lossRuns: number
  readonly lossRunMax: number
}

/** What a simulated jitter buffer would have thrown away. */
export interface BufferFigures {
  readonly buffer: BufferName
  /** Packets that came too late to be played, and those that found the buffer full. */
  readonly discarded: number
  /** Mean delay that the buffer adds, ms. */
  readonly delayMsMean: number
}

/** Everything that a score was computed from: enough to compute it again by any model. */
export interface MosInputs {
  readonly codec: string | null
  readonly clockRateHz: number | null
  readonly ptimeMs: number | null
  readonly packetsExpected: number
  readonly packetsLost: number
  /** Of the buffer named below. */
  readonly packetsDiscarded: number
  /** Runs of consecutive packets lost or discarded. */
  readonly lossRuns: number
  readonly jitterMsMean: number | null
  readonly buffer: BufferName
  readonly bufferDelayMs: number
  /** Null where no report tells it: then the score says nothing about delay (listening quality). */
  readonly rttMs: number | null
}

/** Opinion scores of a stream. */
export interface MosFigures {
  readonly model: MosModel
  /** True when the delay was known: conversational quality, else listening quality. */
  readonly isConversational: boolean
  /** R factor of the narrowband scale, 0 to 100, and its score, 1 to 4.5. */
  readonly rFactor: number
  readonly mos: number
  /**
   * On the wideband scale (G.107.1) and the fullband one (G.107.2), for codecs that reach there.
   */
  readonly rWideband: number | null
  readonly mosWideband: number | null
  readonly rFullband: number | null
  readonly mosFullband: number | null
  readonly inputs: MosInputs
}

/** Which way a report looks: what the receiver got of this stream, or what the sender sent. */
export type ReportSide = 'receiver' | 'sender'

/** Reports on a stream from one source, summed up. */
export interface StreamReport extends ReportFigures {
  readonly source: ReportSource
  readonly side: ReportSide
  /** Reports seen; the figures are those of the last one, but for the spans below. */
  readonly reports: number
  readonly firstUs: number
  readonly lastUs: number
  readonly jitterMsMean: number | null
  readonly roundTripMsMean: number | null
  readonly roundTripMsMin: number | null
  readonly roundTripMsMax: number | null
  readonly mosListeningMin: number | null
}

/** Where packets were lost, by comparing what was captured with what the receiver reports. */
export interface LossPlace {
  /** Lost between the sender and the capture point. */
  readonly before: number
  /** Lost between the capture point and the receiver, never negative; null without a report. */
  readonly after: number | null
}

/** One stretch of five seconds, for charts that need no packets. */
export interface StreamInterval {
  /** Start, ms after the stream's start. */
  readonly sinceMs: number
  readonly packets: number
  readonly lost: number
  readonly jitterMsMean: number
  readonly jitterMsMax: number
  /** Longest time between two packets, ms. */
  readonly deltaMsMax: number
  /** By the standard model, without delay; null where the stream has no score. */
  readonly mos: number | null
}

/** One stream. Times are µs since 1970; null where unknown. */
export interface Stream {
  /** Identifies the stream in this store. Opaque, safe in a URL. */
  readonly streamKey: string
  /** The leg whose SDP announced it; null for a stream that no SDP announced. */
  readonly callId: string | null
  readonly legKey: string | null
  readonly callKey: string | null
  /** Which side of the leg sends it. */
  readonly direction: 'from-caller' | 'from-callee' | null
  /** audio, video … as its `m=` line says. */
  readonly mediaType: string | null
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  readonly ssrc: number
  /** The payload type of most packets that are sound or picture, and what it stands for. */
  readonly payloadType: number
  readonly codec: string | null
  readonly clockRateHz: number | null
  readonly channels: number | null
  /** Packet time as the timestamps show it, ms; null where they do not. */
  readonly ptimeMs: number | null
  readonly payloadTypes: readonly PayloadCount[]
  readonly protection: Protection
  readonly isEncrypted: boolean
  /** All packets seen, duplicates included, and the bytes of their payloads. */
  readonly packets: number
  readonly payloadBytes: number
  /** Expected less distinct sequence numbers: never negative. */
  readonly lost: number
  readonly duplicates: number
  /** Packets that came after one with a higher sequence number. */
  readonly reordered: number
  /** Packets later than the usual one by more than 60 ms, by their timestamps. */
  readonly late: number
  /** As tshark's: mean, largest and smallest of the smoothed jitter of RFC 3550 §6.4.1. */
  readonly jitterMsMean: number | null
  readonly jitterMsMax: number | null
  readonly jitterMsMin: number | null
  readonly deltaMsMean: number | null
  readonly deltaMsMax: number | null
  /** Packets by the time since the one before: see ARRIVAL_EDGES_MS. */
  readonly arrivals: readonly number[]
  readonly bursts: BurstFigures
  readonly buffers: readonly BufferFigures[]
  /** Packets of comfort noise, telephone events, redundancy (RFC 2198) and error correction. */
  readonly comfortNoise: number
  readonly telephoneEvents: number
  readonly redundant: number
  readonly errorCorrection: number
  /** Packets whose timestamp jumped though the sequence went on. */
  readonly timestampJumps: number
  /** Sequence restarts: the sender began anew under the same SSRC. */
  readonly restarts: number
  /** Differentiated services code points seen, the most frequent first. */
  readonly dscps: readonly number[]
  readonly reports: readonly StreamReport[]
  /** Mean of the round trips that reports tell, ms. */
  readonly rttMs: number | null
  readonly lossPlace: LossPlace
  /** Both directions lost at the same times: the capture may be what lost. */
  readonly isCaptureSuspect: boolean
  /** Null where nothing can be said: not audio, or a codec without known impairment. */
  readonly mos: number | null
  readonly quality: MosFigures | null
  readonly intervals: readonly StreamInterval[]
  readonly startUs: number
  readonly endUs: number
  /** Codes of the problems seen in its packets, each once. */
  readonly problems: readonly string[]
}
