// What somebody else says of a stream, as facts: a block of an RTCP report, an extended report, a
// quality report of SIP, or the statistics that an agent sends by HEP. One shape for all of them
// and one door, `MessageLine.report`; whoever reads a source's own form fills in what that form
// tells and leaves the rest null. Refuses to know how any of them is written.

/**
 * Where a report came from.
 * - `rtcp`: a sender or receiver report on the wire (RFC 3550 §6.4)
 * - `xr`: an extended report on the wire (RFC 3611)
 * - `vq-rtcpxr`: a report inside a SIP PUBLISH or NOTIFY (RFC 6035)
 * - `hep-rtcp`: RTCP that an agent saw and sent on, as bytes or as JSON
 * - `hep-statistics`: figures that an agent computed from RTP (HEP 34, 35 and the like)
 */
export type ReportSource = 'rtcp' | 'xr' | 'vq-rtcpxr' | 'hep-rtcp' | 'hep-statistics'

/** An end of the reported stream, in text: reports come from outside the line's address table. */
export interface ReportEnd {
  readonly address: string
  readonly port: number
}

/** The figures of a report. Null where the source does not tell. */
export interface ReportFigures {
  /** RTP packets expected and received up to this report, as the reporter counts them. */
  readonly packetsExpected: number | null
  readonly packetsReceived: number | null
  /** Lost since the beginning; RTCP's own figure may be negative (RFC 3550 §6.4.1). */
  readonly packetsLost: number | null
  /** Lost and discarded shares since the beginning or the last report, 0 to 1. */
  readonly lossRatio: number | null
  readonly discardRatio: number | null
  /** Of those that the report covers. */
  readonly packetsDuplicated: number | null
  /** Interarrival jitter, ms: sources that count in timestamp units were converted. */
  readonly jitterMs: number | null
  readonly jitterMsMax: number | null
  readonly roundTripMs: number | null
  /** Delay inside the reporting end, ms: buffering, decoding, playing (RFC 3611 §4.7.4). */
  readonly endSystemDelayMs: number | null
  /** Bursts and the gaps between them, RFC 3611 §4.7.2. Densities are ratios from 0 to 1. */
  readonly burstDensity: number | null
  readonly burstMs: number | null
  readonly gapDensity: number | null
  readonly gapMs: number | null
  /** R factor (0 to 100) and mean opinion scores (1 to 5), RFC 3611 §4.7.5. */
  readonly rFactor: number | null
  readonly mosListening: number | null
  readonly mosConversational: number | null
  /** Levels, dBm0, and residual echo return loss, dB (RFC 3611 §4.7.3). */
  readonly signalDbm: number | null
  readonly noiseDbm: number | null
  readonly echoReturnLossDb: number | null
  /** Jitter buffer of the reporter, ms (RFC 3611 §4.7.7). */
  readonly bufferMsNominal: number | null
  readonly bufferMsMax: number | null
}

/** Which figures a report may have, all of them unknown. */
export const NO_FIGURES: ReportFigures = {
  packetsExpected: null,
  packetsReceived: null,
  packetsLost: null,
  lossRatio: null,
  discardRatio: null,
  packetsDuplicated: null,
  jitterMs: null,
  jitterMsMax: null,
  roundTripMs: null,
  endSystemDelayMs: null,
  burstDensity: null,
  burstMs: null,
  gapDensity: null,
  gapMs: null,
  rFactor: null,
  mosListening: null,
  mosConversational: null,
  signalDbm: null,
  noiseDbm: null,
  echoReturnLossDb: null,
  bufferMsNominal: null,
  bufferMsMax: null,
}

/** One report on one stream. */
export interface MediaReport extends ReportFigures {
  readonly source: ReportSource
  /** When it was captured or, where that is all we know, made; µs since 1970. */
  readonly tUs: number
  /** Who sends the stream that the report is about; null where the report does not name it. */
  readonly ssrc: number | null
  /** Who made the report, null where unknown: the receiver of the stream, as a rule. */
  readonly reporterSsrc: number | null
  /** The ends of the reported stream (not of the report), null where unknown. */
  readonly src: ReportEnd | null
  readonly dst: ReportEnd | null
  readonly callId: string | null
  /**
   * Interarrival jitter in timestamp units, for whoever knows the clock; null once `jitterMs` is.
   */
  readonly jitterUnits: number | null
  /** Name of the codec where the report tells it. */
  readonly codec: string | null
}

// What senders write for what they do not know: 127, 0, or a score that no scale has. Such values
// are to be ignored (RFC 3611 §4.7), and quality reports have their figures from there.

/** 127 is no level. */
export function knownLevel(db: number | null): number | null {
  return db === 127 ? null : db
}

/** 0 where the reporter has not heard from the other side yet. */
export function knownRoundTrip(ms: number | null): number | null {
  return ms === 0 ? null : ms
}

/** Wideband goes beyond 100. */
export function knownRFactor(value: number | null): number | null {
  return value !== null && value >= 0 && value <= 120 ? value : null
}

export function knownMos(value: number | null): number | null {
  return value !== null && value >= 1 && value <= 5 ? value : null
}

/**
 * How well an end that a report names fits a stream's end of the same address: RTCP comes on the
 * port of RTP, or on the next (RFC 3550 §11).
 */
export function fitOfPort(end: ReportEnd | null, port: number): number {
  return end !== null && (end.port === port || end.port === port + 1) ? 2 : 1
}
