// A search as the address bar holds it, and as the API wants it. Pure: the present is handed in.

/** Time ranges that move with the clock, all there is, or two fixed ends. */
export type RangeName = '15m' | '1h' | '1d' | '7d' | 'all' | 'custom'

/** Ranges to choose from; `spanUs` is absent where the range does not move. */
export const RANGES: readonly { name: RangeName; label: string; words: string; spanUs?: number }[] =
  [
    { name: '15m', label: '15 min', words: 'in the last 15 minutes', spanUs: 900e6 },
    { name: '1h', label: '1 hour', words: 'in the last hour', spanUs: 3600e6 },
    { name: '1d', label: '1 day', words: 'in the last day', spanUs: 86_400e6 },
    { name: '7d', label: '7 days', words: 'in the last 7 days', spanUs: 604_800e6 },
    { name: 'all', label: 'All', words: 'at any time' },
    { name: 'custom', label: 'From … to', words: 'between these times' },
  ]

/**
 * So far ahead of the browser's a capturing clock may be, and its calls are still of now; one that
 * is set by the network at all is nearer. A call of the year 2100 is in no last quarter of an hour.
 */
const FAST_CLOCK_US = 300e6

/** States to choose from; the search box knows the rarer ones. */
export const STATES = [
  { name: 'all', label: 'All', tip: 'Calls in any state' },
  { name: 'rejected', label: 'Failed', tip: 'Refused with a 4xx, 5xx or 6xx other than busy' },
  { name: 'busy', label: 'Busy', tip: '486 or 600' },
  { name: 'cancelled', label: 'Cancelled', tip: 'Given up by the caller, or answered elsewhere' },
  { name: 'ringing', label: 'Ringing', tip: '180 or 183 seen, no answer yet' },
  { name: 'in-call', label: 'In call', tip: 'Answered, and no BYE seen' },
  { name: 'completed', label: 'Completed', tip: 'Answered and ended by BYE' },
] as const
export type StateChoice = (typeof STATES)[number]['name']

/** Kinds to choose from. */
export const KINDS = [
  { name: 'call', label: 'Calls', nouns: 'calls' },
  { name: 'registration', label: 'Registrations', nouns: 'registrations' },
  { name: 'options', label: 'OPTIONS', nouns: 'OPTIONS exchanges' },
  { name: 'subscription', label: 'Subscriptions', nouns: 'subscriptions' },
  { name: 'message', label: 'Messages', nouns: 'text messages' },
  { name: 'other', label: 'Other', nouns: 'other exchanges' },
  { name: 'all', label: 'All', nouns: 'calls or other exchanges' },
] as const
export type KindChoice = (typeof KINDS)[number]['name']

/** Everything that decides which calls are listed. */
export interface Search {
  /** The search box, in the words of the query language. */
  readonly q: string
  readonly range: RangeName
  /** Ends of a `custom` range, µs; null where open. */
  readonly startUs: number | null
  readonly endUs: number | null
  readonly state: StateChoice
  readonly kind: KindChoice
}

/** What is shown when the address says nothing: the newest calls, whenever they were. */
export const EVERYTHING: Search = {
  q: '',
  range: 'all',
  startUs: null,
  endUs: null,
  state: 'all',
  kind: 'call',
}

/** Reads a query string; what it does not say, or says wrongly, is as in `EVERYTHING`. */
export function parseSearch(text: string): Search {
  const params = new URLSearchParams(text)
  const range = named(RANGES, params.get('range'), 'all')
  const isCustom = range === 'custom'
  return {
    q: params.get('q') ?? '',
    range,
    startUs: isCustom ? momentOf(params.get('start')) : null,
    endUs: isCustom ? momentOf(params.get('end')) : null,
    state: named(STATES, params.get('state'), 'all'),
    kind: named(KINDS, params.get('kind'), 'call'),
  }
}

/** The query string of a search, `?` included; empty for `EVERYTHING`. */
export function formatSearch(search: Search): string {
  const params = new URLSearchParams()
  if (search.q !== '') params.set('q', search.q)
  if (search.range !== 'all') params.set('range', search.range)
  if (search.range === 'custom') {
    if (search.startUs !== null) params.set('start', isoOf(search.startUs))
    if (search.endUs !== null) params.set('end', isoOf(search.endUs))
  }
  if (search.state !== 'all') params.set('state', search.state)
  if (search.kind !== 'call') params.set('kind', search.kind)
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

/** The filters as the API takes them. A moving range is reckoned from `nowUs`, both its ends. */
export function apiQuery(search: Search, nowUs: number): URLSearchParams {
  const params = new URLSearchParams()
  if (search.q.trim() !== '') params.set('q', search.q.trim())
  const { startUs, endUs } = endsOf(search, nowUs)
  if (startUs !== null) params.set('start', String(Math.floor(startUs)))
  if (endUs !== null) params.set('end', String(Math.floor(endUs)))
  if (search.state !== 'all') params.set('state', search.state)
  // The API's own default is `call`, unless the search box names a kind.
  if (search.kind !== 'call') params.set('kind', search.kind)
  return params
}

function endsOf(search: Search, nowUs: number): Pick<Search, 'startUs' | 'endUs'> {
  const spanUs = RANGES.find((range) => range.name === search.range)?.spanUs
  if (spanUs === undefined) return search
  return { startUs: nowUs - spanUs, endUs: nowUs + FAST_CLOCK_US }
}

/** Words of the search box as the server cuts them: quotation marks hold one together. */
const WORD = /(?:"[^"]*"?|[^\s"])+/g
const KIND_WORD = /^"?kind:/i

/**
 * The kind that is listed: the chosen one, or what the search box names while none is chosen. Null
 * for a name that is none of the choices.
 */
export function kindShown({ q, kind }: Search): KindChoice | null {
  const word = kind === 'call' ? wordsOf(q).find((one) => KIND_WORD.test(one)) : undefined
  if (word === undefined) return kind
  const name = word.replaceAll('"', '').slice('kind:'.length).toLowerCase()
  return KINDS.find((known) => known.name === name)?.name ?? null
}

/** The search with another kind. What its box says of kinds would contradict, and goes. */
export function withKind(search: Search, kind: KindChoice): Search {
  const words = wordsOf(search.q)
  const kept = words.filter((word) => !KIND_WORD.test(word))
  const q = kept.length === words.length ? search.q : kept.join(' ')
  return { ...search, kind, q }
}

function wordsOf(q: string): readonly string[] {
  return q.match(WORD) ?? []
}

function named<Name extends string>(
  choices: readonly { readonly name: Name }[],
  text: string | null,
  otherwise: Name,
): Name {
  return choices.find((choice) => choice.name === text)?.name ?? otherwise
}

/** ISO 8601 in an address can be read and edited by hand; microseconds cannot. */
function isoOf(tUs: number): string {
  const date = new Date(Math.floor(tUs / 1000))
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

function momentOf(text: string | null): number | null {
  const tMs = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(tMs) ? null : tMs * 1000
}
