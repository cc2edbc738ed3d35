// Stretches of five seconds: what a stream did in each, in a handful of bytes, so that a chart of
// a call needs no packets. A stretch in which nothing came leaves no entry.
import { ByteReader } from '../base/byte-reader.ts'
import type { ByteTails } from './byte-tails.ts'
import type { OpenStreams } from './open-streams.ts'
import {
  FIRST_US,
  LATE_60,
  STRETCH_DELTA_MAX,
  STRETCH_JITTER_MAX,
  STRETCH_JITTER_SUM,
  STRETCH_JITTERS,
  STRETCH_LATE_BEFORE,
  STRETCH_LOST_BEFORE,
  STRETCH_PACKETS,
  STRETCH_US,
  TRANSIT_BEFORE,
  TRANSIT_MIN,
} from './stream-fields.ts'

export const STRETCH_LENGTH_US = 5_000_000
/** Figures in ms are kept to a hundredth. */
const STEPS_PER_MS = 100

/** One stretch, as it was counted. */
export interface Stretch {
  /** Start, ms after the stream's first packet. */
  readonly sinceMs: number
  readonly packets: number
  readonly lost: number
  readonly late: number
  readonly jitterMsMean: number
  readonly jitterMsMax: number
  readonly deltaMsMax: number
}

/** Whose stretches they are: a StreamMeter. */
export interface StretchedStreams {
  readonly streams: OpenStreams
  /** Where the entries of each stream are kept. */
  readonly stretches: ByteTails
  lostOf(stream: number): number
}

/** Ends a stream's stretch at hand and begins the one that holds `tUs`. */
export function endStretch(meter: StretchedStreams, stream: number, tUs: number): void {
  writeStretch(meter, stream)
  const { words, doubles } = meter.streams
  const w = meter.streams.wordsOf(stream)
  const d = meter.streams.doublesOf(stream)
  const firstUs = doubles[d + FIRST_US] as number
  const number = Math.max(0, Math.floor((tUs - firstUs) / STRETCH_LENGTH_US))
  doubles[d + STRETCH_US] = firstUs + number * STRETCH_LENGTH_US
  doubles[d + STRETCH_JITTER_SUM] = 0
  doubles[d + STRETCH_JITTER_MAX] = 0
  doubles[d + STRETCH_DELTA_MAX] = 0
  words[w + STRETCH_PACKETS] = 0
  words[w + STRETCH_JITTERS] = 0
  // The quickest packet of the stretch before last is let go of: see kernel/playout.ts.
  doubles[d + TRANSIT_BEFORE] = doubles[d + TRANSIT_MIN] as number
  doubles[d + TRANSIT_MIN] = Number.POSITIVE_INFINITY
}

/** Adds the stretch at hand to the stream's entries, if anything came in it. */
export function writeStretch(meter: StretchedStreams, stream: number): void {
  const { words, doubles } = meter.streams
  const entries = meter.stretches
  const w = meter.streams.wordsOf(stream)
  const d = meter.streams.doublesOf(stream)
  const packets = words[w + STRETCH_PACKETS] as number
  if (packets === 0) return
  const since = ((doubles[d + STRETCH_US] as number) - (doubles[d + FIRST_US] as number)) / 1000
  const lost = meter.lostOf(stream)
  // A packet that filled a hole of the stretch before makes no negative loss of this one.
  const lostBefore = words[w + STRETCH_LOST_BEFORE] as number
  const late = words[w + LATE_60] as number
  const jitters = words[w + STRETCH_JITTERS] as number
  const mean = jitters === 0 ? 0 : (doubles[d + STRETCH_JITTER_SUM] as number) / jitters
  if (!entries.add(stream, Math.round(since / (STRETCH_LENGTH_US / 1000)))) return
  entries.add(stream, packets)
  entries.add(stream, Math.max(0, lost - lostBefore))
  entries.add(stream, late - (words[w + STRETCH_LATE_BEFORE] as number))
  entries.add(stream, Math.round(mean * STEPS_PER_MS))
  entries.add(stream, Math.round((doubles[d + STRETCH_JITTER_MAX] as number) * STEPS_PER_MS))
  entries.add(stream, Math.round((doubles[d + STRETCH_DELTA_MAX] as number) * STEPS_PER_MS))
  words[w + STRETCH_LOST_BEFORE] = Math.max(lost, lostBefore)
  words[w + STRETCH_LATE_BEFORE] = late
}

/** Reads entries back. */
export function readStretches(bytes: Uint8Array): Stretch[] {
  const reader = new ByteReader(bytes)
  const stretches: Stretch[] = []
  while (!reader.isAtEnd) {
    const stretch = {
      sinceMs: (reader.varint() * STRETCH_LENGTH_US) / 1000,
      packets: reader.varint(),
      lost: reader.varint(),
      late: reader.varint(),
      jitterMsMean: reader.varint() / STEPS_PER_MS,
      jitterMsMax: reader.varint() / STEPS_PER_MS,
      deltaMsMax: reader.varint() / STEPS_PER_MS,
    }
    if (reader.isShort) break
    stretches.push(stretch)
  }
  return stretches
}
