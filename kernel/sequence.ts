// A packet's sequence number in, its place in the stream out: next, ahead, late, again, or astray.
// Follows the state of RFC 3550 A.1 and keeps, beside it, one bit for each of the latest numbers,
// so that a second copy is told from a late packet.
import {
  BAD_SEQ,
  BASE_SEQ,
  DUPLICATES,
  EXPECTED_BEFORE,
  HIGH_SEQ,
  JUDGED_SEQ,
  PLAYED_BITS,
  REORDERED,
  RESTARTS,
  SEEN_BITS,
  STRAYS,
  WINDOW_BITS,
} from '../src/rtp/stream-fields'
import { endJudging, JUDGED_BEHIND, judgeLost, judgeUntil } from './loss-judge'
import { addWord, double, setDouble, setWord, word } from './record'
import { clearBit, clearWindow, forget, hasBit, setBit } from './window'

/** A packet's place. Above zero: by so many it is ahead of the highest before it. */
export const PLACE_DUPLICATE: i32 = 0
/** After one with a higher sequence number. */
export const PLACE_LATE: i32 = -1
/** Far off the sequence: nobody knows yet whether the sender began anew. */
export const PLACE_STRAY: i32 = -2
/** The second packet of a new sequence: the sender began anew. */
export const PLACE_RESTART: i32 = -3
/** Nothing was done yet: `acceptAhead` or `refuseAhead` must follow. */
export const PLACE_FAR_AHEAD: i32 = -4

/** A jump further ahead needs a second look (MAX_DROPOUT of RFC 3550 A.1). */
const DROPOUT_MAX: i32 = 3000
/** How far behind the highest a packet may be: what the window remembers. */
const MISORDER_MAX: i32 = WINDOW_BITS - JUDGED_BEHIND
/** How far before the first packet of a stream its very first may come in. */
const BEFORE_FIRST_MAX: i32 = 64
/** Extended numbers stay below this: then so many are taken off, and counted as expected before. */
const EXTENDED_MAX: i32 = 1 << 30
const TAKEN_OFF: i32 = 1 << 29

/** Begins a stream, or a new sequence of it, at this sequence number. */
export function beginSequence(record: usize, seq: i32): void {
  // Room below, for packets that come in before the first.
  const extended = seq + 0x10000
  setWord(record, BASE_SEQ, extended)
  setWord(record, HIGH_SEQ, extended)
  setWord(record, JUDGED_SEQ, extended - 1)
  setWord(record, BAD_SEQ, -1)
  clearWindow(record)
  setBit(record, SEEN_BITS, extended)
}

/**
 * Takes a packet's sequence number and says its place. Of a jump far ahead only whoever knows the
 * time can say whether the packets between were lost or the sender began anew.
 */
export function placeOf(record: usize, seq: i32): i32 {
  if (word(record, HIGH_SEQ) > EXTENDED_MAX) takeOff(record)
  const high = word(record, HIGH_SEQ)
  const ahead = (seq - high) & 0xffff
  if (ahead === 1) {
    const next = high + 1
    setWord(record, HIGH_SEQ, next)
    if (next - word(record, JUDGED_SEQ) > JUDGED_BEHIND) judgeUntil(record, next - JUDGED_BEHIND)
    setBit(record, SEEN_BITS, next)
    clearBit(record, PLAYED_BITS, next)
    return 1
  }
  if (ahead === 0) return again(record)
  if (ahead <= DROPOUT_MAX) return acceptAhead(record, seq)
  if (ahead < 0x8000) return PLACE_FAR_AHEAD
  if (0x10000 - ahead <= MISORDER_MAX) return comeLate(record, high - (0x10000 - ahead))
  return refuseAhead(record, seq)
}

/** Takes a sequence number far ahead: what lies between was lost. Gives how far it is ahead. */
export function acceptAhead(record: usize, seq: i32): i32 {
  const high = word(record, HIGH_SEQ)
  const ahead = (seq - high) & 0xffff
  goAhead(record, high, ahead)
  return ahead
}

/** Takes a sequence number far off for a stray, and for a restart when the next one follows it. */
export function refuseAhead(record: usize, seq: i32): i32 {
  if (word(record, BAD_SEQ) === seq) {
    addWord(record, STRAYS, -1)
    return restart(record, (seq - 1) & 0xffff)
  }
  setWord(record, BAD_SEQ, (seq + 1) & 0xffff)
  addWord(record, STRAYS, 1)
  return PLACE_STRAY
}

/** Marks the packet of this sequence number as one that came in time to be played. */
export function markPlayed(record: usize, seq: i32): void {
  const high = word(record, HIGH_SEQ)
  const extended = high - ((high - seq) & 0xffff)
  if (extended > word(record, JUDGED_SEQ)) setBit(record, PLAYED_BITS, extended)
}

/** Sequence numbers from the first packet to the highest, over all sequences of the stream. */
export function expectedOf(record: usize): f64 {
  const span = word(record, HIGH_SEQ) - word(record, BASE_SEQ) + 1
  return double(record, EXPECTED_BEFORE) + <f64>span
}

/** Keeps the extended numbers of an endless stream within 32 bits. */
function takeOff(record: usize): void {
  addWord(record, HIGH_SEQ, -TAKEN_OFF)
  addWord(record, JUDGED_SEQ, -TAKEN_OFF)
  setDouble(record, EXPECTED_BEFORE, double(record, EXPECTED_BEFORE) + <f64>TAKEN_OFF)
}

function again(record: usize): i32 {
  addWord(record, DUPLICATES, 1)
  return PLACE_DUPLICATE
}

function goAhead(record: usize, high: i32, ahead: i32): void {
  const next = high + ahead
  if (ahead > WINDOW_BITS / 2) {
    judgeUntil(record, high)
    judgeLost(record, ahead - 1)
    clearWindow(record)
  } else {
    // What is skipped has no bit yet, and may be judged at once: clear those first.
    for (let seq = high + 1; seq < next; seq++) forget(record, seq)
    if (next - word(record, JUDGED_SEQ) > JUDGED_BEHIND) judgeUntil(record, next - JUDGED_BEHIND)
    clearBit(record, PLAYED_BITS, next)
  }
  setBit(record, SEEN_BITS, next)
  setWord(record, HIGH_SEQ, next)
}

function comeLate(record: usize, extended: i32): i32 {
  const base = word(record, BASE_SEQ)
  if (extended < base) {
    if (base - extended > BEFORE_FIRST_MAX) return again(record)
    for (let seq = base - 1; seq > extended; seq--) forget(record, seq)
    forget(record, extended)
    setWord(record, BASE_SEQ, extended)
    if (word(record, JUDGED_SEQ) === base - 1) setWord(record, JUDGED_SEQ, extended - 1)
  }
  if (hasBit(record, SEEN_BITS, extended)) return again(record)
  setBit(record, SEEN_BITS, extended)
  addWord(record, REORDERED, 1)
  return PLACE_LATE
}

function restart(record: usize, firstSeq: i32): i32 {
  judgeUntil(record, word(record, HIGH_SEQ))
  endJudging(record)
  setDouble(record, EXPECTED_BEFORE, expectedOf(record))
  addWord(record, RESTARTS, 1)
  beginSequence(record, firstSeq)
  addWord(record, HIGH_SEQ, 1)
  setBit(record, SEEN_BITS, word(record, HIGH_SEQ))
  return PLACE_RESTART
}
