// Who a request of this API acts for: the account of its bearer token, within its rate and with
// the permission of the operation. It refuses; the token endpoint (oauth.ts) lets in.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Account, holdsPermission } from '../../accounts/account.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { Failure } from '../../base/failure.ts'
import { peerOf } from '../../base/peers.ts'
import type { RateLimiter } from '../http/rate-limiter.ts'
import { GenesysCloudFailure } from './errors.ts'
import { addVendorHeaders } from './headers.ts'

/**
 * Refuses what has no account, too little permission, or comes too often. Sets `request.account`
 * and the headers of the answer. @throws Failure
 */
export function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: { readonly accounts: Accounts; readonly limiter: RateLimiter },
): void {
  const token = bearerTokenOf(request)
  const account = token === undefined ? undefined : accountOf(parts.accounts, token)
  const principal =
    account === undefined ? `address ${peerOf(request.ip)}` : `account ${account.id}`
  const rate = parts.limiter.count(principal)
  addVendorHeaders(request, reply, rate)
  if (rate.isOver) {
    throw new Failure('busy', 'too many requests', { retryAfterMs: rate.resetSeconds * 1000 })
  }
  request.account = account ?? null
  const { isOpen, permission, isAnyPermission } = request.routeOptions.config
  if (isOpen === true) return
  if (account === undefined) throw unauthenticated(token)
  if (typeof permission === 'string' && !holdsPermission(account, permission)) {
    throw isAnyPermission === true ? missingAny(permission) : missingPermissions(permission)
  }
}

function bearerTokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}

function accountOf(accounts: Accounts, token: string): Account | undefined {
  const account = accounts.accountOf('bearer', token)
  return account?.dialect === 'genesys-cloud' ? account : undefined
}

function unauthenticated(token: string | undefined): Failure {
  if (token === undefined) {
    return new Failure('unauthorized', 'the Authorization header holds no bearer token.')
  }
  return new GenesysCloudFailure('unauthorized', {
    code: 'bad.credentials',
    text: 'The token is not known or has expired.',
  })
}

/** For operations that need all of the named permissions. */
function missingPermissions(permissions: string): Failure {
  return new GenesysCloudFailure('forbidden', {
    code: 'missing.permissions',
    text: 'The request was refused, for it needs the permission(s): {permissions}',
    params: { permissions },
  })
}

/** For operations that need any one of the named permissions. */
function missingAny(permissions: string): Failure {
  return new GenesysCloudFailure('forbidden', {
    code: 'missing.any.permissions',
    text: 'The request was refused, for it needs one of the permission(s): {permissions}',
    params: { permissions },
  })
}
