// The search box: text that is searched for a moment after the last key, and the list of what it
// understands.
import { useEffect, useRef, useState } from 'react'
import { SearchHelp } from './search-help.tsx'

/** Long enough not to search for half a number. */
const TYPING_PAUSE_MS = 250

/** The box. `q` is what is searched for now; `onSearch` is told what to search for next. */
export function SearchBox({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  // What is typed counts until the address changes: by the search itself, a link, the way back.
  const [typed, setTyped] = useState({ since: q, text: q })
  const text = typed.since === q ? typed.text : q
  const setText = (next: string) => setTyped({ since: q, text: next })
  useEffect(() => {
    if (text === q) return undefined
    const timer = window.setTimeout(() => onSearch(text), TYPING_PAUSE_MS)
    return () => window.clearTimeout(timer)
  }, [text, q, onSearch])
  useSlashKey(() => field.current?.focus())
  const addWord = (word: string) => {
    setText(text.trim() === '' ? word : `${text.trim()} ${word}`)
    field.current?.focus()
  }
  return (
    <search>
      <form
        className="search"
        onSubmit={(event) => {
          event.preventDefault()
          onSearch(text)
        }}
      >
        <input
          ref={field}
          type="search"
          aria-label="Search calls"
          placeholder="Number, user, address, Call-ID, status …"
          title="Press / to search"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="none"
          maxLength={1000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <SearchHelp onPick={addWord} />
      </form>
    </search>
  )
}

/** Calls back when `/` is pressed outside a field. */
function useSlashKey(onSlash: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches('input, textarea')
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      onSlash()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  })
}
