// The call list as a table of which only the rows in sight exist. Scrolling near its end asks for
// more; arrow keys move between rows, Enter opens one.
import { FlexRender, useTable } from '@tanstack/react-table'
import type { Row } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { KeyboardEvent, MouseEvent, RefObject } from 'react'
import type { Call } from '../../../src/calls/leg.ts'
import { callPath } from '../route/pages.ts'
import { navigate } from '../route/route.ts'
import { columns, features } from './call-columns.tsx'
import { lastOpened, rememberedTop, rememberOpened, rememberTop } from './remembered-scroll.ts'
import { useRowHeight } from './use-row-height.ts'

interface CallTableProps {
  readonly calls: readonly Call[]
  /** Tells one search's list from another's. */
  readonly name: string
  /** The calls of the search before, while those of this one are on their way. */
  readonly isOld: boolean
  readonly hasMore: boolean
  readonly onNearEnd: () => void
  readonly onTopChange: (isAtTop: boolean) => void
}

/** The table of calls. */
export function CallTable(props: CallTableProps) {
  const { calls, name, isOld, hasMore, onNearEnd, onTopChange } = props
  const scroller = useRef<HTMLDivElement>(null)
  const rowHeight = useRowHeight()
  const [firstTop] = useState(() => rememberedTop(name))
  const table = useTable({ features, columns, data: calls, getRowId: (call) => call.callKey })
  const { rows } = table.getRowModel()
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes here
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    initialOffset: firstTop,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const lastIndex = items.at(-1)?.index ?? 0
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight])
  useEffect(() => onTopChange(firstTop < rowHeight), [firstTop, rowHeight, onTopChange])
  useEffect(() => {
    if (hasMore && lastIndex >= rows.length - 25) onNearEnd()
  }, [hasMore, lastIndex, rows.length, onNearEnd])
  useFocusOnReturn(scroller)
  const remember = (top: number) => {
    rememberTop(name, top)
    onTopChange(top < rowHeight)
  }
  return (
    <div
      ref={scroller}
      className={isOld ? 'calls-scroll is-old' : 'calls-scroll'}
      onScroll={(event) => remember(event.currentTarget.scrollTop)}
    >
      <table aria-label="Calls" aria-rowcount={rows.length + 1} className="calls">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} aria-rowindex={1} className="calls-head calls-row">
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className={`cell cell-${header.id}`}>
                  <FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody className="calls-body" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            return <CallRow key={row.id} row={row} index={item.index} top={item.start} />
          })}
        </tbody>
      </table>
    </div>
  )
}

function CallRow(props: { row: Row<typeof features, Call>; index: number; top: number }) {
  const { row, index, top } = props
  const open = (event: MouseEvent) => {
    rememberOpened(row.original.callKey)
    // Text that was just marked, or a click on the link itself, is not a wish to open the row.
    const isLink = event.target instanceof Element && event.target.closest('a') !== null
    if (isLink || event.defaultPrevented || getSelection()?.isCollapsed === false) return
    navigate(callPath(row.original.callKey))
  }
  return (
    <tr
      aria-rowindex={index + 2}
      className="calls-row calls-item"
      style={{ transform: `translateY(${top}px)` }}
      onClick={open}
      onKeyDown={moveFocus}
    >
      {row.getAllCells().map((cell) => (
        <td key={cell.id} className={`cell cell-${cell.column.id}`}>
          <FlexRender cell={cell} />
        </td>
      ))}
    </tr>
  )
}

/** Whoever comes back from a call goes on at its row, and not at the top of the page. */
function useFocusOnReturn(list: RefObject<HTMLElement | null>): void {
  const isDone = useRef(false)
  // After the first drawing that has rows; never away from what is chosen already.
  useEffect(() => {
    const links = list.current?.querySelectorAll('a') ?? []
    if (isDone.current || links.length === 0) return
    isDone.current = true
    if (document.activeElement !== document.body) return
    const path = callPath(lastOpened())
    const link = Array.from(links).find((one) => one.getAttribute('href') === path)
    link?.focus({ preventScroll: true })
  })
}

/** Arrow keys go to the link of the row above or below. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const rowIndex = Number(event.currentTarget.getAttribute('aria-rowindex'))
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  const selector = `[aria-rowindex="${rowIndex + step}"] a`
  event.currentTarget.parentElement?.querySelector<HTMLElement>(selector)?.focus()
}
