// A packet's time and timestamp in, how late it is for simulated jitter buffers out. Lateness is
// measured against the quickest packet of the last five to ten seconds, so that a sender's clock
// may drift and a route may change. A buffer throws away what is later than it can hold.
import {
  ADAPTIVE_DELAY,
  ADAPTIVE_MEAN,
  ADAPTIVE_SPREAD,
  ADAPTIVE_SUM,
  AT_UNITS,
  AT_US,
  FIRST_US,
  LAST_US,
  LATE_200,
  LATE_40,
  LATE_60,
  LATE_ADAPTIVE,
  LATE_STREAK,
  MEDIA_MS,
  MEDIA_TIMESTAMP,
  TIMESTAMP_JUMPS,
  TRANSIT_BEFORE,
  TRANSIT_LAST,
  TRANSIT_MIN,
} from '../src/rtp/stream-fields'
import { addWord, double, setDouble, setWord, word } from './record'

/** The buffer that decides what counts as not played, ms. */
const MODEL_BUFFER_MS: f64 = 60
/** Timestamps and time that part by more, from one packet to the next, may have jumped. */
const JUMP_MS: f64 = 1000
/** So many packets in a row that are late make a buffer start again from where they are. */
const LATE_STREAK_MAX: i32 = 5
/** Packets that come closer together were held up on the way and are all late: no new start. */
const STALLED_US_MAX: f64 = 5_000
/** What the adaptive buffer may add, ms; it begins in the middle of what phones begin with. */
const ADAPTIVE_MS_MIN: f64 = 20
const ADAPTIVE_MS_MAX: f64 = 500
const ADAPTIVE_MS_FIRST: f64 = 60
/** Weight of the past in the estimates of delay and of its variation. */
const ADAPTIVE_PAST: f64 = 0.998
/** Variations above the estimated delay at which the buffer plays. */
const ADAPTIVE_SPREADS: f64 = 4

/** Begins with a stream's first packet that tells media time. */
export function beginPlayout(record: usize, timestamp: i32): void {
  setWord(record, MEDIA_TIMESTAMP, timestamp)
  setDouble(record, MEDIA_MS, 0)
  anchor(record, transitOf(record))
  setDouble(record, ADAPTIVE_DELAY, ADAPTIVE_MS_FIRST)
}

/**
 * Measures the packet at hand, whose payload type has a clock. `mayPause` says that it begins a
 * talkspurt, before which a sender may have stopped its clock. False when it came too late for the
 * buffer that the score goes by.
 */
export function measureLateness(record: usize, timestamp: i32, mayPause: bool): bool {
  const step = timestamp - word(record, MEDIA_TIMESTAMP)
  setWord(record, MEDIA_TIMESTAMP, timestamp)
  setDouble(record, MEDIA_MS, double(record, MEDIA_MS) + <f64>step / double(record, AT_UNITS))
  const transit = transitOf(record)
  const change = transit - double(record, TRANSIT_LAST)
  if (change < -JUMP_MS || (change > JUMP_MS && mayPause)) jump(record, transit)
  setDouble(record, TRANSIT_LAST, transit)
  if (transit < double(record, TRANSIT_MIN)) setDouble(record, TRANSIT_MIN, transit)
  const least = Math.min(double(record, TRANSIT_MIN), double(record, TRANSIT_BEFORE))
  const lateMs = transit - least
  adapt(record, lateMs)
  if (lateMs <= 40) {
    setWord(record, LATE_STREAK, 0)
    return true
  }
  addWord(record, LATE_40, 1)
  if (lateMs <= MODEL_BUFFER_MS) return true
  addWord(record, LATE_60, 1)
  if (lateMs > 200) addWord(record, LATE_200, 1)
  if (double(record, AT_US) - double(record, LAST_US) < STALLED_US_MAX) return false
  addWord(record, LATE_STREAK, 1)
  if (word(record, LATE_STREAK) < LATE_STREAK_MAX) return false
  // A sender that paused with its clock stopped, or whose clock is slower than ours.
  setWord(record, LATE_STREAK, 0)
  if (lateMs > JUMP_MS) jump(record, transit)
  else anchor(record, transit)
  return false
}

/** Goes on from a transit time that has nothing to do with the one before. */
function jump(record: usize, transit: f64): void {
  addWord(record, TIMESTAMP_JUMPS, 1)
  anchor(record, transit)
}

/** The classic estimate: a slow mean of the delay and four times its mean deviation. */
function adapt(record: usize, lateMs: f64): void {
  const delay = double(record, ADAPTIVE_DELAY)
  if (lateMs > delay) addWord(record, LATE_ADAPTIVE, 1)
  setDouble(record, ADAPTIVE_SUM, double(record, ADAPTIVE_SUM) + delay)
  const mean = ADAPTIVE_PAST * double(record, ADAPTIVE_MEAN) + (1 - ADAPTIVE_PAST) * lateMs
  const spread =
    ADAPTIVE_PAST * double(record, ADAPTIVE_SPREAD) + (1 - ADAPTIVE_PAST) * Math.abs(lateMs - mean)
  setDouble(record, ADAPTIVE_MEAN, mean)
  setDouble(record, ADAPTIVE_SPREAD, spread)
  const wanted = mean + ADAPTIVE_SPREADS * spread
  // It grows at once and shrinks slowly, as buffers do that stretch speech to follow.
  const next = wanted > delay ? wanted : delay - (delay - wanted) / 500
  setDouble(record, ADAPTIVE_DELAY, Math.min(ADAPTIVE_MS_MAX, Math.max(ADAPTIVE_MS_MIN, next)))
}

function transitOf(record: usize): f64 {
  const elapsedMs = (double(record, AT_US) - double(record, FIRST_US)) / 1000
  return elapsedMs - double(record, MEDIA_MS)
}

function anchor(record: usize, transit: f64): void {
  setDouble(record, TRANSIT_MIN, transit)
  setDouble(record, TRANSIT_BEFORE, Infinity)
  setDouble(record, TRANSIT_LAST, transit)
}
