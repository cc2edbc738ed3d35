// Header names: compact forms, the usual spelling, and which headers are comma lists. Text in,
// text out; knows nothing of values.
//
// RFC 3261 §7.3.3 and §20; the compact letters and headers of later RFCs as IANA lists them.

/** Compact form and long name, lower case (RFC 3261 §7.3.3 and the RFC named). */
const compactForms: Readonly<Record<string, string | undefined>> = {
  a: 'accept-contact', // RFC 3841
  b: 'referred-by', // RFC 3892
  c: 'content-type',
  d: 'request-disposition', // RFC 3841
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact', // RFC 3841
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info', // RFC 4474
  o: 'event', // RFC 6665
  r: 'refer-to', // RFC 3515
  s: 'subject',
  t: 'to',
  u: 'allow-events', // RFC 6665
  v: 'via',
  x: 'session-expires', // RFC 4028
  y: 'identity', // RFC 8224
}

const compactOf = new Map(
  Object.entries(compactForms).map(([letter, name]) => [name ?? '', letter]),
)

/** Headers that are comma lists; elsewhere a comma is part of the value (RFC 3261 §7.3.1). */
const lists: ReadonlySet<string> = new Set([
  'accept',
  'accept-contact',
  'accept-encoding',
  'accept-language',
  'alert-info',
  'allow',
  'allow-events',
  'call-info',
  'contact',
  'content-encoding',
  'content-language',
  'diversion',
  'error-info',
  'history-info',
  'in-reply-to',
  'p-access-network-info',
  'p-asserted-identity',
  'p-associated-uri',
  'p-preferred-identity',
  'path',
  'privacy',
  'proxy-require',
  'reason',
  'record-route',
  'reject-contact',
  'request-disposition',
  'require',
  'resource-priority',
  'route',
  'security-client',
  'security-server',
  'security-verify',
  'service-route',
  'supported',
  'unsupported',
  'via',
  'warning',
])

/** Names that capitals at the start and after hyphens do not give. */
const unusualSpellings: ReadonlyMap<string, string> = new Map(
  [
    'Call-ID',
    'CSeq',
    'MIME-Version',
    'P-Associated-URI',
    'RAck',
    'RSeq',
    'Session-ID',
    'SIP-ETag',
    'SIP-If-Match',
    'WWW-Authenticate',
  ].map((name) => [name.toLowerCase(), name]),
)

/** The long name in lower case, by which headers are compared: `v` and `Via` give `via`. */
export function headerKey(name: string): string {
  const key = name.toLowerCase()
  return key.length === 1 ? (compactForms[key] ?? key) : key
}

/** The compact letter of a header, given its key; undefined where it has none. */
export function compactForm(key: string): string | undefined {
  return compactOf.get(key)
}

/** The usual spelling of a header: `v` gives `Via`, `CALL-ID` gives `Call-ID`. */
export function canonicalHeaderName(name: string): string {
  const key = headerKey(name)
  return (
    unusualSpellings.get(key) ?? key.replace(/(^|-)([a-z])/g, (part: string) => part.toUpperCase())
  )
}

/** True where a line of this header may hold several values; takes the key. */
export function isListHeader(key: string): boolean {
  return lists.has(key)
}
