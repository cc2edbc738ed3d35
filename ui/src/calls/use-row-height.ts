// How tall a row of the call list is: one line on a desk, a small card on a phone. The style sheet
// breaks at the same width.
import { useSyncExternalStore } from 'react'

const ROW_HEIGHT = 30
const CARD_HEIGHT = 84
const narrow = window.matchMedia('(max-width: 760px)')

/** Height of a row in pixels. */
export function useRowHeight(): number {
  const isNarrow = useSyncExternalStore(subscribe, () => narrow.matches)
  return isNarrow ? CARD_HEIGHT : ROW_HEIGHT
}

function subscribe(onChange: () => void): () => void {
  narrow.addEventListener('change', onChange)
  return () => narrow.removeEventListener('change', onChange)
}
