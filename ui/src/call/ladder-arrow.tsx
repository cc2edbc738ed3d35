// One message of the ladder: its times, its leg's colour, its arrow and its label.
import { formatEnd } from '../paint/ladder-columns.ts'
import { BREAK_HEIGHT, isLost, ROW_HEIGHT } from '../paint/ladder-layout.ts'
import type { LadderRow } from '../paint/ladder-layout.ts'
import { formatDeltaUs, formatSecondsUs } from '../text/quantity.ts'
import { formatTimeExact } from '../text/time.ts'
import { visible } from '../text/visible.ts'
import { useZone } from '../text/zone.tsx'
import { LEG_COLOURS } from './leg-legend.tsx'

/** The arrow's line, from the top of its row. */
const LINE_Y = 21
const TEXT_Y = 15
const POINT = 7

interface LadderArrowProps {
  readonly row: LadderRow
  readonly index: number
  readonly count: number
  readonly width: number
  /** Leaves out the time since the row above. */
  readonly isCompact: boolean
  readonly isSelected: boolean
  readonly onSelect: (key: string) => void
}

/** The element id of a row, for `aria-activedescendant`. */
export function optionId(index: number): string {
  return `message-${index}`
}

/** One row of the ladder. */
export function LadderArrow(props: LadderArrowProps) {
  const { row, index, count, width, isCompact, isSelected, onSelect } = props
  const { zone } = useZone()
  const { message } = row
  const repeat = message.isRetransmission ? ', retransmission' : ''
  const lost = isLost(message) ? ', bytes lost' : ''
  const from = formatEnd(message.src, message.srcPort)
  const route = `from ${from} to ${formatEnd(message.dst, message.dstPort)}`
  const label = visible(row.label)
  const classes = ['rung', `paint-${row.paint}`, `leg-${row.legIndex % LEG_COLOURS}`]
  if (isSelected) classes.push('is-selected')
  if (message.isRetransmission) classes.push('is-repeat')
  return (
    <g
      id={optionId(index)}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an option cannot be drawn
      role="option"
      aria-selected={isSelected}
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-label={`${label}${repeat}${lost}, ${route}`}
      className={classes.join(' ')}
      transform={`translate(0 ${row.y})`}
      onClick={() => onSelect(row.key)}
    >
      <title>{`${formatTimeExact(message.tUs, zone)}\n${visible(message.startLine)}\n${route}${repeat}${lost}`}</title>
      {row.isAfterBreak && <Break row={row} width={width} isCompact={isCompact} />}
      <rect className="rung-ground" width={width} height={ROW_HEIGHT} />
      <rect className="leg-band" width={4} height={ROW_HEIGHT} />
      <text className="rung-time" x={104} y={TEXT_Y + 4} textAnchor="end">
        {formatSecondsUs(row.offsetUs)}
      </text>
      <text className="rung-delta" x={176} y={TEXT_Y + 4} textAnchor="end">
        {row.deltaUs === null || isCompact ? '' : formatDeltaUs(row.deltaUs)}
      </text>
      {row.isLoop ? <Loop x={row.fromX} /> : <Arrow fromX={row.fromX} toX={row.toX} />}
      <text
        className="rung-label"
        x={row.labelX}
        y={row.isLoop ? TEXT_Y + 4 : TEXT_Y}
        textAnchor="middle"
      >
        {label}
      </text>
    </g>
  )
}

function Arrow({ fromX, toX }: { fromX: number; toX: number }) {
  const back = toX > fromX ? -POINT : POINT
  return (
    <>
      <line className="shaft" x1={fromX} x2={toX + back} y1={LINE_Y} y2={LINE_Y} />
      <path className="point" d={`M${toX} ${LINE_Y}l${back} ${-POINT / 2 - 1}v${POINT + 2}z`} />
    </>
  )
}

/** A message that a participant sent to itself. */
function Loop({ x }: { x: number }) {
  return (
    <>
      <path className="shaft" d={`M${x} 7h34v${LINE_Y - 7}h-${34 - POINT}`} />
      <path className="point" d={`M${x} ${LINE_Y}l${POINT} ${-POINT / 2 - 1}v${POINT + 2}z`} />
    </>
  )
}

/** A long silence, so that the eye does not take two minutes for two milliseconds. */
function Break(props: { row: LadderRow; width: number; isCompact: boolean }) {
  const { row, width, isCompact } = props
  const middle = -BREAK_HEIGHT / 2
  return (
    <g className="silence">
      <rect x={0} y={-BREAK_HEIGHT} width={width} height={BREAK_HEIGHT} />
      <text x={isCompact ? 104 : 176} y={middle + 4} textAnchor="end">
        {formatDeltaUs(row.deltaUs ?? 0)}
        {isCompact ? '' : ' of silence'}
      </text>
    </g>
  )
}
