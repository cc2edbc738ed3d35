// A stream as the line hands it on and the store keeps it: what was counted, where its packets lie,
// and what SDP and reports said of it. Everything that is shown of a stream is computed from this.
import type { ReportFigures, ReportSource } from '../rtp/media-report.ts'
import type { Protection, ReportSide } from './stream.ts'

/**
 * Whole numbers that a stream is counted by, in the order in which they are stored: append only.
 */
export const COUNT_FIELDS = [
  'packets',
  'payloadBytes',
  'expected',
  'duplicates',
  'reordered',
  'strays',
  'restarts',
  'timestampJumps',
  'step',
  'late40',
  'late60',
  'late200',
  'lateAdaptive',
  'judged',
  'notPlayed',
  'bursts',
  'burstLost',
  'burstPackets',
  'gapLost',
  'runs',
  'runMax',
  'payloadsBeyond',
] as const

/** Figures in ms, null where nothing told them; stored to the nanosecond. Append only. */
export const MS_FIELDS = [
  'jitterMsMean',
  'jitterMsMax',
  'jitterMsMin',
  'deltaMsMean',
  'deltaMsMax',
  'adaptiveMsMean',
] as const

export type StreamCounts = { readonly [F in (typeof COUNT_FIELDS)[number]]: number }
export type StreamTimes = { readonly [F in (typeof MS_FIELDS)[number]]: number | null }

/** One payload type of a stream: what it stands for, and how many packets had it. */
export interface StreamPayload {
  readonly payloadType: number
  /** Null where neither SDP nor RFC 3551 names it. */
  readonly codec: string | null
  readonly clockRateHz: number
  readonly channels: number
  readonly fmtp: string | null
  /** One of the CARRIES_ numbers of rtp/payload-profile.ts. */
  readonly carries: number
  readonly packets: number
}

/** Reports of one source on one side of a stream, summed up; see StreamReport. */
export interface ReportSum {
  readonly source: ReportSource
  readonly side: ReportSide
  reports: number
  firstUs: number
  lastUs: number
  /** Of the last report that had each of them. */
  figures: ReportFigures
  jitterMsSum: number
  jitters: number
  roundTripMsSum: number
  roundTrips: number
  roundTripMsMin: number
  roundTripMsMax: number
  mosListeningMin: number | null
  /** Packets of the stream that were captured before the last report that counts its losses. */
  lostBefore: number
}

/**
 * The first stretch of an answered leg in which both sides wanted sound both ways; of one that goes
 * on, until the last packet of the stream. µs since 1970.
 */
export interface Talk {
  readonly fromUs: number
  readonly untilUs: number
}

export interface StreamRecord extends StreamCounts, StreamTimes {
  readonly src: string
  readonly srcPort: number
  readonly dst: string
  readonly dstPort: number
  readonly ssrc: number
  readonly startUs: number
  readonly endUs: number
  /** Refs of its first and last packets; 0 where none is in the store. */
  readonly firstRef: number
  readonly lastRef: number
  readonly callId: string | null
  /** Who sends it. */
  readonly sender: 'caller' | 'callee' | null
  readonly mediaType: string | null
  readonly protection: Protection
  readonly payloads: readonly StreamPayload[]
  /** Code points with their packets. */
  readonly dscps: readonly { readonly dscp: number; readonly packets: number }[]
  /** Packets by the time since the one before: see ARRIVAL_EDGES_MS. */
  readonly arrivals: readonly number[]
  /**
   * Numbers of the blocks that hold its packets, each once, in their order; of a stream without
   * any, of those that hold the RTCP which tells of it.
   */
  readonly blocks: readonly number[]
  /** Stretches of five seconds: rtp/stretches.ts reads them. */
  readonly stretches: Uint8Array
  readonly reports: readonly ReportSum[]
  readonly problems: readonly string[]
  /** Of its leg; null where nothing tells it. */
  readonly talk: Talk | null
}
