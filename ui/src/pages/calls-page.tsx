// The call list: what is searched for on top, the calls below. The address holds the whole search.
import { useCallback, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { useCounters } from '../api/counters.ts'
import { CallTable } from '../calls/call-table.tsx'
import { EmptyList } from '../calls/empty-list.tsx'
import { rememberedTop } from '../calls/remembered-scroll.ts'
import { LIVE_EVERY_MS, useCallList } from '../calls/use-call-list.ts'
import { Choice } from '../parts/choice.tsx'
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { navigate, usePlace } from '../route/route.ts'
import { RangePicker } from '../search/range-picker.tsx'
import { SearchBox } from '../search/search-box.tsx'
import {
  formatSearch,
  KINDS,
  kindShown,
  parseSearch,
  STATES,
  withKind,
} from '../search/search-state.ts'
import type { Search } from '../search/search-state.ts'
import { countOf, formatCount } from '../text/quantity.ts'

/** The first page that people see. */
export function CallsPage() {
  const place = usePlace()
  const search = parseSearch(place.search)
  const name = formatSearch(search)
  const [isLive, setIsLive] = useState(true)
  const [isAtTop, setIsAtTop] = useState(() => rememberedTop(name) === 0)
  const list = useCallList(search, { isLive, isAtTop })
  useTitle(search.q === '' ? 'Calls' : search.q)
  const { fetchMore, isFetchingMore } = list
  const onNearEnd = useCallback(() => {
    if (!isFetchingMore) void fetchMore()
  }, [fetchMore, isFetchingMore])
  const isEmpty = !list.isFirstLoad && list.calls.length === 0 && list.error === null
  return (
    <div className="calls-page">
      <h1 className="sr-only">Calls</h1>
      <Filters search={search} />
      <div className="list-line">
        <ListCount
          shown={list.isFirstLoad || list.error !== null ? null : list.calls.length}
          hasMore={list.hasMore}
          isLive={isLive}
        />
        {list.waiting > 0 && !isAtTop && (
          <button type="button" onClick={scrollToTop}>
            {countOf(list.waiting, 'new call')} ↑
          </button>
        )}
        <span className="spring" />
        <button
          type="button"
          className="quiet"
          aria-pressed={isLive}
          onClick={() => setIsLive(!isLive)}
        >
          <span className={isLive ? 'pulse' : 'pulse pulse-off'} aria-hidden="true" />
          {isLive ? 'Live · pause' : 'Paused · go live'}
        </button>
      </div>
      {list.error !== null && <SearchFault error={list.error} onRetry={list.retry} />}
      {list.isFirstLoad && list.error === null && <p className="empty">Searching …</p>}
      {isEmpty && <EmptyList search={search} understood={list.understood} />}
      {list.calls.length > 0 && (
        <CallTable
          key={name}
          calls={list.calls}
          name={name}
          isOld={list.isOld}
          hasMore={list.hasMore}
          onNearEnd={onNearEnd}
          onTopChange={setIsAtTop}
        />
      )}
    </div>
  )
}

function SearchFault({ error, onRetry }: { error: Error; onRetry: () => void }) {
  // The same words again would be refused again.
  if (error instanceof ApiError && error.kind === 'bad-input') {
    return <ErrorNote heading="This search is not understood" error={error} />
  }
  return <ErrorNote error={error} onRetry={onRetry} />
}

function Filters({ search }: { search: Search }) {
  const show = (next: Search) => navigate(`/${formatSearch(next)}`)
  const typed = useCallback(
    // Every pause in typing would otherwise be a step on the way back.
    (q: string) => navigate(`/${formatSearch({ ...currentSearch(), q })}`, { replace: true }),
    [],
  )
  return (
    <div className="filters">
      <SearchBox q={search.q} onSearch={typed} />
      <RangePicker search={search} onChange={show} />
      <Choice
        label="Result"
        options={STATES}
        chosen={search.state}
        onChoose={(state) => show({ ...search, state })}
      />
      <Choice
        label="Kind"
        options={KINDS}
        chosen={kindShown(search)}
        onChoose={(kind) => show(withKind(search, kind))}
      />
    </div>
  )
}

/** How many are shown, null where that is not known yet, of how much there is. */
function ListCount(props: { shown: number | null; hasMore: boolean; isLive: boolean }) {
  const { shown, hasMore } = props
  const store = useCounters(props.isLive ? LIVE_EVERY_MS : false).data?.store
  return (
    <span className="number" aria-live="off">
      {shown !== null && (
        <>
          <b>
            {formatCount(shown)}
            {hasMore ? '+' : ''}
          </b>{' '}
          shown{' '}
        </>
      )}
      {store !== undefined && (
        <span className="dim">
          {shown !== null && '· '}
          {countOf(store.legs, 'leg')} and {countOf(store.messages, 'message')} stored
        </span>
      )}
    </span>
  )
}

function currentSearch(): Search {
  return parseSearch(location.search)
}

function scrollToTop(): void {
  document.querySelector('.calls-scroll')?.scrollTo({ top: 0 })
}
