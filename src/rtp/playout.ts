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
  MEDIA_TIMESTAMP,
  MEDIA_MS,
  TIMESTAMP_JUMPS,
  TRANSIT_BEFORE,
  TRANSIT_LAST,
  TRANSIT_MIN,
} from './open-streams.ts'

/** The buffer that decides what counts as not played, ms. */
const MODEL_BUFFER_MS = 60
/** Timestamps and time that part by more, from one packet to the next, may have jumped. */
const JUMP_MS = 1000
/** So many packets in a row that are late make a buffer start again from where they are. */
const LATE_STREAK_MAX = 5
/** Packets that come closer together were held up on the way and are all late: no new start. */
const STALLED_US_MAX = 5_000
/** What the adaptive buffer may add, ms; it begins in the middle of what phones begin with. */
const ADAPTIVE_MS_MIN = 20
const ADAPTIVE_MS_MAX = 500
const ADAPTIVE_MS_FIRST = 60
/** Weight of the past in the estimates of delay and of its variation. */
const ADAPTIVE_PAST = 0.998
/** Variations above the estimated delay at which the buffer plays. */
const ADAPTIVE_SPREADS = 4

/** Begins with a stream's first packet that tells media time. */
export function beginPlayout(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  timestamp: number,
): void {
  words[w + MEDIA_TIMESTAMP] = timestamp
  doubles[d + MEDIA_MS] = 0
  anchor(doubles, d, transitOf(doubles, d))
  doubles[d + ADAPTIVE_DELAY] = ADAPTIVE_MS_FIRST
}

/**
 * Measures the packet at hand, whose payload type has a clock. `mayPause` says that it begins a
 * talkspurt, before which a sender may have stopped its clock. False when it came too late for the
 * buffer that the score goes by.
 */
export function measureLateness(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  timestamp: number,
  mayPause: boolean,
): boolean {
  const step = (timestamp - (words[w + MEDIA_TIMESTAMP] as number)) | 0
  words[w + MEDIA_TIMESTAMP] = timestamp
  doubles[d + MEDIA_MS] =
    (doubles[d + MEDIA_MS] as number) + step / (doubles[d + AT_UNITS] as number)
  const transit = transitOf(doubles, d)
  const change = transit - (doubles[d + TRANSIT_LAST] as number)
  if (change < -JUMP_MS || (change > JUMP_MS && mayPause)) jump(words, doubles, w, d, transit)
  doubles[d + TRANSIT_LAST] = transit
  if (transit < (doubles[d + TRANSIT_MIN] as number)) doubles[d + TRANSIT_MIN] = transit
  const least = Math.min(doubles[d + TRANSIT_MIN] as number, doubles[d + TRANSIT_BEFORE] as number)
  const lateMs = transit - least
  adapt(words, doubles, w, d, lateMs)
  if (lateMs <= 40) {
    words[w + LATE_STREAK] = 0
    return true
  }
  words[w + LATE_40] = (words[w + LATE_40] as number) + 1
  if (lateMs <= MODEL_BUFFER_MS) return true
  words[w + LATE_60] = (words[w + LATE_60] as number) + 1
  if (lateMs > 200) words[w + LATE_200] = (words[w + LATE_200] as number) + 1
  const sinceUs = (doubles[d + AT_US] as number) - (doubles[d + LAST_US] as number)
  if (sinceUs < STALLED_US_MAX) return false
  words[w + LATE_STREAK] = (words[w + LATE_STREAK] as number) + 1
  if ((words[w + LATE_STREAK] as number) < LATE_STREAK_MAX) return false
  // A sender that paused with its clock stopped, or whose clock is slower than ours.
  words[w + LATE_STREAK] = 0
  if (lateMs > JUMP_MS) jump(words, doubles, w, d, transit)
  else anchor(doubles, d, transit)
  return false
}

/** Goes on from a transit time that has nothing to do with the one before. */
function jump(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  transit: number,
): void {
  words[w + TIMESTAMP_JUMPS] = (words[w + TIMESTAMP_JUMPS] as number) + 1
  anchor(doubles, d, transit)
}

/** Lets go of the quickest packet of the stretch before last. */
export function turnStretch(doubles: Float64Array, d: number): void {
  doubles[d + TRANSIT_BEFORE] = doubles[d + TRANSIT_MIN] as number
  doubles[d + TRANSIT_MIN] = Number.POSITIVE_INFINITY
}

/** The classic estimate: a slow mean of the delay and four times its mean deviation. */
function adapt(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  lateMs: number,
): void {
  const delay = doubles[d + ADAPTIVE_DELAY] as number
  if (lateMs > delay) words[w + LATE_ADAPTIVE] = (words[w + LATE_ADAPTIVE] as number) + 1
  doubles[d + ADAPTIVE_SUM] = (doubles[d + ADAPTIVE_SUM] as number) + delay
  const mean = ADAPTIVE_PAST * (doubles[d + ADAPTIVE_MEAN] as number) + (1 - ADAPTIVE_PAST) * lateMs
  const spread =
    ADAPTIVE_PAST * (doubles[d + ADAPTIVE_SPREAD] as number) +
    (1 - ADAPTIVE_PAST) * Math.abs(lateMs - mean)
  doubles[d + ADAPTIVE_MEAN] = mean
  doubles[d + ADAPTIVE_SPREAD] = spread
  const wanted = mean + ADAPTIVE_SPREADS * spread
  // It grows at once and shrinks slowly, as buffers do that stretch speech to follow.
  const next = wanted > delay ? wanted : delay - (delay - wanted) / 500
  doubles[d + ADAPTIVE_DELAY] = Math.min(ADAPTIVE_MS_MAX, Math.max(ADAPTIVE_MS_MIN, next))
}

function transitOf(doubles: Float64Array, d: number): number {
  const elapsedMs = ((doubles[d + AT_US] as number) - (doubles[d + FIRST_US] as number)) / 1000
  return elapsedMs - (doubles[d + MEDIA_MS] as number)
}

function anchor(doubles: Float64Array, d: number, transit: number): void {
  doubles[d + TRANSIT_MIN] = transit
  doubles[d + TRANSIT_BEFORE] = Number.POSITIVE_INFINITY
  doubles[d + TRANSIT_LAST] = transit
}
