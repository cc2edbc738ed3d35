// Why the list is empty, and what to do about it: nothing stored, nothing in this time, or nothing
// that matches.
import type { StoreCounters } from '../../../src/query/finder.ts'
import { useCounters } from '../api/counters.ts'
import { Link } from '../route/link.tsx'
import { EVERYTHING, formatSearch } from '../search/search-state.ts'
import type { Search } from '../search/search-state.ts'
import { countOf } from '../text/quantity.ts'
import { WireText } from '../text/wire-text.tsx'
import { TimeText } from '../text/zone.tsx'
import { emptyInWords, isFiltered } from './empty-words.ts'

const HOUR_US = 3600e6

/** Shown in place of an empty table. `understood` is what the server took the search box for. */
export function EmptyList({ search, understood }: { search: Search; understood: string }) {
  const counters = useCounters(5000)
  const store = counters.data?.store
  if (store === undefined) return counters.isError ? <NothingToSee /> : null
  if (store.legs === 0) return <NothingStored />
  const isNarrowed = isFiltered(search) || search.kind !== 'call'
  return (
    <output className="empty">
      <h2>{emptyInWords(search)}</h2>
      {understood !== '' && <LookedFor words={understood} />}
      <Extent store={store} />
      <p className="ways">
        {search.range !== 'all' && (
          <Link className="button" href={`/${formatSearch(allTimes(search))}`}>
            Search all times
          </Link>
        )}
        {search.range !== 'all' && store.lastUs !== null && (
          <Link className="button" href={`/${formatSearch(lastHourStored(search, store.lastUs))}`}>
            Jump to the last hour that holds anything
          </Link>
        )}
        {isNarrowed && (
          <Link className="button" href={`/${formatSearch(withoutFilters(search))}`}>
            Take the filters away
          </Link>
        )}
        {!isNarrowed && search.range === 'all' && (
          <Link className="button" href={`/${formatSearch({ ...EVERYTHING, kind: 'all' })}`}>
            Show registrations and everything else
          </Link>
        )}
      </p>
    </output>
  )
}

/** Who sees how a word was taken can say it better, or knows that it is not there. */
function LookedFor({ words }: { words: string }) {
  return (
    <p>
      Looked for{' '}
      <code>
        <WireText text={words} />
      </code>
      . What else messages say, as display names and User-Agents, is not searched.
    </p>
  )
}

/** Without figures of all traffic nobody can say whether there is any. */
function NothingToSee() {
  return (
    <output className="empty">
      <h2>Nothing that matches</h2>
      <p>This account sees a part of the traffic. A wider search may hold some of it.</p>
    </output>
  )
}

function NothingStored() {
  return (
    <output className="empty">
      <h2>Nothing has been captured yet</h2>
      <p>
        <Link href="/import">Import a capture</Link>; its calls appear here. Live traffic?{' '}
        <Link href="/arrivals">See what arrives, and what does not</Link>.
      </p>
    </output>
  )
}

function Extent({ store }: { store: StoreCounters }) {
  const { legs, firstUs, lastUs } = store
  if (firstUs === null || lastUs === null) return null
  return (
    <p>
      The store holds {countOf(legs, 'leg')}, begun from <TimeText tUs={firstUs} /> to{' '}
      <TimeText tUs={lastUs} />.
    </p>
  )
}

function allTimes(search: Search): Search {
  return { ...search, range: 'all', startUs: null, endUs: null }
}

function lastHourStored(search: Search, lastUs: number): Search {
  const endUs = Math.ceil((lastUs + 1) / 60e6) * 60e6
  return { ...search, range: 'custom', startUs: endUs - HOUR_US, endUs }
}

function withoutFilters(search: Search): Search {
  return { ...EVERYTHING, range: search.range, startUs: search.startUs, endUs: search.endUs }
}
