// A packet's sequence number in, its place in the stream out: next, ahead, late, again, or astray.
// Follows the state of RFC 3550 A.1 and keeps, beside it, one bit for each of the latest numbers,
// so that a second copy is told from a late packet.
import { endJudging, JUDGED_BEHIND, judgeLost, judgeUntil } from './loss-judge.ts'
import {
  BAD_SEQ,
  BASE_SEQ,
  DUPLICATES,
  EXPECTED_BEFORE,
  HIGH_SEQ,
  JUDGED_SEQ,
  PACKETS,
  PLAYED_BITS,
  REORDERED,
  RESTARTS,
  SEEN_BITS,
  STRAYS,
  WINDOW_BITS,
} from './open-streams.ts'

/** A packet's place. Above zero: by so many it is ahead of the highest before it. */
export const PLACE_DUPLICATE = 0
/** After one with a higher sequence number. */
export const PLACE_LATE = -1
/** Far off the sequence: nobody knows yet whether the sender began anew. */
export const PLACE_STRAY = -2
/** The second packet of a new sequence: the sender began anew. */
export const PLACE_RESTART = -3
/** Nothing was done yet: `acceptAhead` or `refuseAhead` must follow. */
export const PLACE_FAR_AHEAD = -4

/** A jump further ahead needs a second look (MAX_DROPOUT of RFC 3550 A.1). */
const DROPOUT_MAX = 3000
/** How far behind the highest a packet may be: what the window remembers. */
const MISORDER_MAX = WINDOW_BITS - JUDGED_BEHIND
/** How far before the first packet of a stream its very first may come in. */
const BEFORE_FIRST_MAX = 64
/** Extended numbers stay below this: then so many are taken off, and counted as expected before. */
const EXTENDED_MAX = 2 ** 30
const TAKEN_OFF = 2 ** 29

/** Begins a stream, or a new sequence of it, at this sequence number. */
export function beginSequence(words: Int32Array, w: number, seq: number): void {
  // Room below, for packets that come in before the first.
  const extended = seq + 0x10000
  words[w + BASE_SEQ] = extended
  words[w + HIGH_SEQ] = extended
  words[w + JUDGED_SEQ] = extended - 1
  words[w + BAD_SEQ] = -1
  words.fill(0, w + SEEN_BITS, w + SEEN_BITS + (WINDOW_BITS / 32) * 2)
  setBit(words, w + SEEN_BITS, extended)
}

/**
 * Takes a packet's sequence number and says its place. Of a jump far ahead only whoever knows the
 * time can say whether the packets between were lost or the sender began anew.
 */
export function placeOf(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  seq: number,
): number {
  if ((words[w + HIGH_SEQ] as number) > EXTENDED_MAX) takeOff(words, doubles, w, d)
  const high = words[w + HIGH_SEQ] as number
  const ahead = (seq - high) & 0xffff
  if (ahead === 1) {
    const next = high + 1
    words[w + HIGH_SEQ] = next
    if (next - (words[w + JUDGED_SEQ] as number) > JUDGED_BEHIND) {
      judgeUntil(words, w, next - JUDGED_BEHIND)
    }
    setBit(words, w + SEEN_BITS, next)
    clearBit(words, w + PLAYED_BITS, next)
    return 1
  }
  if (ahead === 0) return again(words, w)
  if (ahead <= DROPOUT_MAX) return acceptAhead(words, w, seq)
  if (ahead < 0x8000) return PLACE_FAR_AHEAD
  if (0x10000 - ahead <= MISORDER_MAX) return comeLate(words, w, high - (0x10000 - ahead))
  return refuseAhead(words, doubles, w, d, seq)
}

/** Takes a sequence number far ahead: what lies between was lost. Gives how far it is ahead. */
export function acceptAhead(words: Int32Array, w: number, seq: number): number {
  const high = words[w + HIGH_SEQ] as number
  const ahead = (seq - high) & 0xffff
  goAhead(words, w, high, ahead)
  return ahead
}

/** Takes a sequence number far off for a stray, and for a restart when the next one follows it. */
export function refuseAhead(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  seq: number,
): number {
  if (words[w + BAD_SEQ] === seq) {
    words[w + STRAYS] = (words[w + STRAYS] as number) - 1
    return restart(words, doubles, w, d, (seq - 1) & 0xffff)
  }
  words[w + BAD_SEQ] = (seq + 1) & 0xffff
  words[w + STRAYS] = (words[w + STRAYS] as number) + 1
  return PLACE_STRAY
}

/** Marks the packet of this place and sequence number as one that came in time to be played. */
export function markPlayed(words: Int32Array, w: number, seq: number): void {
  const high = words[w + HIGH_SEQ] as number
  const extended = high - ((high - seq) & 0xffff)
  if (extended > (words[w + JUDGED_SEQ] as number)) setBit(words, w + PLAYED_BITS, extended)
}

/** Sequence numbers from the first packet to the highest, over all sequences of the stream. */
export function expectedOf(words: Int32Array, doubles: Float64Array, w: number, d: number): number {
  const span = (words[w + HIGH_SEQ] as number) - (words[w + BASE_SEQ] as number) + 1
  return (doubles[d + EXPECTED_BEFORE] as number) + span
}

/** Expected less distinct sequence numbers. */
export function lostOf(words: Int32Array, doubles: Float64Array, w: number, d: number): number {
  const distinct =
    (words[w + PACKETS] as number) -
    (words[w + DUPLICATES] as number) -
    (words[w + STRAYS] as number)
  return Math.max(0, expectedOf(words, doubles, w, d) - distinct)
}

/** Keeps the extended numbers of an endless stream within 32 bits. */
function takeOff(words: Int32Array, doubles: Float64Array, w: number, d: number): void {
  words[w + HIGH_SEQ] = (words[w + HIGH_SEQ] as number) - TAKEN_OFF
  words[w + JUDGED_SEQ] = (words[w + JUDGED_SEQ] as number) - TAKEN_OFF
  doubles[d + EXPECTED_BEFORE] = (doubles[d + EXPECTED_BEFORE] as number) + TAKEN_OFF
}

function again(words: Int32Array, w: number): number {
  words[w + DUPLICATES] = (words[w + DUPLICATES] as number) + 1
  return PLACE_DUPLICATE
}

function goAhead(words: Int32Array, w: number, high: number, ahead: number): void {
  const next = high + ahead
  if (ahead > WINDOW_BITS / 2) {
    judgeUntil(words, w, high)
    judgeLost(words, w, ahead - 1)
    words.fill(0, w + SEEN_BITS, w + SEEN_BITS + (WINDOW_BITS / 32) * 2)
  } else {
    if (next - (words[w + JUDGED_SEQ] as number) > JUDGED_BEHIND) {
      // What is skipped and judged at once has no bit yet: clear those first.
      for (let seq = high + 1; seq < next; seq++) forget(words, w, seq)
      judgeUntil(words, w, next - JUDGED_BEHIND)
    } else for (let seq = high + 1; seq < next; seq++) forget(words, w, seq)
    clearBit(words, w + PLAYED_BITS, next)
  }
  setBit(words, w + SEEN_BITS, next)
  words[w + HIGH_SEQ] = next
}

function comeLate(words: Int32Array, w: number, extended: number): number {
  const base = words[w + BASE_SEQ] as number
  if (extended < base) {
    if (base - extended > BEFORE_FIRST_MAX) return again(words, w)
    for (let seq = base - 1; seq > extended; seq--) forget(words, w, seq)
    forget(words, w, extended)
    words[w + BASE_SEQ] = extended
    if (words[w + JUDGED_SEQ] === base - 1) words[w + JUDGED_SEQ] = extended - 1
  }
  if (hasBit(words, w + SEEN_BITS, extended)) return again(words, w)
  setBit(words, w + SEEN_BITS, extended)
  words[w + REORDERED] = (words[w + REORDERED] as number) + 1
  return PLACE_LATE
}

function restart(
  words: Int32Array,
  doubles: Float64Array,
  w: number,
  d: number,
  firstSeq: number,
): number {
  judgeUntil(words, w, words[w + HIGH_SEQ] as number)
  endJudging(words, w)
  doubles[d + EXPECTED_BEFORE] = expectedOf(words, doubles, w, d)
  words[w + RESTARTS] = (words[w + RESTARTS] as number) + 1
  beginSequence(words, w, firstSeq)
  words[w + HIGH_SEQ] = (words[w + HIGH_SEQ] as number) + 1
  setBit(words, w + SEEN_BITS, words[w + HIGH_SEQ] as number)
  return PLACE_RESTART
}

function forget(words: Int32Array, w: number, extended: number): void {
  clearBit(words, w + SEEN_BITS, extended)
  clearBit(words, w + PLAYED_BITS, extended)
}

function setBit(words: Int32Array, at: number, extended: number): void {
  const bit = extended & (WINDOW_BITS - 1)
  const word = at + (bit >> 5)
  words[word] = (words[word] as number) | (1 << (bit & 31))
}

function clearBit(words: Int32Array, at: number, extended: number): void {
  const bit = extended & (WINDOW_BITS - 1)
  const word = at + (bit >> 5)
  words[word] = (words[word] as number) & ~(1 << (bit & 31))
}

function hasBit(words: Int32Array, at: number, extended: number): boolean {
  const bit = extended & (WINDOW_BITS - 1)
  return ((words[at + (bit >> 5)] as number) & (1 << (bit & 31))) !== 0
}
