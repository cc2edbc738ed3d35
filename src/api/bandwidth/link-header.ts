// Pages of a list in, the Link header out that leads to those beside them (RFC 8288). The vendor's
// client takes the query of the next page's address and asks with that.

export interface LinkedPage {
  /** Address of the list, without a query. */
  readonly url: string
  /** What was asked for besides the page. */
  readonly query: Readonly<Record<string, string>>
  readonly page: number
  readonly size: number
  /** Where the next page begins; null after the last. */
  readonly next: string | null
}

/** `<…?page=0&size=25>; rel="first", <…?page=1&size=25&after=…>; rel="next"`. */
export function formatLinks({ url, query, page, size, next }: LinkedPage): string {
  const linkTo = (rel: string, number: number, after?: string) => {
    const terms = new URLSearchParams({ ...query, page: String(number), size: String(size) })
    if (after !== undefined) terms.append('after', after)
    return `<${url}?${terms.toString()}>; rel="${rel}"`
  }
  return [
    linkTo('first', 0),
    ...(page === 0 ? [] : [linkTo('previous', page - 1)]),
    ...(next === null ? [] : [linkTo('next', page + 1, next)]),
  ].join(', ')
}
