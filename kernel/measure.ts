// One RTP packet of a known stream in, its record brought up to date. Calls back to the server for
// what is rare: a stretch of five seconds that ends, and a block that is not the one before.
import {
  ARRIVALS,
  AT_UNITS,
  AT_US,
  BLOCK_END,
  FIRST_REF,
  FIRST_TIMESTAMP,
  FIRST_US,
  HIGH_SEQ,
  LAST_REF,
  LAST_US,
  MEDIA_TIMESTAMP,
  PACKETS,
  PAYLOAD_BYTES,
  PAYLOAD_TYPE,
  PROFILE,
  SEQ_TIMESTAMP,
  SEQ_US,
  STEP,
  STEP_VOTES,
  STORED_REF,
  STRETCH_PACKETS,
  STRETCH_US,
} from '../src/rtp/stream-fields'
import { measureJitter } from './jitter'
import { endJudging, judgeUntil } from './loss-judge'
import { countDscp, countPayload } from './payload-seen'
import { beginPlayout, measureLateness } from './playout'
import { addWord, double, recordOf, setDouble, setWord, word } from './record'
import * as sequence from './sequence'

/** Tells the server that a packet at `tUs` ends the stretch at hand. */
declare function endStretch(stream: i32, tUs: f64): void

/** Tells the server that a packet lies in another block than the one before. */
declare function turnBlock(stream: i32, ref: f64): void

/** A profile: timestamp units of a millisecond by payload type, and what each carries. */
const PROFILE_CARRIES: usize = 128 * 8
const PROFILE_BYTES: usize = PROFILE_CARRIES + 128
/** CARRIES_NOISE of src/rtp/payload-profile.ts. */
const CARRIES_NOISE: u8 = 3

/** Timestamps that jump by more than time did, ms, tell of a restart and not of loss. */
const LOSS_SLACK_MS: f64 = 2_000

let profilesAt: usize = 0
let refScale: f64 = 0
let stretchUs: f64 = 0

/**
 * Says where payload profiles lie, what a ref counts blocks in (src/store/frame-ref.ts), and how
 * long a stretch is, µs.
 */
export function placeProfiles(profiles: usize, scale: f64, stretch: f64): void {
  profilesAt = profiles
  refScale = scale
  stretchUs = stretch
}

/**
 * Measures one packet. `second` is the second byte of its header (marker and payload type),
 * `payloadBytes` what was captured of its payload.
 */
export function measurePacket(
  stream: i32,
  tUs: f64,
  ref: f64,
  second: i32,
  seq: i32,
  timestamp: i32,
  payloadBytes: i32,
  dscp: i32,
): void {
  const record = recordOf(stream)
  const payloadType = second & 127
  const profile = profilesAt + <usize>word(record, PROFILE) * PROFILE_BYTES
  const packets = word(record, PACKETS)
  setDouble(record, AT_US, tUs)
  setDouble(record, AT_UNITS, load<f64>(profile + ((<usize>payloadType) << 3)))
  let place: i32 = 1
  if (packets === 0) begin(record, seq, timestamp, ref)
  else {
    if (tUs >= double(record, STRETCH_US) + stretchUs) endStretch(stream, tUs)
    const mayPause = second > 127 || isNoise(profile, payloadType)
    const isIrregular = mayPause || isNoise(profile, word(record, PAYLOAD_TYPE))
    measureJitter(record, timestamp, isIrregular)
    countArrival(record, tUs)
    place = placeOf(record, seq, timestamp)
  }
  if (place !== sequence.PLACE_DUPLICATE && place !== sequence.PLACE_STRAY) {
    play(record, seq, timestamp, place, second > 127)
  }
  setWord(record, PACKETS, packets + 1)
  addWord(record, STRETCH_PACKETS, 1)
  setDouble(record, LAST_US, tUs)
  setDouble(record, LAST_REF, ref)
  setDouble(record, PAYLOAD_BYTES, double(record, PAYLOAD_BYTES) + <f64>payloadBytes)
  countPayload(record, payloadType)
  countDscp(record, dscp)
  const blockEnd = double(record, BLOCK_END)
  if (ref >= blockEnd || ref < blockEnd - refScale) turnBlock(stream, ref)
}

/** Judges what is still open of a stream; nothing may be measured afterwards. */
export function finishStream(stream: i32): void {
  const record = recordOf(stream)
  judgeUntil(record, word(record, HIGH_SEQ))
  endJudging(record)
}

/** Packets that a stream should have had: see sequence.ts. */
export function expectedOf(stream: i32): f64 {
  return sequence.expectedOf(recordOf(stream))
}

function begin(record: usize, seq: i32, timestamp: i32, ref: f64): void {
  const tUs = double(record, AT_US)
  setDouble(record, FIRST_US, tUs)
  setDouble(record, SEQ_US, tUs)
  setDouble(record, STRETCH_US, tUs)
  setDouble(record, FIRST_REF, ref)
  setDouble(record, STORED_REF, -1)
  setWord(record, FIRST_TIMESTAMP, timestamp)
  setWord(record, SEQ_TIMESTAMP, timestamp)
  sequence.beginSequence(record, seq)
  beginPlayout(record, timestamp)
}

function isNoise(profile: usize, payloadType: i32): bool {
  return load<u8>(profile + PROFILE_CARRIES + <usize>payloadType) === CARRIES_NOISE
}

function placeOf(record: usize, seq: i32, timestamp: i32): i32 {
  const place = sequence.placeOf(record, seq)
  if (place !== sequence.PLACE_FAR_AHEAD) return place
  const unitsPerMs = double(record, AT_UNITS)
  const elapsedMs = (double(record, AT_US) - double(record, LAST_US)) / 1000
  const units = <f64>(timestamp - word(record, MEDIA_TIMESTAMP))
  // Where loss is the cause, sequence, timestamp and time have gone on by the same.
  const step = <f64>word(record, STEP)
  const ahead = <f64>((seq - word(record, HIGH_SEQ)) & 0xffff)
  const isLoss =
    unitsPerMs > 0 &&
    Math.abs(units / unitsPerMs - elapsedMs) < LOSS_SLACK_MS &&
    (step <= 0 || Math.abs(units / step - ahead) < ahead / 4)
  return isLoss ? sequence.acceptAhead(record, seq) : sequence.refuseAhead(record, seq)
}

function play(record: usize, seq: i32, timestamp: i32, place: i32, isMarked: bool): void {
  if (double(record, AT_UNITS) === 0) {
    sequence.markPlayed(record, seq)
    return
  }
  if (place === 1) voteStep(record, timestamp - word(record, MEDIA_TIMESTAMP))
  const mayPause = isMarked || place === sequence.PLACE_RESTART
  if (measureLateness(record, timestamp, mayPause)) sequence.markPlayed(record, seq)
}

/**
 * The usual step between neighbours, by majority: what packets differ from it cannot outvote it.
 */
function voteStep(record: usize, step: i32): void {
  if (step <= 0) return
  const votes = word(record, STEP_VOTES)
  if (word(record, STEP) === step) {
    if (votes < 1_000) setWord(record, STEP_VOTES, votes + 1)
  } else if (votes > 0) setWord(record, STEP_VOTES, votes - 1)
  else {
    setWord(record, STEP, step)
    setWord(record, STEP_VOTES, 1)
  }
}

/** Upper edges of the boxes, µs: ARRIVAL_EDGES_MS of src/calls/stream.ts. */
const EDGES_US: StaticArray<f64> = [
  5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000, 80_000, 100_000, 150_000,
  200_000, 500_000,
]

function countArrival(record: usize, tUs: f64): void {
  const deltaUs = tUs - double(record, LAST_US)
  let box: i32 = 0
  // Upwards from where packets of 20 ms lie, or from the bottom.
  if (deltaUs >= 15_000) box = 3
  while (box < EDGES_US.length && deltaUs >= unchecked(EDGES_US[box])) box++
  addWord(record, ARRIVALS + box, 1)
}
