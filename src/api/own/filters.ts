// The query parameters that calls and legs are searched by, and the LegFilter and page they mean.
// It refuses a parameter it does not know or that contradicts the search box.
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { limits } from '../../base/limits.ts'
import { LEG_KINDS, LEG_STATES } from '../../calls/leg-record-codec.ts'
import type { PageRequest } from '../../query/finder.ts'
import {
  mergeFilters,
  parseSearchBox,
  readSearchField,
  type SearchFilter,
  withIdentities,
} from '../../query/search-box.ts'
import { readTimeText } from '../../query/time-text.ts'
import type { LegFilter } from '../../store/leg-filter.ts'
import { isWantedBy } from '../http/is-wanted-by.ts'
import { inField } from '../http/request-failure.ts'

export const PAGE_ROWS_DEFAULT = 50
const pattern = 'plain text is exact, `*` at an end stands for anything: `+4420*`, `*1234`, `*555*`'
const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, description }))

/** Which rows of a list come first, and how many at once. */
export const OrderField = Type.Optional(
  Type.Unsafe<'newest' | 'oldest'>({
    type: 'string',
    enum: ['newest', 'oldest'],
    default: 'newest',
    description: 'What comes first',
  }),
)
export const LimitField = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: limits.pageRowsMax,
    default: PAGE_ROWS_DEFAULT,
    description: 'Rows of a page',
  }),
)

/** `q` in answers. */
export const WordsField = Type.String({
  description: '`q` as it was understood, every word with its field: `user:*1234* status:4xx`',
})

export const SearchQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({
        description:
          'The search box: words that must all hold. `from:`, `to:`, `user:`, `status:`, `ip:`, ' +
          '`callid:`, `conversation:`, `state:` and `kind:` name a field; a bare number or name ' +
          'is looked for within both users, an address, a Call-ID, a status or a state as such',
        examples: ['from:+4420* status:4xx', '*1234 busy'],
      }),
    ),
    start: text('Starting at or after this time: ISO 8601 with a zone, or µs since 1970'),
    end: text('Starting before this time'),
    from: text(`Caller: user of From, or whom P-Asserted-Identity and its like name; ${pattern}`),
    to: text(`Callee: user of To, or whom Diversion or History-Info names; ${pattern}`),
    user: text(`Either user; ${pattern}`),
    callId: text('Call-ID, exact'),
    callKey: text('Key of a call'),
    conversationId: text('Conversation'),
    address: text('IP address of any end'),
    status: text('Final status, or a class as `4xx`'),
    state: text(`One of ${LEG_STATES.join(', ')}`),
    kind: text(
      `One of ${LEG_KINDS.join(', ')}, or \`all\`; \`call\` where nothing says otherwise and no ` +
        'callId, callKey or conversationId is given',
    ),
    order: OrderField,
    limit: LimitField,
    cursor: text('`next` of the page before'),
  },
  { additionalProperties: false },
)
export type SearchQuery = Static<typeof SearchQuery>

// Parameters that the search box has a word for, and that word.
const boxWords = [
  ['from', 'from'],
  ['to', 'to'],
  ['user', 'user'],
  ['callId', 'callid'],
  ['conversationId', 'conversation'],
  ['address', 'ip'],
  ['status', 'status'],
  ['state', 'state'],
  ['kind', 'kind'],
] as const

/** The filter that a query means. @throws RequestFailure `bad-input` naming the parameter */
export function readFilter(query: SearchQuery): LegFilter {
  let filter = inField('q', () => parseSearchBox(query.q ?? ''))
  for (const [parameter, word] of boxWords) {
    const value = query[parameter]
    if (value === undefined) continue
    filter = inField(parameter, () =>
      mergeFilters(filter, readSearchField(word, value), `${parameter}=${value}`),
    )
  }
  return withIdentities({ ...withKind(filter, query.callKey), ...readSpan(query) })
}

/** What the search box of a query was taken for: each word behind its field, as a search again. */
export function readWords({ q = '' }: SearchQuery): string {
  const filter = parseSearchBox(q)
  return boxWords
    .flatMap(([field, word]) => {
      const value = filter[field]
      if (value === undefined) return []
      return `${word}:${/\s/.test(value) ? `"${value}"` : value}`
    })
    .join(' ')
}

/** The page that a query means, for as long as the request waits for it. */
export function readPage(query: SearchQuery, request: FastifyRequest): PageRequest {
  return {
    isWanted: isWantedBy(request),
    limit: query.limit ?? PAGE_ROWS_DEFAULT,
    order: query.order ?? 'newest',
    ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
  }
}

/** Registrations and the like are left out unless they are asked for, or one thing is by name. */
function withKind({ kind, ...filter }: SearchFilter, callKey: string | undefined): LegFilter {
  const named = { ...filter, ...(callKey === undefined ? {} : { callKey }) }
  if (kind === 'all') return named
  if (kind !== undefined) return { ...named, kind }
  const isByName =
    filter.callId !== undefined || filter.conversationId !== undefined || callKey !== undefined
  return isByName ? named : { ...named, kind: 'call' }
}

interface SpanQuery {
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/** The span of time that a query means. @throws RequestFailure `bad-input` naming the parameter */
export function readSpan({ start, end }: SpanQuery): { startUs?: number; endUs?: number } {
  return {
    ...(start === undefined ? {} : { startUs: inField('start', () => readTimeText(start).us) }),
    ...(end === undefined ? {} : { endUs: inField('end', () => readTimeText(end).us) }),
  }
}
