// A stream's record in, the stream as rows and pages show it out. Everything here is computed from
// what was counted, so a figure can be defined anew without reading a packet again.
import { CARRIES_AUDIO, CARRIES_CORRECTION, CARRIES_EVENTS } from '../rtp/payload-profile.ts'
import { CARRIES_NOISE, CARRIES_REDUNDANCY, CARRIES_VIDEO } from '../rtp/payload-profile.ts'
import { readStretches, type Stretch } from '../rtp/stretches.ts'
import { scoreBy } from './mos-models.ts'
import { reportOf } from './report-sums.ts'
import type {
  BufferFigures,
  BurstFigures,
  LossPlace,
  MosFigures,
  MosInputs,
  MosModel,
  PayloadCount,
  Stream,
  StreamInterval,
} from './stream.ts'
import type { StreamPayload, StreamRecord } from './stream-record.ts'

/** Where a stream belongs, as whoever found it knows. */
export interface StreamKeys {
  readonly streamKey: string
  readonly legKey: string | null
  readonly callKey: string | null
}

/** The stream of a record. */
export function streamOf(record: StreamRecord, keys: StreamKeys): Stream {
  const main = mainPayload(record)
  const quality = qualityOf(record)
  const { isCaptureLoss, ...lossPlace } = lossPlaceOf(record)
  const carrying = (carries: number): number => packetsOf(record, carries)
  return {
    ...keys,
    callId: record.callId,
    direction: record.sender === null ? null : `from-${record.sender}`,
    mediaType: record.mediaType,
    src: record.src,
    srcPort: record.srcPort,
    dst: record.dst,
    dstPort: record.dstPort,
    ssrc: record.ssrc,
    payloadType: main?.payloadType ?? 0,
    codec: main?.codec ?? null,
    clockRateHz: main?.clockRateHz || null,
    channels: main === undefined || main.codec === null ? null : main.channels,
    ptimeMs: ptimeOf(record),
    payloadTypes: record.payloads.map(payloadCountOf),
    protection: record.protection,
    isEncrypted: record.protection === 'sdes' || record.protection === 'dtls',
    packets: record.packets,
    payloadBytes: record.payloadBytes,
    lost: lostOf(record),
    duplicates: record.duplicates,
    reordered: record.reordered,
    late: record.late60,
    jitterMsMean: record.jitterMsMean,
    jitterMsMax: record.jitterMsMax,
    jitterMsMin: record.jitterMsMin,
    deltaMsMean: record.deltaMsMean,
    deltaMsMax: record.deltaMsMax,
    arrivals: record.arrivals,
    bursts: burstsOf(record),
    buffers: buffersOf(record),
    comfortNoise: carrying(CARRIES_NOISE),
    telephoneEvents: carrying(CARRIES_EVENTS),
    redundant: carrying(CARRIES_REDUNDANCY),
    errorCorrection: carrying(CARRIES_CORRECTION),
    timestampJumps: record.timestampJumps,
    restarts: record.restarts,
    dscps: record.dscps.toSorted((a, b) => b.packets - a.packets).map(({ dscp }) => dscp),
    reports: record.reports.map(reportOf),
    rttMs: rttOf(record),
    lossPlace,
    isCaptureSuspect: isCaptureLoss,
    mos: quality?.mos ?? null,
    quality,
    intervals: intervalsOf(record),
    startUs: record.startUs,
    endUs: record.endUs,
    problems: record.problems,
  }
}

/** A second of sound, as most send it: fewer packets prove nothing. */
export const PACKETS_MIN = 50

/**
 * The streams that tell how a call sounded: where some are long enough for it, not the others.
 * Anybody can send a packet or two to the place of a call, far apart by their numbers.
 */
export function tellingStreams<S extends Pick<StreamRecord, 'packets'>>(
  streams: readonly S[],
): readonly S[] {
  const long = streams.filter(({ packets }) => packets >= PACKETS_MIN)
  return long.length > 0 ? long : streams
}

/** The payload type that a stream is about: most packets of sound or picture, else most of all. */
export function mainPayload(record: StreamRecord): StreamPayload | undefined {
  const isMedia = ({ carries }: StreamPayload): boolean =>
    carries === CARRIES_AUDIO || carries === CARRIES_VIDEO
  const most = (payloads: readonly StreamPayload[]): StreamPayload | undefined =>
    payloads.toSorted((a, b) => b.packets - a.packets)[0]
  return most(record.payloads.filter(isMedia)) ?? most(record.payloads)
}

export function codecOf(record: StreamRecord): string | null {
  return mainPayload(record)?.codec ?? null
}

/** Expected less distinct sequence numbers. */
export function lostOf(record: StreamRecord): number {
  const distinct = record.packets - record.duplicates - record.strays
  return Math.max(0, record.expected - distinct)
}

/** Packet time, ms: the usual step of the timestamps. */
export function ptimeOf(record: StreamRecord): number | null {
  const clockRateHz = mainPayload(record)?.clockRateHz ?? 0
  return clockRateHz > 0 && record.step > 0 ? (record.step * 1000) / clockRateHz : null
}

/** The score of a stream, null where nothing can be said. */
export function mosOf(record: StreamRecord): number | null {
  return qualityOf(record)?.mos ?? null
}

/** The score of a stream by a model; null for what is not heard, or has no known impairment. */
export function qualityOf(record: StreamRecord, model: MosModel = 'g107'): MosFigures | null {
  const main = mainPayload(record)
  if (main === undefined || main.carries !== CARRIES_AUDIO || !isTimed(record)) return null
  return scoreBy(model, inputsOf(record, main))
}

/** Whether it was measured by its clock; else nobody knows what came too late to be played. */
function isTimed({ adaptiveMsMean }: StreamRecord): boolean {
  return adaptiveMsMean !== null
}

/** What a stream's score is computed from. */
export function inputsOf(record: StreamRecord, main: StreamPayload): MosInputs {
  return {
    codec: main.codec,
    clockRateHz: main.clockRateHz || null,
    ptimeMs: ptimeOf(record),
    packetsExpected: record.expected,
    packetsLost: lostOf(record),
    packetsDiscarded: record.late60,
    lossRuns: record.runs,
    jitterMsMean: record.jitterMsMean,
    buffer: 'fixed-60',
    bufferDelayMs: 60,
    rttMs: rttOf(record),
  }
}

function packetsOf(record: StreamRecord, carries: number): number {
  return record.payloads.reduce((sum, payload) => {
    return payload.carries === carries ? sum + payload.packets : sum
  }, 0)
}

function payloadCountOf({ payloadType, codec, fmtp, packets, ...payload }: StreamPayload) {
  const { clockRateHz, channels } = payload
  const count: PayloadCount = {
    payloadType,
    codec,
    clockRateHz: clockRateHz || null,
    channels: codec === null ? null : channels,
    fmtp,
    packets,
  }
  return count
}

function burstsOf(record: StreamRecord): BurstFigures {
  const { bursts, burstLost, burstPackets, gapLost, judged, runs, runMax } = record
  const ptimeMs = ptimeOf(record)
  const gapPackets = judged - burstPackets
  const perOne = (packets: number, count: number): number | null =>
    ptimeMs === null || count === 0 ? null : (packets * ptimeMs) / count
  return {
    bursts,
    burstDensity: bursts === 0 ? null : burstLost / burstPackets,
    gapDensity: gapPackets <= 0 ? null : gapLost / gapPackets,
    burstMsMean: perOne(burstPackets, bursts),
    // Before each burst, and after the last one, lies a gap.
    gapMsMean: perOne(Math.max(0, gapPackets), bursts + 1),
    lossRuns: runs,
    lossRunMax: runMax,
  }
}

function buffersOf(record: StreamRecord): BufferFigures[] {
  return [
    { buffer: 'fixed-40', discarded: record.late40, delayMsMean: 40 },
    { buffer: 'fixed-60', discarded: record.late60, delayMsMean: 60 },
    { buffer: 'fixed-200', discarded: record.late200, delayMsMean: 200 },
    {
      buffer: 'adaptive',
      discarded: record.lateAdaptive,
      delayMsMean: record.adaptiveMsMean ?? 0,
    },
  ]
}

function intervalsOf(record: StreamRecord): StreamInterval[] {
  const main = isTimed(record) ? mainPayload(record) : undefined
  return readStretches(record.stretches).map((stretch) => ({
    sinceMs: stretch.sinceMs,
    packets: stretch.packets,
    lost: stretch.lost,
    jitterMsMean: stretch.jitterMsMean,
    jitterMsMax: stretch.jitterMsMax,
    deltaMsMax: stretch.deltaMsMax,
    mos: stretchMos(stretch, main),
  }))
}

/** A stretch by itself: its losses as random, and delay left out. */
function stretchMos(
  { packets, lost, late }: Stretch,
  main: StreamPayload | undefined,
): number | null {
  const isHeard = main !== undefined && main.carries === CARRIES_AUDIO
  if (!isHeard) return null
  const quality = scoreBy('g107', {
    codec: main.codec,
    clockRateHz: main.clockRateHz || null,
    ptimeMs: null,
    packetsExpected: packets + lost,
    packetsLost: lost,
    packetsDiscarded: late,
    lossRuns: 0,
    jitterMsMean: null,
    buffer: 'fixed-60',
    bufferDelayMs: 60,
    rttMs: null,
  })
  return quality?.mos ?? null
}

/** Packets that the receiver may have got in other order than the capture, when it counts. */
const COUNT_SLACK = 3

/**
 * What was lost on the way from the capture point to the receiver: what the receiver lacks less
 * what was missing here already. Where the receiver lacks less than we do, the capture itself lost.
 */
function lossPlaceOf(record: StreamRecord): LossPlace & { isCaptureLoss: boolean } {
  const before = lostOf(record)
  const report = record.reports.find(({ side, figures }) => {
    return side === 'receiver' && figures.packetsLost !== null
  })
  if (report === undefined || record.packets === 0) {
    return { before, after: null, isCaptureLoss: false }
  }
  const after = (report.figures.packetsLost ?? 0) - report.lostBefore
  // Copies on the way make the receiver's figure smaller: RFC 3550 §6.4.1 counts packets, not
  // numbers.
  const isCaptureLoss = after + record.duplicates < -COUNT_SLACK
  return { before, after: Math.max(0, after), isCaptureLoss }
}

/** Mean of the round trips that reports tell, ms. */
function rttOf({ reports }: StreamRecord): number | null {
  let sum = 0
  let count = 0
  for (const { roundTripMsSum, roundTrips } of reports) {
    sum += roundTripMsSum
    count += roundTrips
  }
  return count === 0 ? null : sum / count
}
