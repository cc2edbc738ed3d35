// Pages of rows in, one stream of rows out, for the commands that list everything that matches.
import { limits } from '../base/limits.ts'
import { Failure } from '../base/failure.ts'
import type { Page, PageRequest } from '../query/finder.ts'
import type { Arguments } from './command.ts'

/** All rows, oldest first, up to `--limit` where it is given. */
export async function* listAll<Row>(
  find: (page: PageRequest) => Promise<Page<Row>>,
  limit: number,
): AsyncGenerator<Row> {
  let cursor: string | undefined
  let left = limit
  while (left > 0) {
    const page = await find({
      limit: Math.min(left, limits.pageRowsMax),
      order: 'oldest',
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
