// What a search found nothing of, in words.
import { KINDS, kindShown, RANGES } from '../search/search-state.ts'
import type { Search } from '../search/search-state.ts'

/** `No registrations that match in the last hour`. */
export function emptyInWords(search: Search): string {
  const kind = kindShown(search)
  const nouns = KINDS.find(({ name }) => name === kind)?.nouns ?? 'calls'
  const when = RANGES.find(({ name }) => name === search.range)?.words ?? ''
  return `No ${nouns} ${isFiltered(search) ? 'that match ' : ''}${when}`
}

/** Whether some of the kind and the time would be left out. */
export function isFiltered({ q, state }: Search): boolean {
  return q.trim() !== '' || state !== 'all'
}
