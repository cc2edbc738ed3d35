// What arrives live, asked for again as often as the server counts it.
import { useQuery } from '@tanstack/react-query'
import { fetchArrivals } from '../api/client.ts'

const EVERY_MS = 2_000

/** What arrives and from whom, again every two seconds. */
export function useArrivals() {
  return useQuery({
    queryKey: ['arrivals'],
    queryFn: ({ signal }) => fetchArrivals(signal),
    refetchInterval: EVERY_MS,
  })
}
