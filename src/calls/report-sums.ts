// Reports on a stream in, one sum for each source and side out: the last of every figure, and the
// spans of those that change. A stream has few sources, however many reports.
import type { MediaReport, ReportFigures } from '../rtp/media-report.ts'
import { NO_FIGURES } from '../rtp/media-report.ts'
import type { StreamReport } from './stream.ts'
import type { ReportSum } from './stream-record.ts'

const FIGURES = Object.keys(NO_FIGURES) as readonly (keyof ReportFigures)[]

/** What the stream itself had come to when a report on it was captured. */
export interface StreamAtReport {
  /** Timestamp units of a millisecond, 0 where unknown. */
  readonly unitsPerMs: number
  /** Packets lost before the capture point. */
  readonly lost: number
}

/** Adds a report to the sums of a stream. */
export function addReport(sums: ReportSum[], report: MediaReport, at: StreamAtReport): void {
  const side = report.reporterSsrc === report.ssrc && report.ssrc !== null ? 'sender' : 'receiver'
  let sum = sums.find((one) => one.source === report.source && one.side === side)
  if (sum === undefined) {
    sum = {
      source: report.source,
      side,
      reports: 0,
      firstUs: report.tUs,
      lastUs: report.tUs,
      figures: NO_FIGURES,
      jitterMsSum: 0,
      jitters: 0,
      roundTripMsSum: 0,
      roundTrips: 0,
      roundTripMsMin: 0,
      roundTripMsMax: 0,
      mosListeningMin: null,
      lostBefore: 0,
    }
    sums.push(sum)
  }
  add(sum, { ...report, jitterMs: jitterOf(report, at.unitsPerMs) }, at.lost)
}

function add(sum: ReportSum, report: MediaReport, lost: number): void {
  sum.reports++
  sum.firstUs = Math.min(sum.firstUs, report.tUs)
  sum.lastUs = Math.max(sum.lastUs, report.tUs)
  sum.figures = Object.fromEntries(
    FIGURES.map((name) => [name, report[name] ?? sum.figures[name]]),
  ) as { [Figure in keyof ReportFigures]: number | null }
  if (report.packetsLost !== null) sum.lostBefore = lost
  if (report.jitterMs !== null) {
    sum.jitterMsSum += report.jitterMs
    sum.jitters++
  }
  const { roundTripMs, mosListening } = report
  if (roundTripMs !== null) {
    sum.roundTripMsMin =
      sum.roundTrips === 0 ? roundTripMs : Math.min(sum.roundTripMsMin, roundTripMs)
    sum.roundTripMsMax = Math.max(sum.roundTripMsMax, roundTripMs)
    sum.roundTripMsSum += roundTripMs
    sum.roundTrips++
  }
  if (mosListening !== null) {
    sum.mosListeningMin = Math.min(sum.mosListeningMin ?? mosListening, mosListening)
  }
}

function jitterOf({ jitterMs, jitterUnits }: MediaReport, unitsPerMs: number): number | null {
  if (jitterMs !== null || jitterUnits === null || unitsPerMs === 0) return jitterMs
  return jitterUnits / unitsPerMs
}

/** A sum as rows and pages show it. */
export function reportOf(sum: ReportSum): StreamReport {
  const { source, side, reports, firstUs, lastUs, figures, mosListeningMin } = sum
  const hasTrips = sum.roundTrips > 0
  return {
    ...figures,
    source,
    side,
    reports,
    firstUs,
    lastUs,
    jitterMsMean: sum.jitters === 0 ? null : sum.jitterMsSum / sum.jitters,
    roundTripMsMean: hasTrips ? sum.roundTripMsSum / sum.roundTrips : null,
    roundTripMsMin: hasTrips ? sum.roundTripMsMin : null,
    roundTripMsMax: hasTrips ? sum.roundTripMsMax : null,
    mosListeningMin,
  }
}
