// The title of the browser's tab.
import { useEffect } from 'react'
import { visible } from '../text/visible.ts'

/** Names the tab after what it shows. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${visible(title)} · Earshot`
    return () => {
      document.title = 'Earshot'
    }
  }, [title])
}
