// One call from the server, again while it is still going on.
import { useQuery } from '@tanstack/react-query'
import { fetchCall } from '../api/client.ts'
import type { CallDetail } from '../api/types.ts'
import { nowUs } from '../text/clock.ts'

const LIVE_EVERY_MS = 2000
/** A call without an end that has been silent for longer than this was cut off by the capture. */
const SILENCE_US_MAX = 3600e6

/** The call with its messages. */
export function useCall(callKey: string) {
  return useQuery({
    queryKey: ['call', callKey],
    queryFn: ({ signal }) => fetchCall(callKey, signal),
    refetchInterval: ({ state }) => (isGoingOn(state.data) ? LIVE_EVERY_MS : false),
  })
}

function isGoingOn(detail: CallDetail | undefined): boolean {
  const lastUs = detail?.messages.at(-1)?.tUs
  if (detail === undefined || lastUs === undefined) return false
  return detail.call.endUs === null && nowUs() - lastUs < SILENCE_US_MAX
}
