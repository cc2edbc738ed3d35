// Pages of calls that were fetched at different times as one list to show.
import type { Call } from '../../../src/calls/leg.ts'
import type { CallPage } from '../api/types.ts'

/**
 * The calls of the pages in their order, each once. Where `head`, the newest first page, knows a
 * call too, its word about it is the newer one.
 */
export function callsOf(pages: readonly CallPage[], head: CallPage | undefined): Call[] {
  const calls = new Map<string, Call>()
  // A call may move from one page to another between two fetches of a live list.
  for (const page of pages) for (const call of page.calls) calls.set(call.callKey, call)
  for (const call of head?.calls ?? []) if (calls.has(call.callKey)) calls.set(call.callKey, call)
  return [...calls.values()]
}

/** How many calls of the head are not in the list yet. */
export function countNew(calls: readonly Call[], head: CallPage | undefined): number {
  const known = new Set(calls.map((call) => call.callKey))
  return head?.calls.filter((call) => !known.has(call.callKey)).length ?? 0
}
