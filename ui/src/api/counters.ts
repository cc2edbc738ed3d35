// The server's counters, asked for as often as a page needs them and shared by all that show them.
import { useQuery } from '@tanstack/react-query'
import { fetchCounters } from './client.ts'

/** The counters, again every `everyMs`; `false` asks once. */
export function useCounters(everyMs: number | false) {
  return useQuery({
    queryKey: ['counters'],
    queryFn: ({ signal }) => fetchCounters(signal),
    refetchInterval: everyMs,
  })
}
