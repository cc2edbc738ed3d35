// Pages of calls fetched once, and the newest calls fetched again and again: one list of both.
import type { Call } from '../../../src/calls/leg.ts'
import type { CallPage } from '../api/types.ts'

/** The list to show, newest first, and whether calls may be missing inside it. */
export interface MergedCalls {
  readonly calls: readonly Call[]
  /** True when more calls came than `head` holds: the pages must begin anew with it. */
  readonly isGap: boolean
}

/**
 * Joins the pages with a newer first page. Where both know a call, the head's is the newer word;
 * a call that the head should hold and does not (it left the filter) is dropped.
 */
export function mergeHead(pages: readonly CallPage[], head: CallPage | undefined): MergedCalls {
  const paged = distinct(pages.flatMap((page) => page.calls))
  if (head === undefined) return { calls: paged, isGap: false }
  const oldest = head.calls.at(-1)
  if (head.next === null || oldest === undefined) return { calls: head.calls, isGap: false }
  const known = new Set(head.calls.map((call) => call.callKey))
  const isGap = !paged.some((call) => known.has(call.callKey))
  const below = paged.filter((call) => !known.has(call.callKey) && call.startUs <= oldest.startUs)
  return { calls: [...head.calls, ...below], isGap }
}

/** How many calls of the head are not in the list yet. */
export function countNew(calls: readonly Call[], head: CallPage | undefined): number {
  const known = new Set(calls.map((call) => call.callKey))
  return head?.calls.filter((call) => !known.has(call.callKey)).length ?? 0
}

/** A call may move between two fetches of a live list; it is shown once. */
function distinct(calls: readonly Call[]): Call[] {
  return [...new Map(calls.map((call) => [call.callKey, call])).values()]
}
