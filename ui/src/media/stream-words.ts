// The figures of a stream as rows of label, value and meaning. Pure: a stream in, text out; draws
// nothing, and leaves out what is not known.
import type { Stream, StreamReport } from '../../../src/calls/stream.ts'
import { countOf, formatCount, formatDurationMs } from '../text/quantity.ts'

/** One figure: what it is called, what it is, and how it is defined. */
export interface Figure {
  readonly label: string
  readonly value: string
  /** How the figure is defined, for the tip. */
  readonly tip: string
}

/** How good a figure is, for its colour. */
export type Grade = 'good' | 'warn' | 'bad' | 'unknown'

/** Grade of a score: from 4.0 users are satisfied, below 3.1 nearly all are not (G.107). */
export function gradeOfMos(mos: number | null): Grade {
  if (mos === null) return 'unknown'
  if (mos >= 4) return 'good'
  return mos >= 3.1 ? 'warn' : 'bad'
}

/** Grade of a share of packets lost. */
export function gradeOfLoss(lossRatio: number): Grade {
  if (lossRatio < 0.005) return 'good'
  return lossRatio < 0.03 ? 'warn' : 'bad'
}

/** Packets lost of those that were expected, 0 to 1. */
export function lossRatioOf({ lost, packets, duplicates }: Stream): number {
  const expected = packets - duplicates + lost
  return expected === 0 ? 0 : lost / expected
}

/** `1.25 %`; small shares keep two places so that they do not look like none. */
export function formatRatio(ratio: number): string {
  const percent = ratio * 100
  return `${percent.toFixed(percent !== 0 && percent < 10 ? 2 : 0)} %`
}

/** `12.3 ms`, or a dash where it is not known. */
export function formatMs(ms: number | null): string {
  return ms === null ? '–' : `${ms.toFixed(ms < 100 ? 2 : 0)} ms`
}

/** `PCMA 8 kHz, 20 ms`. */
export function codecInWords({
  codec,
  payloadType,
  clockRateHz,
  ptimeMs,
  channels,
}: Stream): string {
  const name = codec ?? `payload type ${payloadType}`
  const clock = clockRateHz === null ? '' : ` ${clockRateHz / 1000} kHz`
  const wide = channels === 2 ? ' stereo' : ''
  return `${name}${clock}${wide}${ptimeMs === null ? '' : `, ${ptimeMs} ms`}`
}

/** How the stream is protected, in a word or two; empty for plain RTP. */
export function protectionInWords({ isEncrypted, protection }: Stream): string {
  if (!isEncrypted) return ''
  if (protection === 'sdes') return 'SRTP, keys in the SDP'
  return protection === 'dtls' ? 'SRTP by DTLS' : 'SRTP'
}

/** What was counted in the stream. */
export function countFigures(stream: Stream): readonly Figure[] {
  const { lossPlace, bursts, timestampJumps, restarts } = stream
  const figures: (Figure | null)[] = [
    figure('Packets', formatCount(stream.packets), 'all that were captured, duplicates included'),
    figure(
      'Lost',
      `${formatCount(stream.lost)} (${formatRatio(lossRatioOf(stream))})`,
      'expected sequence numbers less distinct ones seen (RFC 3550 A.3); never negative',
    ),
    atLeastOne('Duplicates', stream.duplicates, 'packets with a sequence number seen before'),
    atLeastOne('Reordered', stream.reordered, 'packets after one with a higher sequence number'),
    atLeastOne('Late', stream.late, 'later than the usual packet by more than 60 ms'),
    lossPlace.after === null
      ? null
      : figure(
          'Where it was lost',
          [
            `${formatCount(lossPlace.before)} before the capture point`,
            `${formatCount(lossPlace.after)} after`,
          ].join(', '),
          'what was captured compared with what the receiver reports by RTCP',
        ),
    bursts.bursts === 0
      ? null
      : figure(
          'Bursts lost or late',
          [
            formatCount(bursts.bursts),
            ...(bursts.burstMsMean === null ? [] : [`${formatMs(bursts.burstMsMean)} each`]),
            `longest run ${countOf(bursts.lossRunMax, 'packet')}`,
          ].join(', '),
          [
            'a burst begins and ends with a packet that was lost or too late, and has fewer than',
            '16 (Gmin) played between two of them (RFC 3611 §4.7.2)',
          ].join(' '),
        ),
    atLeastOne('Restarts', restarts, 'the sequence began anew under the same SSRC'),
    atLeastOne(
      'Timestamp jumps',
      timestampJumps,
      'the timestamp jumped while the sequence went on',
    ),
    atLeastOne('Comfort noise', stream.comfortNoise, 'packets of RFC 3389'),
    atLeastOne('Telephone events', stream.telephoneEvents, 'packets of RFC 4733: keys pressed'),
    atLeastOne('Redundant', stream.redundant, 'packets that carry earlier sound again (RFC 2198)'),
    atLeastOne('Error correction', stream.errorCorrection, 'packets of RFC 5109 or RFC 8627'),
  ]
  return figures.filter((one) => one !== null)
}

/** What was timed in the stream. */
export function timeFigures(stream: Stream): readonly Figure[] {
  const figures: (Figure | null)[] = [
    figure(
      'Jitter',
      `mean ${formatMs(stream.jitterMsMean)}, largest ${formatMs(stream.jitterMsMax)}`,
      'smoothed interarrival jitter of RFC 3550 §6.4.1, over the whole stream, as tshark gives it',
    ),
    figure(
      'Between packets',
      `mean ${formatMs(stream.deltaMsMean)}, largest ${formatMs(stream.deltaMsMax)}`,
      'time from one captured packet to the next',
    ),
    stream.rttMs === null
      ? null
      : figure('Round trip', formatMs(stream.rttMs), 'by LSR and DLSR of RTCP (RFC 3550 §6.4.1)'),
    stream.dscps.length === 0
      ? null
      : figure('DSCP', stream.dscps.join(', '), 'class of service of its packets (RFC 2474)'),
    ...stream.buffers.map(({ buffer, discarded, delayMsMean }) =>
      figure(
        `Buffer ${buffer.replace('fixed-', 'of ')}${buffer === 'adaptive' ? '' : ' ms'}`,
        `${formatCount(discarded)} discarded, ${formatMs(delayMsMean)} delay`,
        'what such a jitter buffer would have thrown away, and the delay that it adds',
      ),
    ),
  ]
  return figures.filter((one) => one !== null)
}

/** How the score came about. */
export function scoreFigures({ quality }: Stream): readonly Figure[] {
  if (quality === null) return []
  const { inputs, mosWideband, rWideband, mosFullband, rFullband } = quality
  const figures: (Figure | null)[] = [
    figure(
      quality.isConversational ? 'MOS (conversation)' : 'MOS (listening)',
      `${quality.mos.toFixed(2)}, R ${quality.rFactor.toFixed(1)}`,
      quality.isConversational
        ? 'the delay is known from RTCP and counts'
        : 'no report tells the delay, so it does not count',
    ),
    mosWideband === null
      ? null
      : figure(
          'Wideband',
          `${mosWideband.toFixed(2)}, R ${rWideband?.toFixed(1)}`,
          'ITU-T G.107.1',
        ),
    mosFullband === null
      ? null
      : figure(
          'Fullband',
          `${mosFullband.toFixed(2)}, R ${rFullband?.toFixed(1)}`,
          'ITU-T G.107.2',
        ),
    figure(
      'From',
      [
        `${formatCount(inputs.packetsLost)} lost`,
        `${formatCount(inputs.packetsDiscarded)} discarded`,
        `of ${formatCount(inputs.packetsExpected)}`,
        `in ${countOf(inputs.lossRuns, 'run')}`,
        `buffer ${inputs.buffer}`,
      ].join(', '),
      `the inputs of the model ${quality.model}; any other model can be computed from them`,
    ),
  ]
  return figures.filter((one) => one !== null)
}

/** A report by others on the stream, in one line. */
export function reportInWords(report: StreamReport): string {
  const parts = [
    countOf(report.reports, 'report'),
    report.packetsLost === null ? null : `${formatCount(report.packetsLost)} lost`,
    report.jitterMsMean === null ? null : `jitter ${formatMs(report.jitterMsMean)}`,
    report.roundTripMsMean === null ? null : `round trip ${formatMs(report.roundTripMsMean)}`,
    report.mosListening === null ? null : `MOS ${report.mosListening.toFixed(1)}`,
    report.rFactor === null ? null : `R ${report.rFactor.toFixed(0)}`,
  ]
  return parts.filter((part) => part !== null).join(', ')
}

/** `9.3 s` between the first and the last packet. */
export function spanOf({ startUs, endUs }: Stream): string {
  return formatDurationMs((endUs - startUs) / 1000)
}

function figure(label: string, value: string, tip: string): Figure {
  return { label, value, tip }
}

function atLeastOne(label: string, count: number, tip: string): Figure | null {
  return count === 0 ? null : figure(label, formatCount(count), tip)
}

/** What can be heard first, the caller's before the callee's, then in order of time. */
export function inReadingOrder(streams: readonly Stream[]): readonly Stream[] {
  return streams.toSorted((a, b) => rank(a) - rank(b) || a.startUs - b.startUs)
}

function rank({ mediaType, direction }: Stream): number {
  const isSound = mediaType === 'audio' || mediaType === null
  return (isSound ? 0 : 10) + ['from-caller', 'from-callee', null].indexOf(direction)
}
