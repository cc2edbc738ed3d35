// The calls of a search: older ones by the page when scrolled to, new ones as they come while the
// list is live.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { fetchCalls } from '../api/client.ts'
import type { CallPage } from '../api/types.ts'
import { apiQuery, formatSearch } from '../search/search-state.ts'
import type { Search } from '../search/search-state.ts'
import { nowUs } from '../text/clock.ts'
import { callsOf, countNew } from './list-pages.ts'

/** Calls fetched at once. */
const PAGE_CALLS = 100
/** How often a live list asks for new calls. */
export const LIVE_EVERY_MS = 2000

/**
 * The list of a search. While `isLive`, its first page is fetched again and again. While `isAtTop`,
 * the list begins anew with each: calls may have come anywhere, for an import brings old ones.
 * Further down nothing moves under the reader's eyes; new calls are counted in `waiting`.
 */
export function useCallList(
  search: Search,
  { isLive, isAtTop }: { isLive: boolean; isAtTop: boolean },
) {
  const name = formatSearch(search)
  const pages = useInfiniteQuery({
    queryKey: pagesKey(name),
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
  const calls = callsOf(pages.data?.pages ?? [], head.data)
  // An empty list has no place but its top.
  useBeginAnew(name, isAtTop || calls.length === 0 ? head.data : undefined)
  return {
    calls,
    understood: pages.data?.pages[0]?.q ?? '',
    waiting: countNew(calls, head.data),
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

/** Makes `head` the first and only page of the list, once for each that comes. */
function useBeginAnew(name: string, head: CallPage | undefined): void {
  const cache = useQueryClient()
  const begun = useRef<CallPage>(undefined)
  useEffect(() => {
    if (head === undefined || begun.current === head) return
    begun.current = head
    const queryKey = pagesKey(name)
    // A page that is on its way would bring the old beginning back.
    void cache.cancelQueries({ queryKey }).then(() => {
      cache.setQueryData(queryKey, { pages: [head], pageParams: [''] })
    })
  }, [cache, name, head])
}

function pagesKey(name: string): string[] {
  return ['calls', name]
}

function fetchPage(search: Search, cursor: string, signal: AbortSignal): Promise<CallPage> {
  const query = apiQuery(search, nowUs())
  query.set('limit', String(PAGE_CALLS))
  if (cursor !== '') query.set('cursor', cursor)
  return fetchCalls(query, signal)
}
