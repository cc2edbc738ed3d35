// Authorization, WWW-Authenticate and their proxy forms: text in, scheme and parameters out.
// Checks no response and keeps no secret; what a trace needs is who was asked for what.
//
//     credentials = scheme LWS param *( COMMA param )                         RFC 3261 §20.7
import { splitList } from './comma-list.ts'
import { type Param, paramOf, parseParam } from './params.ts'

export interface Auth {
  /** `Digest`, as written. */
  readonly scheme: string
  readonly params: readonly Param[]
  readonly realm: string | undefined
  readonly username: string | undefined
  readonly nonce: string | undefined
  readonly algorithm: string | undefined
  /** `true` in a challenge after a nonce that was too old (RFC 3261 §22.4). */
  readonly isStale: boolean
}

/** Parses the value of a challenge or of credentials; schemes that nobody knows included. */
export function parseAuth(text: string): Auth {
  const trimmed = text.trim()
  const blank = trimmed.search(/\s/)
  const scheme = blank < 0 ? trimmed : trimmed.slice(0, blank)
  const params = blank < 0 ? [] : splitList(trimmed.slice(blank + 1).trim()).map(parseParam)
  return {
    scheme,
    params,
    realm: paramOf(params, 'realm'),
    username: paramOf(params, 'username'),
    nonce: paramOf(params, 'nonce'),
    algorithm: paramOf(params, 'algorithm'),
    isStale: paramOf(params, 'stale')?.toLowerCase() === 'true',
  }
}
