// The headers of a request in, whether a browser sent it for a page that is not ours out. Programs
// send neither of the headers that tell, and are none of it.
import type { IncomingHttpHeaders } from 'node:http'

/** A page of another origin, be it of another port of this host. */
export function isOfForeignPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && hostOf(origin) !== host
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
