// Pages of rows in, one stream of rows out, for the commands that list everything that matches:
// oldest first, as a log is read, unless the newest are asked for.
import { limits } from '../base/limits.ts'
import { Failure } from '../base/failure.ts'
import type { Page, PageRequest } from '../query/finder.ts'
import type { Arguments, Flag } from './command.ts'
import { filterFlags, filterUsage } from './filter-flags.ts'

export const listingFlags: Readonly<Record<string, Flag>> = {
  ...filterFlags,
  newest: { type: 'boolean' },
}

export const listingUsage = `[--newest] ${filterUsage}`

/** Which rows `--limit` and `--newest` mean. */
export interface Listing {
  readonly limit: number
  readonly order: 'newest' | 'oldest'
}

/** @throws Failure `bad-input` */
export function readListing(args: Arguments): Listing {
  return { limit: readLimit(args), order: args.has('newest') ? 'newest' : 'oldest' }
}

/** The rows of a listing, page by page. */
export async function* listAll<Row>(
  find: (page: PageRequest) => Promise<Page<Row>>,
  { limit, order }: Listing,
): AsyncGenerator<Row> {
  let cursor: string | undefined
  let left = limit
  while (left > 0) {
    const page = await find({
      limit: Math.min(left, limits.pageRowsMax),
      order,
      ...(cursor === undefined ? {} : { cursor }),
    })
    yield* page.rows
    left -= page.rows.length
    if (page.next === null) return
    cursor = page.next
  }
}

/** The rows that `--limit` asks for; all without it. @throws Failure `bad-input` */
export function readLimit(args: Arguments): number {
  const text = args.text('limit')
  if (text === undefined) return Number.POSITIVE_INFINITY
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1) {
    throw new Failure('bad-input', `--limit ${text}: expected a whole number from 1`)
  }
  return limit
}
