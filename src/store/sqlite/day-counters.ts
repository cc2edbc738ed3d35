// What the days before hold and one more day in, what they hold together out.
import type { IndexCounters } from '../contract.ts'
import type { OpenDay } from './open-day.ts'

export const nothingCounted: IndexCounters = {
  days: 0,
  legs: 0,
  messages: 0,
  streams: 0,
  blocks: 0,
  rawBytes: 0,
  indexBytes: 0,
  firstUs: null,
  lastUs: null,
}

/** Days come in their order. */
export function withDay(totals: IndexCounters, { index, search }: OpenDay): IndexCounters {
  const span = search.span()
  return {
    days: totals.days + 1,
    legs: totals.legs + index.counter('legs'),
    messages: totals.messages + index.counter('messages'),
    streams: totals.streams + index.counter('streams'),
    blocks: totals.blocks + search.blockCount(),
    rawBytes: totals.rawBytes + index.counter('rawBytes'),
    indexBytes: totals.indexBytes + index.bytesOnDisk(),
    firstUs: totals.firstUs ?? span?.firstUs ?? null,
    lastUs: span?.lastUs ?? totals.lastUs,
  }
}
