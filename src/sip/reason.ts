// Reason: text in, why a request was sent or refused out. Knows no cause by its meaning.
//
//     reason-value = protocol *( SEMI reason-params )                         RFC 3326 §2
import { splitAt, splitList } from './comma-list.ts'
import { paramOf, parseParam } from './params.ts'

export interface Reason {
  /** Whose numbers the causes are, as written: `SIP`, `Q.850`, or a switch's own name. */
  readonly protocol: string
  readonly cause: number | null
  readonly text: string | null
}

/** Parses the values of Reason headers, joined by commas. */
export function parseReasons(text: string): Reason[] {
  return splitList(text).map((value) => {
    const [protocol = '', ...rest] = splitAt(value, ';')
    const params = rest.map(parseParam)
    const cause = paramOf(params, 'cause') ?? ''
    return {
      protocol,
      cause: /^\d{1,9}$/.test(cause) ? Number(cause) : null,
      text: paramOf(params, 'text') || null,
    }
  })
}
