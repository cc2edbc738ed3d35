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
} from '../src/rtp/stream-fields'
import { addWord, double, setDouble, setWord, word } from './record'

/** Half of all timestamps are ahead of one, the other half behind it. */
const HALF_RANGE: u32 = 0x8000_0000
/** 37 hours of an 8 kHz clock, and half of that. */
const FOLLOWED_FROM: u32 = 0x4000_0000
const FOLLOWED_BEHIND: i32 = 0x2000_0000

/**
 * Measures the packet at hand, which is not the first. `isIrregular` leaves it out of mean, largest
 * and smallest: it begins a talkspurt (marker), or is comfort noise or what follows that, and comes
 * when it likes.
 */
export function measureJitter(record: usize, timestamp: i32, isIrregular: bool): void {
  // A timestamp from before the stream's first is a packet astray: it tells nothing.
  if (<u32>(timestamp - word(record, FIRST_TIMESTAMP)) >= HALF_RANGE) return
  const tUs = double(record, AT_US)
  const unitsPerMs = double(record, AT_UNITS)
  const deltaMs = (tUs - double(record, SEQ_US)) / 1000
  let jitter = double(record, JITTER)
  if (unitsPerMs > 0) {
    const units = <f64>(timestamp - word(record, SEQ_TIMESTAMP))
    jitter = (15 * jitter + Math.abs(deltaMs - units / unitsPerMs)) / 16
    setDouble(record, JITTER, jitter)
    setWord(record, SEQ_TIMESTAMP, timestamp)
    followTimestamp(record, timestamp)
  }
  setDouble(record, SEQ_US, tUs)
  if (isIrregular) return
  const before = <f64>word(record, PACKETS)
  if (deltaMs > double(record, DELTA_MAX)) setDouble(record, DELTA_MAX, deltaMs)
  if (deltaMs > double(record, STRETCH_DELTA_MAX)) setDouble(record, STRETCH_DELTA_MAX, deltaMs)
  setDouble(record, DELTA_MEAN, meanWith(double(record, DELTA_MEAN), deltaMs, before))
  if (unitsPerMs > 0) keepJitter(record, jitter, before)
}

/** Moves the first timestamp along, so that those of days later are not before it. */
function followTimestamp(record: usize, timestamp: i32): void {
  const since = <u32>(timestamp - word(record, FIRST_TIMESTAMP))
  if (since > FOLLOWED_FROM && since < HALF_RANGE) {
    setWord(record, FIRST_TIMESTAMP, timestamp - FOLLOWED_BEHIND)
  }
}

function keepJitter(record: usize, jitter: f64, before: f64): void {
  const flags = word(record, FLAGS)
  if ((flags & FLAG_HAS_JITTER) === 0) {
    setWord(record, FLAGS, flags | FLAG_HAS_JITTER)
    setDouble(record, JITTER_MIN, jitter)
  } else if (jitter < double(record, JITTER_MIN)) setDouble(record, JITTER_MIN, jitter)
  if (jitter > double(record, JITTER_MAX)) setDouble(record, JITTER_MAX, jitter)
  setDouble(record, JITTER_MEAN, meanWith(double(record, JITTER_MEAN), jitter, before))
  setDouble(record, STRETCH_JITTER_SUM, double(record, STRETCH_JITTER_SUM) + jitter)
  addWord(record, STRETCH_JITTERS, 1)
  if (jitter > double(record, STRETCH_JITTER_MAX)) setDouble(record, STRETCH_JITTER_MAX, jitter)
}

/** A running mean over the packets before: those left out weigh as what the mean was then. */
function meanWith(mean: f64, value: f64, before: f64): f64 {
  return (mean * (before - 1) + value) / before
}
