// A packet's time and timestamp in, interarrival jitter out: J += (|D| - J) / 16 (RFC 3550 §6.4.1),
// in ms of the codec's clock. What goes into mean, largest and smallest is what tshark 4.0 takes,
// so that our figures can be laid beside its own; docs/protocols/rtp.md says it in words.
import {
  AT_UNITS,
  AT_US,
  DELTA_MAX,
  DELTA_MEAN,
  FIRST_TIMESTAMP,
  FLAG_HAS_JITTER,
  FLAGS,
  JITTER,
  JITTER_MAX,
  JITTER_MEAN,
  JITTER_MIN,
  PACKETS,
  SEQ_TIMESTAMP,
  SEQ_US,
  STRETCH_DELTA_MAX,
  STRETCH_JITTER_MAX,
  STRETCH_JITTER_SUM,
  STRETCH_JITTERS,
} from './open-streams.ts'

/** Half of all timestamps are ahead of one, the other half behind it. */
const HALF_RANGE = 0x8000_0000
/** 37 hours of an 8 kHz clock, and half of that. */
const FOLLOWED_FROM = 0x4000_0000
const FOLLOWED_BEHIND = 0x2000_0000

/**
 * Measures the packet at hand, which is not the first. `isIrregular` leaves it out of mean, largest
 * and smallest: it begins a talkspurt (marker), or is comfort noise or what follows that, and comes
 * when it likes.
 */
export function measureJitter(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  timestamp: number,
  isIrregular: boolean,
): void {
  // A timestamp from before the stream's first is a packet astray: it tells nothing.
  if ((timestamp - (words[w + FIRST_TIMESTAMP] as number)) >>> 0 >= HALF_RANGE) return
  const tUs = doubles[d + AT_US] as number
  const unitsPerMs = doubles[d + AT_UNITS] as number
  const deltaMs = (tUs - (doubles[d + SEQ_US] as number)) / 1000
  let jitter = doubles[d + JITTER] as number
  if (unitsPerMs > 0) {
    const units = (timestamp - (words[w + SEQ_TIMESTAMP] as number)) | 0
    jitter = (15 * jitter + Math.abs(deltaMs - units / unitsPerMs)) / 16
    doubles[d + JITTER] = jitter
    words[w + SEQ_TIMESTAMP] = timestamp
    followTimestamp(words, w, timestamp)
  }
  doubles[d + SEQ_US] = tUs
  if (isIrregular) return
  const before = words[w + PACKETS] as number
  if (deltaMs > (doubles[d + DELTA_MAX] as number)) doubles[d + DELTA_MAX] = deltaMs
  if (deltaMs > (doubles[d + STRETCH_DELTA_MAX] as number)) doubles[d + STRETCH_DELTA_MAX] = deltaMs
  doubles[d + DELTA_MEAN] = meanWith(doubles[d + DELTA_MEAN] as number, deltaMs, before)
  if (unitsPerMs > 0) keepJitter(words, doubles, w, d, jitter, before)
}

/** Moves the first timestamp along, so that those of days later are not before it. */
function followTimestamp(words: Int32Array, w: number, timestamp: number): void {
  const since = (timestamp - (words[w + FIRST_TIMESTAMP] as number)) >>> 0
  if (since > FOLLOWED_FROM && since < HALF_RANGE) {
    words[w + FIRST_TIMESTAMP] = (timestamp - FOLLOWED_BEHIND) | 0
  }
}

function keepJitter(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  jitter: number,
  before: number,
): void {
  const flags = words[w + FLAGS] as number
  if ((flags & FLAG_HAS_JITTER) === 0) {
    words[w + FLAGS] = flags | FLAG_HAS_JITTER
    doubles[d + JITTER_MIN] = jitter
  } else if (jitter < (doubles[d + JITTER_MIN] as number)) doubles[d + JITTER_MIN] = jitter
  if (jitter > (doubles[d + JITTER_MAX] as number)) doubles[d + JITTER_MAX] = jitter
  doubles[d + JITTER_MEAN] = meanWith(doubles[d + JITTER_MEAN] as number, jitter, before)
  doubles[d + STRETCH_JITTER_SUM] = (doubles[d + STRETCH_JITTER_SUM] as number) + jitter
  words[w + STRETCH_JITTERS] = (words[w + STRETCH_JITTERS] as number) + 1
  if (jitter > (doubles[d + STRETCH_JITTER_MAX] as number)) doubles[d + STRETCH_JITTER_MAX] = jitter
}

/** A running mean over the packets before: those left out weigh as what the mean was then. */
function meanWith(mean: number, value: number, before: number): number {
  return (mean * (before - 1) + value) / before
}
