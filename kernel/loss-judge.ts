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
} from '../src/rtp/stream-fields'
import { addWord, setWord, word } from './record'
import { hasBit } from './window'

/** Packets played in a row that end a burst: the value that RFC 3611 §4.7.2 recommends. */
const GMIN: i32 = 16
/** How far behind the highest sequence number a packet may still come and be played. */
export const JUDGED_BEHIND: i32 = 64

/** Judges every sequence number up to `until`, which lies within the window. */
export function judgeUntil(record: usize, until: i32): void {
  for (let seq = word(record, JUDGED_SEQ) + 1; seq <= until; seq++) {
    if (hasBit(record, PLAYED_BITS, seq)) played(record)
    else notPlayed(record, 1)
  }
  setWord(record, JUDGED_SEQ, until)
}

/** Judges `count` sequence numbers as lost, without a look at each. */
export function judgeLost(record: usize, count: i32): void {
  notPlayed(record, count)
  addWord(record, JUDGED_SEQ, count)
}

/** Ends the stream, or what of it can be told by sequence number: nothing more will fill a hole. */
export function endJudging(record: usize): void {
  endRun(record)
  endGroup(record)
}

function played(record: usize): void {
  addWord(record, JUDGED, 1)
  addWord(record, PLAYED_SINCE, 1)
  if (word(record, RUN_LENGTH) !== 0) endRun(record)
}

function notPlayed(record: usize, count: i32): void {
  addWord(record, JUDGED, count)
  addWord(record, NOT_PLAYED, count)
  addWord(record, RUN_LENGTH, count)
  const since = word(record, PLAYED_SINCE)
  setWord(record, PLAYED_SINCE, 0)
  if (since >= GMIN) endGroup(record)
  const isFirst = word(record, GROUP_LOST) === 0
  addWord(record, GROUP_LOST, count)
  addWord(record, GROUP_LENGTH, count + (isFirst ? 0 : since))
}

function endRun(record: usize): void {
  const length = word(record, RUN_LENGTH)
  if (length === 0) return
  addWord(record, RUNS, 1)
  if (length > word(record, RUN_MAX)) setWord(record, RUN_MAX, length)
  setWord(record, RUN_LENGTH, 0)
}

function endGroup(record: usize): void {
  const lost = word(record, GROUP_LOST)
  if (lost === 1) addWord(record, GAP_LOST, 1)
  else if (lost > 1) {
    addWord(record, BURSTS, 1)
    addWord(record, BURST_LOST, lost)
    addWord(record, BURST_LENGTH, word(record, GROUP_LENGTH))
  }
  setWord(record, GROUP_LOST, 0)
  setWord(record, GROUP_LENGTH, 0)
}
