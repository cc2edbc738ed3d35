// Messages in, a ladder of text out: one column for each end, one line for each message.
import type { MessageRow } from '../calls/leg.ts'
import { formatEnd } from '../query/export.ts'
import { printable } from './output.ts'

const TIME_CHARS = 13
const COLUMN_CHARS_MIN = 12
const COLUMN_CHARS_MAX = 40

/** Lines of a ladder in a terminal `width` characters wide; it may need more with many ends. */
export function* drawLadder(
  messages: readonly MessageRow[],
  { width }: { width: number },
): Generator<string> {
  const ends = endsOf(messages)
  if (ends.length === 0) return
  const room = Math.floor((width - TIME_CHARS) / ends.length)
  const column = Math.min(COLUMN_CHARS_MAX, Math.max(COLUMN_CHARS_MIN, room))
  yield ' '.repeat(TIME_CHARS) + ends.map((end) => centred(end, column)).join('')
  const startUs = messages[0]?.tUs ?? 0
  for (const message of messages) {
    const time = `+${((message.tUs - startUs) / 1_000_000).toFixed(6)}`.padStart(TIME_CHARS - 1)
    yield `${time} ${arrowLine(message, ends, column)}`
  }
}

function endsOf(messages: readonly MessageRow[]): string[] {
  const ends = new Set<string>()
  for (const message of messages) {
    ends.add(formatEnd(message.src, message.srcPort))
    ends.add(formatEnd(message.dst, message.dstPort))
  }
  return [...ends]
}

function arrowLine(message: MessageRow, ends: readonly string[], column: number): string {
  const from = ends.indexOf(formatEnd(message.src, message.srcPort))
  const to = ends.indexOf(formatEnd(message.dst, message.dstPort))
  const middle = Math.floor(column / 2)
  const cells: string[] = Array.from({ length: ends.length * column }, (_, at) =>
    at % column === middle ? '│' : ' ',
  )
  const left = Math.min(from, to) * column + middle
  const right = Math.max(from, to) * column + middle
  const label = fit(labelOf(message), right - left - 5)
  if (from === to) return `${cells.join('').trimEnd()} ${label} (to itself)`
  for (let at = left + 1; at < right; at++) cells[at] = message.isRetransmission ? '╌' : '─'
  cells[to > from ? right - 1 : left + 1] = to > from ? '>' : '<'
  const start = left + Math.max(2, Math.floor((right - left - label.length) / 2))
  for (let i = 0; i < label.length; i++) cells[start + i] = label[i] ?? ' '
  return cells.join('').trimEnd()
}

function labelOf({ method, status }: MessageRow): string {
  return printable(status === null ? method || '?' : `${status} ${method}`)
}

function fit(text: string, room: number): string {
  return text.length <= room ? text : text.slice(0, Math.max(1, room))
}

function centred(text: string, column: number): string {
  const shown = text.length < column ? text : `…${text.slice(-(column - 2))}`
  const before = Math.max(0, Math.floor((column - shown.length) / 2))
  return (' '.repeat(before) + shown).padEnd(column)
}
