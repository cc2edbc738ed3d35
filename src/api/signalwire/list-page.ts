// Where a page of a list begins, from its query; and the envelope around its rows, whose links lead
// to the pages before and after. A token names a place between rows, so that pages neither lose nor
// repeat one while new calls come in: PA goes on to older rows, PB back to newer ones.
import { Failure } from '../../base/failure.ts'
import type { PageRequest } from '../../query/finder.ts'
import { filledOf, type QueryFields, wholeOf } from '../vendor/query-text.ts'
import { signalwireLimits } from './limits.ts'

export interface ListPage {
  readonly number: number
  readonly size: number
  /** Absent for the first page. */
  readonly token?: { readonly isBack: boolean; readonly cursor: string }
}

/** Tokens of the pages beside one; undefined where there is none. */
export interface PageTokens {
  readonly next?: string
  readonly previous?: string
}

/** Reads `Page`, `PageSize` and `PageToken`. @throws Failure `bad-input` */
export function readListPage(fields: QueryFields): ListPage {
  const number = wholeOf(fields, 'Page', { min: 0, max: 1_000_000, fallback: 0 })
  const size = wholeOf(fields, 'PageSize', {
    min: 1,
    max: signalwireLimits.pageSizeMax,
    fallback: signalwireLimits.pageSize,
  })
  const text = filledOf(fields, 'PageToken')
  if (text === undefined) {
    if (number === 0) return { number, size }
    throw new Failure('bad-input', 'PageToken: needed beyond the first page')
  }
  const match = /^P([AB])([\w-]+)$/.exec(text)
  if (match === null) throw new Failure('bad-input', 'PageToken: expected that of an earlier page')
  return { number, size, token: { isBack: match[1] === 'B', cursor: match[2] ?? '' } }
}

/** What a finder is asked for one page. Pages that go back are asked for from their end. */
export function pageRequestOf({
  size,
  token,
}: ListPage): PageRequest & { order: 'newest' | 'oldest' } {
  const order = token?.isBack === true ? 'oldest' : 'newest'
  return { limit: size, order, ...(token === undefined ? {} : { cursor: token.cursor }) }
}

/**
 * The tokens of the pages beside this one. `end` is where the finder would go on; `shift` moves a
 * cursor by one row's place, and gives null where it cannot.
 */
export function tokensOf(
  { number, token }: ListPage,
  end: string | null,
  shift: (cursor: string, by: 1 | -1) => string | null,
): PageTokens {
  const older = token?.isBack === true ? shift(token.cursor, 1) : end
  const newer = token?.isBack === true ? end : token === undefined ? null : shift(token.cursor, -1)
  return {
    ...(older === null ? {} : { next: `PA${older}` }),
    ...(newer === null || number === 0 ? {} : { previous: `PB${newer}` }),
  }
}

/**
 * The list as the vendor wraps it. Beside the rows there may be no other key than these: the client
 * takes the one that it does not know for the rows.
 */
export function wrapPage<Rows extends Readonly<Record<string, readonly unknown[]>>>(
  path: string,
  around: { readonly fields: QueryFields; readonly page: ListPage; readonly tokens: PageTokens },
  rows: Rows,
) {
  const { page, tokens } = around
  const uriOf = (number: number, token?: string) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(around.fields)) {
      if (!/^Page(Size|Token)?$/.test(name)) query.append(name, String(value))
    }
    query.append('Page', String(number))
    query.append('PageSize', String(page.size))
    if (token !== undefined) query.append('PageToken', token)
    return `${path}?${query.toString()}`
  }
  const { next, previous } = tokens
  const { token } = page
  const own = token === undefined ? undefined : `P${token.isBack ? 'B' : 'A'}${token.cursor}`
  return {
    uri: uriOf(page.number, own),
    first_page_uri: uriOf(0),
    next_page_uri: next === undefined ? null : uriOf(page.number + 1, next),
    previous_page_uri: previous === undefined ? null : uriOf(page.number - 1, previous),
    page: page.number,
    page_size: page.size,
    ...rows,
  }
}
