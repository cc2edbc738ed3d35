// A filter that the index knows and a test that it does not know in, a page of the legs that pass
// both out, with the place to go on from. It looks at a bounded number of legs: then the page is
// short, and the next one goes on.
import { Failure } from '../../base/failure.ts'
import type { Leg } from '../../calls/leg.ts'
import { formatCursor, parseCursor } from '../../query/cursor.ts'
import type { Page } from '../../query/finder.ts'
import type { LegFilter } from '../../store/leg-filter.ts'
import type { Asker } from './leg-facts.ts'
import { vendorLimits } from './limits.ts'

export interface LegWalk {
  readonly filter: LegFilter
  readonly order: 'newest' | 'oldest'
  readonly limit: number
  readonly cursor?: string
  /** Whether a leg that the filter lets through is wanted; every one is, without it. */
  readonly isWanted?: (leg: Leg) => boolean | Promise<boolean>
}

/**
 * Walks until the page is full, the end is reached, enough was looked at, or the asker has gone.
 */
export async function walkLegs(
  { finder, isWaiting = () => true }: Pick<Asker, 'finder' | 'isWaiting'>,
  walk: LegWalk,
): Promise<Page<Leg>> {
  const { filter, order, limit, isWanted = () => true } = walk
  const rows: Leg[] = []
  let { cursor } = walk
  for (let looked = 0; ; ) {
    const page = { order, isWanted: isWaiting, ...(cursor === undefined ? {} : { cursor }) }
    const missing = limit - rows.length
    const size = walk.isWanted === undefined ? missing : Math.max(missing, vendorLimits.legsPerLook)
    const found = await finder.findLegs(filter, { ...page, limit: size })
    for (const [at, leg] of found.rows.entries()) {
      if (await isWanted(leg)) rows.push(leg)
      if (rows.length < limit || at === found.rows.length - 1) continue
      // Full in the middle: the same look once more, as far as here, tells where to go on.
      const { next } = await finder.findLegs(filter, { ...page, limit: at + 1 })
      return { rows, next }
    }
    looked += found.rows.length
    const isEnough = rows.length >= limit || looked >= vendorLimits.legsScannedMax
    if (found.next === null || isEnough) return { rows, next: found.next }
    cursor = found.next
  }
}

/**
 * The cursor just before or after another one: pages are cut between rows, and a page that is
 * walked backwards begins with the row that the cursor names. @throws Failure `bad-input`
 */
export function shiftCursor(cursor: string, by: 1 | -1): string {
  const { day, id } = parseCursor(cursor)
  if (id + by < 0) throw new Failure('bad-input', 'cursor: nothing lies before it')
  return formatCursor({ day, id: id + by })
}
