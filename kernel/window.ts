// Which of the latest sequence numbers were seen, and which came in time to be played: one bit for
// each number in each of two tables, whose words lie by turns (src/rtp/stream-fields.ts).
import { PLAYED_BITS, SEEN_BITS, WINDOW_BITS } from '../src/rtp/stream-fields'
import { setWord, word } from './record'

/** Forgets all numbers, in both tables. */
export function clearWindow(record: usize): void {
  memory.fill(record + ((<usize>SEEN_BITS) << 2), 0, (WINDOW_BITS / 8) * 2)
}

/** Forgets one number, in both tables. */
export function forget(record: usize, seq: i32): void {
  clearBit(record, SEEN_BITS, seq)
  clearBit(record, PLAYED_BITS, seq)
}

export function setBit(record: usize, table: i32, seq: i32): void {
  const field = fieldOf(table, seq)
  setWord(record, field, word(record, field) | bitOf(seq))
}

export function clearBit(record: usize, table: i32, seq: i32): void {
  const field = fieldOf(table, seq)
  setWord(record, field, word(record, field) & ~bitOf(seq))
}

export function hasBit(record: usize, table: i32, seq: i32): bool {
  return (word(record, fieldOf(table, seq)) & bitOf(seq)) !== 0
}

function fieldOf(table: i32, seq: i32): i32 {
  return table + (((seq & (WINDOW_BITS - 1)) >> 5) << 1)
}

function bitOf(seq: i32): i32 {
  return 1 << (seq & 31)
}
