// Who a request of the own API acts for: the account of its bearer token or of its session
// cookie, with the permission that the route needs. It refuses; it does not log anybody in.
import type { FastifyRequest } from 'fastify'
import { type Account, holdsPermission } from '../../accounts/account.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { Failure } from '../../base/failure.ts'
import { peerOf } from '../../base/peers.ts'
import { isOfForeignPage } from '../http/foreign-page.ts'
import type { ApiParts } from '../http/parts.ts'
import type { RateLimiter } from '../http/rate-limiter.ts'

export const SESSION_COOKIE = 'earshot_session'

/**
 * Refuses what has no account, too little permission, or comes too often. Sets `request.account`.
 * @throws Failure `unauthorized`, `forbidden` or `busy`
 */
export function admit(request: FastifyRequest, parts: ApiParts, limiter: RateLimiter): void {
  const config = request.routeOptions.config
  const account = authenticate(request, parts.accounts)
  countRequest(request, account, limiter)
  request.account = account ?? null
  if (config.isOpen === true) return
  if (account === undefined) throw new Failure('unauthorized', 'log in first')
  const { permission = 'view' } = config
  if (permission !== null && !holdsPermission(account, permission)) {
    throw new Failure('forbidden', `the account lacks the permission ${permission}`)
  }
}

/** The account behind a request; undefined where it names none or one that has ended. */
export function authenticate(request: FastifyRequest, accounts: Accounts): Account | undefined {
  const header = request.headers.authorization
  if (header !== undefined) {
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
    return ofOwnApi(token === undefined ? undefined : accounts.accountOf('bearer', token))
  }
  const token = request.cookies[SESSION_COOKIE]
  if (token === undefined) return undefined
  const account = ofOwnApi(accounts.accountOf('session', token))
  if (account !== undefined) refuseForeignPages(request)
  return account
}

function ofOwnApi(account: Account | undefined): Account | undefined {
  return account?.dialect === 'own' ? account : undefined
}

/**
 * SameSite keeps other sites from using the cookie, but other ports of one host are the same
 * site to it. A page that is not ours may not change anything.
 */
function refuseForeignPages(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  if (!isOfForeignPage(request.headers)) return
  throw new Failure('forbidden', 'the request comes from a page of another origin')
}

function countRequest(
  request: FastifyRequest,
  account: Account | undefined,
  limiter: RateLimiter,
): void {
  const principal =
    account === undefined ? `address ${peerOf(request.ip)}` : `account ${account.id}`
  const rate = limiter.count(principal)
  if (!rate.isOver) return
  throw new Failure('busy', `more than ${rate.allowed} requests in a minute`, {
    retryAfterMs: rate.resetSeconds * 1000,
  })
}
