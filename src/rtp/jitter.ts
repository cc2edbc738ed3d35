// A packet's time and timestamp in, interarrival jitter out: J += (|D| - J) / 16 (RFC 3550 §6.4.1),
// in ms of the codec's clock. What goes into mean, largest and smallest is what tshark 4.0 takes, so
// that our figures can be laid beside its own; docs/protocols/rtp.md says it in words.
import {
  DELTA_MAX,
  DELTA_MEAN,
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

/**
 * Measures one packet after the first. `unitsPerMs` is 0 where its payload type has no clock;
 * `isIrregular` leaves it out of mean, largest and smallest: it begins a talkspurt (marker), or is
 * comfort noise or what follows that, and comes when it likes.
 */
export function measureJitter(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  tUs: number,
  timestamp: number,
  unitsPerMs: number,
  isIrregular: boolean,
): void {
  const deltaMs = (tUs - (doubles[d + SEQ_US] as number)) / 1000
  const units = (timestamp - (words[w + SEQ_TIMESTAMP] as number)) | 0
  // A timestamp from before is a packet out of its place: it is measured, and not remembered.
  const isInOrder = units >= 0
  let jitter = doubles[d + JITTER] as number
  if (unitsPerMs > 0) {
    jitter = (15 * jitter + Math.abs(deltaMs - units / unitsPerMs)) / 16
    doubles[d + JITTER] = jitter
  }
  if (isInOrder && !isIrregular) {
    const before = words[w + PACKETS] as number
    if (deltaMs > (doubles[d + DELTA_MAX] as number)) doubles[d + DELTA_MAX] = deltaMs
    if (deltaMs > (doubles[d + STRETCH_DELTA_MAX] as number))
      doubles[d + STRETCH_DELTA_MAX] = deltaMs
    doubles[d + DELTA_MEAN] = meanWith(doubles[d + DELTA_MEAN] as number, deltaMs, before)
    if (unitsPerMs > 0) keepJitter(words, doubles, w, d, jitter, before)
  }
  if (isInOrder) {
    doubles[d + SEQ_US] = tUs
    words[w + SEQ_TIMESTAMP] = timestamp
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
