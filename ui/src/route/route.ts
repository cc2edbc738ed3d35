// The address bar as state: which page, which query. Forty lines instead of a router.
import { useSyncExternalStore } from 'react'

/** Where the browser is. `search` begins with `?` or is empty. */
export interface Place {
  readonly path: string
  readonly search: string
}

const CHANGED = 'earshot:navigated'

/** Goes to a path of ours; `replace` leaves no step in the history. */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (to === currentAddress()) return
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  window.dispatchEvent(new Event(CHANGED))
}

/** The place shown, and again whenever it changes. */
export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, currentAddress)
  return splitAddress(address)
}

/** Cuts `/path?query` in two. */
function splitAddress(address: string): Place {
  const mark = address.indexOf('?')
  if (mark < 0) return { path: address, search: '' }
  return { path: address.slice(0, mark), search: address.slice(mark) }
}

function currentAddress(): string {
  return location.pathname + location.search
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('popstate', onChange)
  window.addEventListener(CHANGED, onChange)
  return () => {
    window.removeEventListener('popstate', onChange)
    window.removeEventListener(CHANGED, onChange)
  }
}
