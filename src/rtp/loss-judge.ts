// Sequence numbers that are past in, bursts and runs of loss out. A packet counts as not played
// when it never came or came too late; that is judged only when the sequence has gone on by
// JUDGED_BEHIND, so that a late packet can still fill its hole.
//
// A burst begins and ends with a loss and has fewer than GMIN packets played between two losses;
// a loss by itself belongs to the gap (RFC 3611 §4.7.2).
import {
  BURST_LENGTH,
  BURST_LOST,
  BURSTS,
  GAP_LOST,
  GROUP_LENGTH,
  GROUP_LOST,
  JUDGED,
  JUDGED_SEQ,
  NOT_PLAYED,
  PLAYED_BITS,
  PLAYED_SINCE,
  RUN_LENGTH,
  RUN_MAX,
  RUNS,
  WINDOW_BITS,
} from './open-streams.ts'

/** Packets played in a row that end a burst: the value that RFC 3611 §4.7.2 recommends. */
const GMIN = 16
/** How far behind the highest sequence number a packet may still come and be played. */
export const JUDGED_BEHIND = 64

/** Judges every sequence number up to `until`, which lies within the window. */
export function judgeUntil(words: Int32Array, w: number, until: number): void {
  for (let seq = (words[w + JUDGED_SEQ] as number) + 1; seq <= until; seq++) {
    const bit = seq & (WINDOW_BITS - 1)
    if (((words[w + PLAYED_BITS + (bit >> 5)] as number) & (1 << (bit & 31))) !== 0) {
      played(words, w)
    } else notPlayed(words, w, 1)
  }
  words[w + JUDGED_SEQ] = until
}

/** Judges `count` sequence numbers as lost, without a look at each. */
export function judgeLost(words: Int32Array, w: number, count: number): void {
  notPlayed(words, w, count)
  words[w + JUDGED_SEQ] = (words[w + JUDGED_SEQ] as number) + count
}

/** Ends the stream, or what of it can be told by sequence number: nothing more will fill a hole. */
export function endJudging(words: Int32Array, w: number): void {
  endRun(words, w)
  endGroup(words, w)
}

function played(words: Int32Array, w: number): void {
  words[w + JUDGED] = (words[w + JUDGED] as number) + 1
  words[w + PLAYED_SINCE] = (words[w + PLAYED_SINCE] as number) + 1
  if (words[w + RUN_LENGTH] !== 0) endRun(words, w)
}

function notPlayed(words: Int32Array, w: number, count: number): void {
  words[w + JUDGED] = (words[w + JUDGED] as number) + count
  words[w + NOT_PLAYED] = (words[w + NOT_PLAYED] as number) + count
  words[w + RUN_LENGTH] = (words[w + RUN_LENGTH] as number) + count
  const since = words[w + PLAYED_SINCE] as number
  words[w + PLAYED_SINCE] = 0
  if (since >= GMIN) endGroup(words, w)
  const isFirst = words[w + GROUP_LOST] === 0
  words[w + GROUP_LOST] = (words[w + GROUP_LOST] as number) + count
  words[w + GROUP_LENGTH] = (words[w + GROUP_LENGTH] as number) + count + (isFirst ? 0 : since)
}

function endRun(words: Int32Array, w: number): void {
  const length = words[w + RUN_LENGTH] as number
  if (length === 0) return
  words[w + RUNS] = (words[w + RUNS] as number) + 1
  if (length > (words[w + RUN_MAX] as number)) words[w + RUN_MAX] = length
  words[w + RUN_LENGTH] = 0
}

function endGroup(words: Int32Array, w: number): void {
  const lost = words[w + GROUP_LOST] as number
  if (lost === 1) words[w + GAP_LOST] = (words[w + GAP_LOST] as number) + 1
  else if (lost > 1) {
    words[w + BURSTS] = (words[w + BURSTS] as number) + 1
    words[w + BURST_LOST] = (words[w + BURST_LOST] as number) + lost
    words[w + BURST_LENGTH] =
      (words[w + BURST_LENGTH] as number) + (words[w + GROUP_LENGTH] as number)
  }
  words[w + GROUP_LOST] = 0
  words[w + GROUP_LENGTH] = 0
}
