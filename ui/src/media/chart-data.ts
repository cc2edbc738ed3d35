// The intervals of a stream as columns for a chart. Pure: rows in, columns out.
import type { StreamInterval } from '../../../src/calls/stream.ts'

/** Columns of equal length: seconds since 1970, then one value for each curve. */
export interface ChartColumns {
  readonly seconds: readonly number[]
  readonly jitterMsMean: readonly number[]
  readonly jitterMsMax: readonly number[]
  readonly lost: readonly number[]
}

/** Steps of an axis that counts: no quarter of a packet is lost. */
export const wholeSteps: number[] = Array.from({ length: 9 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat()

/** Columns of a stream that began at `startUs`. */
export function chartColumns(startUs: number, intervals: readonly StreamInterval[]): ChartColumns {
  return {
    seconds: intervals.map(({ sinceMs }) => startUs / 1e6 + sinceMs / 1000),
    jitterMsMean: intervals.map((one) => one.jitterMsMean),
    jitterMsMax: intervals.map((one) => one.jitterMsMax),
    lost: intervals.map((one) => one.lost),
  }
}
