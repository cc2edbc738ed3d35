// Draws the ladder that ladder-layout.ts laid out: participants on top, an arrow a message. Only
// rows in sight are in the document, so that a call of thousands of messages scrolls like a small
// one.
import { useEffect, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { ROW_HEIGHT, rowsInWindow } from '../paint/ladder-layout.ts'
import type { LadderRow, LadderScene } from '../paint/ladder-layout.ts'
import { LadderArrow, optionId } from './ladder-arrow.tsx'
import { LadderHeads } from './ladder-heads.tsx'

/** Rows drawn beyond the window, so that fast scrolling shows no white. */
const SPARE = 10 * ROW_HEIGHT

interface LadderProps {
  readonly scene: LadderScene
  readonly selectedKey: string | null
  readonly onSelect: (key: string | null) => void
}

/** The ladder. Arrow keys, Page, Home and End move the selection; Escape ends it. */
export function Ladder({ scene, selectedKey, onSelect }: LadderProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [window, setWindow] = useState({ top: 0, bottom: 1000 })
  const look = () => {
    const { scrollTop = 0, clientHeight = 1000 } = scroller.current ?? {}
    setWindow({ top: scrollTop - SPARE, bottom: scrollTop + clientHeight + SPARE })
  }
  useEffect(look, [scene])
  // The arrow keys are for the ladder from the start.
  useEffect(() => scroller.current?.focus({ preventScroll: true }), [])
  const { rows } = scene
  const selectedIndex = rows.findIndex((row) => row.key === selectedKey)
  useEffect(() => {
    const row = rows[selectedIndex]
    if (row !== undefined && scroller.current !== null) bringIntoSight(scroller.current, row)
  }, [rows, selectedIndex])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onSelect(null)
    const next = nextIndex(event.key, selectedIndex, rows.length)
    if (next === undefined) return
    event.preventDefault()
    onSelect(rows[next]?.key ?? null)
  }
  const { first, end } = rowsInWindow(rows, window)
  return (
    <div
      ref={scroller}
      className="ladder"
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a select cannot hold a drawing
      role="listbox"
      tabIndex={0}
      aria-label="Messages, oldest first"
      aria-activedescendant={selectedIndex < 0 ? undefined : optionId(selectedIndex)}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <LadderHeads scene={scene} />
      <svg width={scene.width} height={scene.height} className="ladder-lines" role="presentation">
        {scene.columns.map(({ key, x }) => (
          <line key={key} className="lifeline" x1={x} x2={x} y1={0} y2={scene.height} />
        ))}
        {rows.slice(first, end).map((row, offset) => (
          <LadderArrow
            key={row.key}
            row={row}
            index={first + offset}
            count={rows.length}
            width={scene.width}
            isCompact={scene.isCompact}
            isSelected={row.key === selectedKey}
            onSelect={onSelect}
          />
        ))}
      </svg>
    </div>
  )
}

/** Where a key moves the selection to; undefined for keys that move nothing. */
function nextIndex(key: string, index: number, count: number): number | undefined {
  const page = 15
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index < 0 ? 0 : index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  }
  const next = Object.hasOwn(moves, key) ? moves[key] : undefined
  return next === undefined ? undefined : Math.max(0, Math.min(next, count - 1))
}

/** Scrolls just as far as needed; the names on top cover a part of the window. */
function bringIntoSight(scroller: HTMLElement, row: LadderRow): void {
  const heads = scroller.querySelector<HTMLElement>('.ladder-heads')?.offsetHeight ?? 0
  const top = row.y - ROW_HEIGHT
  const bottom = row.y + 2 * ROW_HEIGHT + heads - scroller.clientHeight
  if (scroller.scrollTop > top) scroller.scrollTop = top
  else if (scroller.scrollTop < bottom) scroller.scrollTop = bottom
  const left = Math.min(row.fromX, row.toX) - ROW_HEIGHT
  const right = Math.max(row.fromX, row.toX) + ROW_HEIGHT
  const { scrollLeft, clientWidth } = scroller
  // No further than its right end wants: the times stand at the left.
  if (scrollLeft > left || scrollLeft + clientWidth < right)
    scroller.scrollLeft = right - clientWidth
}
