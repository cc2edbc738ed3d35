// URIs: text in, the parts out, as written. Makes no difference between a legal URI and the best
// reading of an illegal one, except for the notes; resolves and compares nothing.
//
//     sip:user:password@host:port;uri-parameters?headers                RFC 3261 §19.1.1
//     tel:+1-201-555-0123;phone-context=…                               RFC 3966 §3
import { type Note, noteNothing } from './problems.ts'
import { formatParams, type Param, parseParam } from './params.ts'

/** A URI of any scheme. Parts that the scheme does not have are empty. */
export interface Uri {
  /** Lower case, without the colon; '' where none is written. */
  readonly scheme: string
  /** User part as written, escapes and `;phone-context=…` included; of tel, the number. */
  readonly user: string
  readonly password: string | undefined
  /** As written; an IPv6 reference keeps its brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly params: readonly Param[]
  /** `?name=value&…` of a SIP URI. */
  readonly headers: readonly Param[]
  /** What follows the scheme, for schemes other than sip, sips and tel. */
  readonly opaque: string
}

const PORT_MAX = 65_535

/** Parses a URI. Text without a scheme is read as if it were `sip:`, for a user and a host. */
export function parseUri(text: string, note: Note = noteNothing): Uri {
  const trimmed = text.trim()
  if (/[ \t]/.test(trimmed)) note('sip.uri.blanks', `no blanks expected in ${brief(trimmed)}`)
  const scheme = schemeOf(trimmed)
  const rest = scheme === undefined ? trimmed : trimmed.slice(scheme.length + 1)
  const kind = scheme?.toLowerCase() ?? ''
  if (scheme === undefined) {
    note('sip.uri.scheme-missing', `scheme expected, found ${brief(trimmed)}`)
  } else if (kind !== 'sip' && kind !== 'sips' && kind !== 'tel') {
    note('sip.uri.scheme', `sip, sips or tel expected, found ${brief(kind)}`)
    return { ...NO_PARTS, scheme: kind, opaque: rest }
  }
  noteEscapes(rest, note)
  return kind === 'tel' ? parseTel(rest) : parseSip(kind, rest, note)
}

/** The inverse of `parseUri`: the same URI without blanks around its parts. */
export function formatUri(uri: Uri): string {
  const scheme = uri.scheme === '' ? '' : `${uri.scheme}:`
  if (uri.opaque !== '') return scheme + uri.opaque
  if (uri.scheme === 'tel') return scheme + uri.user + formatParams(uri.params)
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const user = uri.user === '' && password === '' ? '' : `${uri.user}${password}@`
  const port = uri.port === undefined ? '' : `:${uri.port}`
  const headers = uri.headers.map(({ name, value }) =>
    value === undefined ? name : `${name}=${value}`,
  )
  const query = headers.length === 0 ? '' : `?${headers.join('&')}`
  return scheme + user + uri.host + port + formatParams(uri.params) + query
}

/** Undoes `%hh` escapes; what is no escape, and bytes that are no UTF-8, stay as written. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}

/** Value of a URI's parameter, escapes undone on both sides; '' for one without value. */
export function uriParam(uri: Uri, name: string): string | undefined {
  for (const param of uri.params) {
    if (unescapeUri(param.name).toLowerCase() === name) return unescapeUri(param.value ?? '')
  }
  return undefined
}

/** The scheme as written: letters, digits and +-. up to a colon (RFC 3986 §3.1). */
function schemeOf(text: string): string | undefined {
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  const scheme = text.slice(0, colon)
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*$/.test(scheme)) return undefined
  // `example.com:5060` is a host and a port, whose sender forgot the scheme.
  return scheme.includes('.') && /^\d{1,5}([;?]|$)/.test(text.slice(colon + 1)) ? undefined : scheme
}

function parseTel(rest: string): Uri {
  const [number = '', ...params] = rest.split(';')
  return { ...NO_PARTS, scheme: 'tel', user: number.trim(), params: params.map(parseParam) }
}

function parseSip(scheme: string, rest: string, note: Note): Uri {
  const at = rest.indexOf('@')
  const userinfo = at < 0 ? '' : rest.slice(0, at)
  const colon = userinfo.indexOf(':')
  const tail = rest.slice(at + 1)
  const hostEnd = tail.search(/[;?]/)
  const hostport = (hostEnd < 0 ? tail : tail.slice(0, hostEnd)).trim()
  const query = tail.indexOf('?', Math.max(0, hostEnd))
  const paramsEnd = query < 0 ? tail.length : query
  const params = hostEnd < 0 || hostEnd >= paramsEnd ? '' : tail.slice(hostEnd + 1, paramsEnd)
  const headers = query < 0 ? '' : tail.slice(query + 1)
  return {
    scheme,
    user: colon < 0 ? userinfo : userinfo.slice(0, colon),
    password: colon < 0 ? undefined : userinfo.slice(colon + 1),
    ...parseHostPort(hostport, note),
    params: splitNonEmpty(params, ';'),
    headers: splitNonEmpty(headers, '&'),
    opaque: '',
  }
}

/** Parses `host`, `host:port` or `[v6]:port`; blanks may stand around the colon, as in Via. */
export function parseHostPort(
  text: string,
  note: Note = noteNothing,
): { host: string; port: number | undefined } {
  const close = text.startsWith('[') ? text.indexOf(']') : -1
  const colon = text.indexOf(':', close + 1)
  const host = (colon < 0 ? text : text.slice(0, colon)).trim()
  if (host === '') note('sip.uri.host-missing', 'host expected, found nothing')
  // An IPv6 address without its brackets: all of it is the host.
  if (close < 0 && colon >= 0 && text.indexOf(':', colon + 1) >= 0) {
    note('sip.uri.host', `brackets expected around ${brief(text)}`)
    return { host: text, port: undefined }
  }
  if (host !== '' && !/^(\[[0-9a-fA-F:.%]+\]|[a-zA-Z0-9._-]+)$/.test(host)) {
    note('sip.uri.host', `name or address expected, found ${brief(host)}`)
  }
  if (colon < 0) return { host, port: undefined }
  const digits = text.slice(colon + 1).trim()
  const port = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : -1
  if (port >= 0 && port <= PORT_MAX) return { host, port }
  note('sip.uri.port', `port from 0 to ${PORT_MAX} expected, found ${brief(digits)}`)
  return { host, port: undefined }
}

function splitNonEmpty(text: string, separator: string): Param[] {
  if (text === '') return []
  const parts = text.split(separator).map((part) => part.trim())
  return parts.filter((part) => part !== '').map(parseParam)
}

function noteEscapes(text: string, note: Note): void {
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    if (/^%[0-9a-fA-F]{2}/.test(text.slice(at, at + 3))) continue
    note(
      'sip.uri.escape',
      `two hexadecimal digits expected after %, found ${brief(text.slice(at))}`,
    )
    return
  }
}

/** Text for a problem's detail: enough to recognise it by. */
export function brief(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`
}

const NO_PARTS: Uri = {
  scheme: '',
  user: '',
  password: undefined,
  host: '',
  port: undefined,
  params: [],
  headers: [],
  opaque: '',
}
