// The line at the foot of every page: version, what is stored, and how much room it takes.
import type { StoreCounters } from '../../../src/query/finder.ts'
import { ApiError } from '../api/api-error.ts'
import { useCounters } from '../api/counters.ts'
import { countOf, formatBytes, formatDurationMs } from '../text/quantity.ts'

/** Version and size of the store. */
export function Footer() {
  const counters = useCounters(30_000)
  if (counters.data === undefined) {
    return (
      <footer className="frame-foot">{counters.isError ? whyNoFigures(counters.error) : ''}</footer>
    )
  }
  const { store, process } = counters.data
  const diskBytes = store.blockBytes + store.indexBytes
  return (
    <footer className="frame-foot">
      <span>Earshot {process.version}</span>
      <span className="number">
        {countOf(store.messages, 'message')} in {countOf(store.legs, 'leg')}
      </span>
      <span className="number" title={diskInWords(store)}>
        {formatBytes(diskBytes)} on disk
      </span>
      <span className="number">up for {formatDurationMs(process.uptimeSeconds * 1000)}</span>
    </footer>
  )
}

/** An account with a scope is not told how much there is of others. */
function whyNoFigures(error: Error): string {
  const isLimited = error instanceof ApiError && error.kind === 'forbidden'
  return isLimited ? 'This account sees a part of the traffic.' : 'The server does not answer.'
}

function diskInWords(store: StoreCounters): string {
  const [raw, blocks, index] = [store.rawBytes, store.blockBytes, store.indexBytes].map(formatBytes)
  return `captured frames ${raw}; on disk, blocks ${blocks} and index ${index}`
}
