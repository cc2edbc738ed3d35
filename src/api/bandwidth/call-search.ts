// The query of the list of calls in, what is to be found out. It knows the vendor's parameters and
// none of the store's tables.
import { Failure } from '../../base/failure.ts'
import type { Leg } from '../../calls/leg.ts'
import type { LegFilter } from '../../store/leg-filter.ts'
import { inField } from '../http/request-failure.ts'
import { addressOf, type NumberRules, patternOf } from '../vendor/phone-number.ts'
import { filledOf, type QueryFields, wholeOf } from '../vendor/query-text.ts'
import { callKeyOf } from './call-id.ts'
import { bandwidthLimits } from './limits.ts'

export interface ListPage {
  readonly page: number
  readonly size: number
  /** Where a page begins that was linked to; without it the pages before are counted off. */
  readonly after?: string
}

export interface CallSearch extends ListPage {
  readonly filter: LegFilter
  readonly order: 'newest' | 'oldest'
  /** Absent where the index answers all of it. */
  readonly isWanted?: (leg: Leg) => boolean
  /** True where nothing can match. */
  readonly isEmpty: boolean
  /** Lists of a bridge or a conference are not paged. */
  readonly isPaged: boolean
}

/** Reads `page`, `size` and our `after`. @throws RequestFailure `bad-input` */
export function readListPage(fields: QueryFields): ListPage {
  const { pageSize, pageSizeMax } = bandwidthLimits
  const after = filledOf(fields, 'after')
  return {
    page: wholeOf(fields, 'page', { min: 0, max: 1_000_000, fallback: 0 }),
    size: wholeOf(fields, 'size', { min: 1, max: pageSizeMax, fallback: pageSize }),
    ...(after === undefined ? {} : { after }),
  }
}

/** Reads the parameters of the list. @throws RequestFailure `bad-input` */
export function readCallSearch(fields: QueryFields, numbers: NumberRules): CallSearch {
  const [from, to] = [filledOf(fields, 'from'), filledOf(fields, 'to')]
  const bridgeId = filledOf(fields, 'bridgeId')
  const conferenceId = filledOf(fields, 'conferenceId')
  const callKey = bridgeId === undefined ? undefined : callKeyOf(bridgeId)
  const isPaged = bridgeId === undefined && conferenceId === undefined
  const isWanted = (leg: Leg) =>
    isShownAs(from, leg.from, leg.fromHost, numbers) && isShownAs(to, leg.to, leg.toHost, numbers)
  return {
    ...(isPaged ? readListPage(fields) : { page: 0, size: bandwidthLimits.pageSizeMax }),
    filter: {
      kind: 'call',
      ...(from === undefined ? {} : { from: patternOf(from) }),
      ...(to === undefined ? {} : { to: patternOf(to) }),
      ...(callKey === undefined ? {} : { callKey }),
    },
    order: readOrder(filledOf(fields, 'sortOrder')),
    ...(from === undefined && to === undefined ? {} : { isWanted }),
    // Nothing in SIP says what a conference is, so no call is in one.
    isEmpty: conferenceId !== undefined || (bridgeId !== undefined && callKey === undefined),
    isPaged,
  }
}

function readOrder(text = 'desc'): 'newest' | 'oldest' {
  if (/^desc$/i.test(text)) return 'newest'
  if (/^asc$/i.test(text)) return 'oldest'
  return inField('sortOrder', () => {
    throw new Failure('bad-input', 'sortOrder: expected asc or desc')
  })
}

/** Whether an address is shown as what was asked for, with a `sip:` before it or without. */
function isShownAs(
  wanted: string | undefined,
  user: string | null,
  host: string | null,
  numbers: NumberRules,
): boolean {
  return wanted === undefined || addressOf(user, host, numbers).text === wanted.replace(/^sip:/, '')
}
