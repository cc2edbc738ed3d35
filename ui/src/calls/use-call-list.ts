// The calls of a search as a list that grows at both ends: older ones by the page when scrolled to,
// new ones as they come while the list is live.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { fetchCalls } from '../api/client.ts'
import type { CallPage } from '../api/types.ts'
import { apiQuery, formatSearch } from '../search/search-state.ts'
import type { Search } from '../search/search-state.ts'
import { nowUs } from '../text/clock.ts'
import { countNew, mergeHead } from './merge-head.ts'

/** Calls fetched at once. */
const PAGE_CALLS = 100
/** How often a live list asks for new calls. */
export const LIVE_EVERY_MS = 2000

/**
 * The list of a search. While `isLive`, new calls are looked for; they enter the list only while
 * `isAtTop`, so that nothing moves under the reader's eyes, and until then are counted in
 * `waiting`.
 */
export function useCallList(
  search: Search,
  { isLive, isAtTop }: { isLive: boolean; isAtTop: boolean },
) {
  const name = formatSearch(search)
  const pages = useInfiniteQuery({
    queryKey: ['calls', name],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => fetchPage(search, pageParam, signal),
    getNextPageParam: (page: CallPage) => page.next,
    staleTime: 60_000,
    // While a new search is under way the old list stays, rather than a flash of nothing.
    placeholderData: keepPreviousData,
  })
  const head = useQuery({
    queryKey: ['calls-head', name],
    queryFn: ({ signal }) => fetchPage(search, '', signal),
    enabled: isLive && pages.isSuccess && !pages.isPlaceholderData,
    refetchInterval: LIVE_EVERY_MS,
  })
  const shownHead = useHeldHead({ name, newest: head.data, isAtTop })
  const merged = mergeHead(pages.data?.pages ?? [], shownHead)
  const cache = useQueryClient()
  useEffect(() => {
    if (!merged.isGap || shownHead === undefined) return
    cache.setQueryData(['calls', name], { pages: [shownHead], pageParams: [''] })
  }, [merged.isGap, shownHead, cache, name])
  return {
    calls: merged.calls,
    waiting: countNew(merged.calls, head.data),
    isFirstLoad: pages.isPending,
    isOld: pages.isPlaceholderData,
    isFetchingMore: pages.isFetchingNextPage,
    hasMore: pages.hasNextPage,
    fetchMore: pages.fetchNextPage,
    error: pages.error ?? (isLive ? head.error : null),
    retry: () => {
      void pages.refetch()
      if (head.isError) void head.refetch()
    },
  }
}

/** The newest head while the reader is at the top; the last one seen there while not. */
function useHeldHead(now: { name: string; newest: CallPage | undefined; isAtTop: boolean }) {
  const [held, setHeld] = useState(now)
  // State set while rendering: React starts over at once, so that nothing old is painted.
  if (held.name !== now.name || (now.isAtTop && held.newest !== now.newest)) setHeld(now)
  return held.newest
}

function fetchPage(search: Search, cursor: string, signal: AbortSignal): Promise<CallPage> {
  const query = apiQuery(search, nowUs())
  query.set('limit', String(PAGE_CALLS))
  if (cursor !== '') query.set('cursor', cursor)
  return fetchCalls(query, signal)
}
