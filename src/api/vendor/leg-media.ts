// The streams of one leg in, the few figures out that vendors tell of a call's sound. "In" is what
// came from the other side of the leg, "out" what was sent to it. Unknown is null, never zero.
import type { Stream } from '../../calls/stream.ts'
import { tellingStreams } from '../../calls/stream-figures.ts'
import type { Direction } from './rate-table.ts'

export interface LegMedia {
  /** Opinion score of the sound that came in, 1 to 5. */
  readonly inMos: number | null
  /** Jitter of the sound that went out, ms. */
  readonly outJitterMsMin: number | null
  readonly outJitterMsMean: number | null
  readonly outJitterMsMax: number | null
  /** Packets of the sound that went out and did not arrive, as far as is known. */
  readonly outLost: number | null
  /** Round trip as the ends report it, ms. */
  readonly rttMsMin: number | null
  readonly rttMsMean: number | null
  readonly rttMsMax: number | null
}

/**
 * Sums up the audio of a leg. An inbound leg's other side is its caller, an outbound one's its
 * callee.
 */
export function mediaOf(streams: readonly Stream[], direction: Direction): LegMedia {
  const audio = streams.filter(({ mediaType }) => mediaType === null || mediaType === 'audio')
  const inSide = direction === 'inbound' ? 'from-caller' : 'from-callee'
  const incoming = audio.filter((stream) => stream.direction === inSide)
  const outgoing = tellingStreams(
    audio.filter(({ direction: side }) => side !== null && side !== inSide),
  )
  const reports = audio.flatMap((stream) => stream.reports)
  return {
    inMos: meanBy(incoming, ({ mos }) => mos),
    outJitterMsMin: extreme(
      Math.min,
      outgoing.map(({ jitterMsMin }) => jitterMsMin),
    ),
    outJitterMsMean: meanBy(outgoing, ({ jitterMsMean }) => jitterMsMean),
    outJitterMsMax: extreme(
      Math.max,
      outgoing.map(({ jitterMsMax }) => jitterMsMax),
    ),
    outLost: outgoing.length === 0 ? null : outgoing.reduce((sum, one) => sum + lostOf(one), 0),
    rttMsMin: extreme(
      Math.min,
      reports.map(({ roundTripMsMin }) => roundTripMsMin),
    ),
    rttMsMean: mean(audio.map(({ rttMs }) => rttMs)),
    rttMsMax: extreme(
      Math.max,
      reports.map(({ roundTripMsMax }) => roundTripMsMax),
    ),
  }
}

/** Lost on the whole way where the receiver told, else as far as the capture point. */
function lostOf({ lost, lossPlace }: Stream): number {
  return lossPlace.after === null ? lost : lossPlace.before + lossPlace.after
}

function extreme(
  of: (...values: number[]) => number,
  values: readonly (number | null)[],
): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : of(...known)
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

/** The mean over packets: a short stream says as little as its length. */
function meanBy(
  streams: readonly Stream[],
  figure: (stream: Stream) => number | null,
): number | null {
  let sum = 0
  let packets = 0
  for (const stream of streams) {
    const value = figure(stream)
    if (value === null) continue
    sum += value * stream.packets
    packets += stream.packets
  }
  return packets === 0 ? null : sum / packets
}
