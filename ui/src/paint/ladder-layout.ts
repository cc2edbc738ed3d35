// The messages of a call in, a scene out: where each column, arrow and word of the ladder stands,
// as plain JSON. Knows no browser and no colours; the component on top only draws what it says.
import type { LadderMessage } from '../api/types.ts'
import { columnsOf } from './ladder-columns.ts'
import type { LadderColumn, PortsMode } from './ladder-columns.ts'

/** What decides the colour of an arrow. */
export type ArrowPaint = 'request' | 'provisional' | 'success' | 'redirect' | 'failure'

/** One message. Positions are pixels from the scene's corner. */
export interface LadderRow {
  readonly key: string
  readonly message: LadderMessage
  /** Place of the message's leg among the legs of the call, for its colour. */
  readonly legIndex: number
  readonly y: number
  /** From the first message of the call. */
  readonly offsetUs: number
  /** From the row above; null for the first. */
  readonly deltaUs: number | null
  /** True when the silence before this row is long enough to be drawn as a break above it. */
  readonly isAfterBreak: boolean
  readonly fromX: number
  readonly toX: number
  /** Both ends stand in one column. */
  readonly isLoop: boolean
  readonly label: string
  /** Middle of the label, moved so that the whole label lies inside the scene. */
  readonly labelX: number
  readonly paint: ArrowPaint
}

/** Everything that the ladder draws. */
export interface LadderScene {
  /** Room for a participant's name above its column. */
  readonly headWidth: number
  /** Too little room for the times since the row above. */
  readonly isCompact: boolean
  readonly width: number
  readonly height: number
  readonly columns: readonly LadderColumn[]
  readonly rows: readonly LadderRow[]
}

export interface LadderOptions {
  /** Leg keys in the order of their colours; messages of other legs are left out. */
  readonly legKeys: readonly string[]
  readonly hiddenLegKeys: ReadonlySet<string>
  readonly ports: PortsMode
  /** Names of participants by `address:port`. */
  readonly names: ReadonlyMap<string, string>
  /** Room to fill; the scene grows wider when the columns need it. */
  readonly widthMin: number
}

/** Height of a message's row, and of the break drawn for a long silence. */
export const ROW_HEIGHT = 30
export const BREAK_HEIGHT = 22
/** A silence of this length is drawn as a break. */
const BREAK_US = 2_000_000

/** Widths of the times, of the narrowest column, and left and right of the columns. */
const ROOMY = { times: 196, column: 168, margin: 92 }
/** The same on a phone, or beside an open message on a small screen. */
const COMPACT = { times: 108, column: 132, margin: 72 }
const COMPACT_WIDTH_MAX = 640
type Widths = typeof ROOMY
/** Width of an average character of a label; good enough to keep labels inside. */
const CHARACTER_WIDTH = 6.8
const LOOP_WIDTH = 44

/** Lays out the ladder. Messages come in the house's order and keep it. */
export function layOutLadder(
  messages: readonly LadderMessage[],
  options: LadderOptions,
): LadderScene {
  const legIndexes = new Map(options.legKeys.map((legKey, index) => [legKey, index]))
  const shown = messages.filter(
    ({ legKey }) => legIndexes.has(legKey) && !options.hiddenLegKeys.has(legKey),
  )
  const { columns, indexOf } = columnsOf(shown, options)
  const isCompact = options.widthMin < COMPACT_WIDTH_MAX
  const widths = isCompact ? COMPACT : ROOMY
  const width = sceneWidth(columns.length, widths, options.widthMin)
  const xOf = columnPositions(columns.length, widths, width)
  const zeroUs = messages[0]?.tUs ?? 0
  const rows: LadderRow[] = []
  let y = 0
  let previousUs: number | null = null
  for (const message of shown) {
    const deltaUs: number | null = previousUs === null ? null : message.tUs - previousUs
    const isAfterBreak = deltaUs !== null && deltaUs >= BREAK_US
    if (isAfterBreak) y += BREAK_HEIGHT
    const fromX = xOf(indexOf(message.src, message.srcPort))
    const toX = xOf(indexOf(message.dst, message.dstPort))
    const label = labelOf(message)
    rows.push({
      key: `${message.legKey}/${message.messageId}`,
      message,
      legIndex: legIndexes.get(message.legKey) ?? 0,
      y,
      offsetUs: message.tUs - zeroUs,
      deltaUs,
      isAfterBreak,
      fromX,
      toX,
      isLoop: fromX === toX,
      label,
      labelX: labelMiddle({ fromX, toX, label, left: widths.times, right: width }),
      paint: paintOf(message.status),
    })
    y += ROW_HEIGHT
    previousUs = message.tUs
  }
  const placed = columns.map((column, index) => ({ ...column, x: xOf(index) }))
  const height = Math.max(y, ROW_HEIGHT)
  // Wider, and the first name would cover the words above the times, the last one be cut off.
  const headWidthMax = 2 * widths.margin
  const step = columns.length < 2 ? headWidthMax : xOf(1) - xOf(0)
  const headWidth = Math.min(step - 4, headWidthMax)
  return { headWidth, isCompact, width, height, columns: placed, rows }
}

/** Rows that touch the window from `top` to `bottom`: first index, and one past the last. */
export function rowsInWindow(
  rows: readonly LadderRow[],
  window: { top: number; bottom: number },
): { first: number; end: number } {
  return {
    first: firstRow(rows, (row) => row.y + ROW_HEIGHT > window.top),
    end: firstRow(rows, (row) => row.y - BREAK_HEIGHT >= window.bottom),
  }
}

/** Whether only the index tells of a message: its day was dropped, or its block is damaged. */
export function isLost({ byteLength }: LadderMessage): boolean {
  return byteLength === 0
}

/** `INVITE (SDP)`, `180 Ringing`, `200 OK (BYE)`. */
export function labelOf(message: LadderMessage): string {
  const sdp = message.hasSdp ? ' (SDP)' : ''
  if (message.status === null) return `${message.method}${sdp}`
  const reason = /^SIP\/2\.0\s+\d+\s*(.*)$/i.exec(message.startLine)?.[1] ?? ''
  // For an INVITE the method goes without saying; elsewhere it tells what was answered.
  const method = message.method === 'INVITE' ? '' : ` (${message.method})`
  return cut(`${message.status} ${reason}`.trimEnd(), 48) + method + sdp
}

function paintOf(status: number | null): ArrowPaint {
  if (status === null) return 'request'
  if (status < 200) return 'provisional'
  if (status < 300) return 'success'
  return status < 400 ? 'redirect' : 'failure'
}

function sceneWidth(columnCount: number, widths: Widths, widthMin: number): number {
  const { times, column, margin } = widths
  const needed = times + 2 * margin + Math.max(0, columnCount - 1) * column
  return Math.max(widthMin, needed)
}

/** Columns share the room evenly; one alone stands in the middle. */
function columnPositions(
  columnCount: number,
  { times, column, margin }: Widths,
  width: number,
): (index: number) => number {
  const left = times + margin
  const room = width - margin - left
  if (columnCount < 2) return () => Math.round(left + room / 2)
  // Far apart columns make the eye wander: beyond this the rest of the room stays empty.
  const step = Math.min(room / (columnCount - 1), column * 2)
  return (index) => Math.round(left + index * step)
}

function labelMiddle(arrow: {
  fromX: number
  toX: number
  label: string
  left: number
  right: number
}): number {
  const half = (arrow.label.length * CHARACTER_WIDTH) / 2 + 4
  // A loop's label stands to the right of its bow.
  const wanted =
    arrow.fromX === arrow.toX ? arrow.fromX + LOOP_WIDTH + half : (arrow.fromX + arrow.toX) / 2
  return Math.max(arrow.left + half, Math.min(wanted, arrow.right - half))
}

function cut(text: string, charactersMax: number): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax - 1)}…` : text
}

/** Index of the first row for which `holds`; it must hold for all rows after that. */
function firstRow(rows: readonly LadderRow[], holds: (row: LadderRow) => boolean): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (row === undefined || holds(row)) high = middle
    else low = middle + 1
  }
  return low
}
