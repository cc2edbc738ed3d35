// A digest challenge and credentials in, the header that answers it out (RFC 3261 §22, RFC 7616,
// RFC 8760). MD5 and SHA-256, each also as `-sess`; of several challenges the stronger is answered.
import { createHash, randomBytes } from 'node:crypto'
import { type Auth, parseAuth } from '../../sip/auth.ts'
import type { SipMessage } from '../../sip/message.ts'
import { paramOf } from '../../sip/params.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

const hashes: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['md5', 'md5'],
])

/** The header line that answers a 401 or 407; undefined where none of its challenges is known. */
export function answerChallenge(
  response: SipMessage,
  request: { readonly method: string; readonly uri: string },
  credentials: Credentials,
): string | undefined {
  const isProxy = response.statusCode === 407
  const name = isProxy ? 'proxy-authenticate' : 'www-authenticate'
  const challenges = response.headers(name).map(parseAuth)
  for (const [algorithm, hash] of hashes) {
    const challenge = challenges.find((each) => isOf(each, algorithm))
    if (challenge === undefined) continue
    const value = digestOf(challenge, hash, request, credentials)
    return `${isProxy ? 'Proxy-Authorization' : 'Authorization'}: ${value}`
  }
  return undefined
}

function isOf(challenge: Auth, algorithm: string): boolean {
  if (challenge.scheme.toLowerCase() !== 'digest' || challenge.nonce === undefined) return false
  return (challenge.algorithm ?? 'md5').toLowerCase().replace(/-sess$/, '') === algorithm
}

function digestOf(
  challenge: Auth,
  hash: string,
  { method, uri }: { readonly method: string; readonly uri: string },
  { user, password }: Credentials,
): string {
  const h = (text: string) => createHash(hash).update(text).digest('hex')
  const { realm = '', nonce = '', algorithm } = challenge
  const qops = (paramOf(challenge.params, 'qop') ?? '').split(',').map((qop) => qop.trim())
  const hasQop = qops.includes('auth')
  const cnonce = randomBytes(8).toString('hex')
  const nc = '00000001'
  const isSession = algorithm?.toLowerCase().endsWith('-sess') === true
  const base = h(`${user}:${realm}:${password}`)
  const a1 = isSession ? h(`${base}:${nonce}:${cnonce}`) : base
  const a2 = h(`${method}:${uri}`)
  const response = hasQop
    ? h(`${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}`)
    : h(`${a1}:${nonce}:${a2}`)
  const opaque = paramOf(challenge.params, 'opaque')
  return [
    `Digest username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(hasQop || isSession ? [`cnonce="${cnonce}"`] : []),
    ...(hasQop ? ['qop=auth', `nc=${nc}`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ].join(', ')
}

/** A stranger's challenge must not end our header line. */
function quoted(text: string): string {
  return `"${text.replace(/[\r\n]/g, '').replace(/["\\]/g, '\\$&')}"`
}
