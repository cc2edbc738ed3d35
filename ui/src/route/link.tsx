// A link inside the pages: changes the address without a reload, and leaves every click that asks
// for a new tab or a download to the browser.
import type { ComponentProps, MouseEvent } from 'react'
import { navigate } from './route.ts'

/** An `a` that navigates in place. `href` must be a path of ours. */
export function Link({ href, onClick, ...rest }: ComponentProps<'a'> & { href: string }) {
  const followInPlace = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(href)
  }
  return <a {...rest} href={href} onClick={followInPlace} />
}
