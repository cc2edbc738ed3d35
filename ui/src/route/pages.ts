// Which page a path means, and back. Pure: no history, no components.

/** Pages whose path is their name. */
const PLAIN_PAGES = ['login', 'import', 'arrivals', 'inventory', 'accounts', 'about'] as const
type PlainPage = (typeof PLAIN_PAGES)[number]

/** A page of ours with what its path says. */
export type PageName =
  | { readonly page: 'calls' | PlainPage | 'unknown' }
  | { readonly page: 'call' | 'vendors'; readonly callKey: string }

/** The page that a path means. */
export function pageOf(path: string): PageName {
  if (path === '/') return { page: 'calls' }
  const plain = PLAIN_PAGES.find((page) => path === `/${page}`)
  if (plain !== undefined) return { page: plain }
  const vendorsKey = /^\/calls\/([^/]+)\/vendors$/.exec(path)?.[1]
  if (vendorsKey !== undefined) {
    const callKey = decoded(vendorsKey)
    return callKey === undefined ? { page: 'unknown' } : { page: 'vendors', callKey }
  }
  const key = /^\/calls\/([^/]+)$/.exec(path)?.[1]
  const callKey = key === undefined ? undefined : decoded(key)
  return callKey === undefined ? { page: 'unknown' } : { page: 'call', callKey }
}

/** The path of a call's page. */
export function callPath(callKey: string): string {
  return `/calls/${encodeURIComponent(callKey)}`
}

/** The path of a call as other APIs show it. */
export function vendorsPath(callKey: string): string {
  return `${callPath(callKey)}/vendors`
}

/** Where to go after logging in: the given address if it is one of ours, else the call list. */
export function placeAfterLogin(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/'
  // `//host` and `/\host` would leave for another site.
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/'
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
