// Who a request of a vendor's API acts for, where the vendor takes an id and a secret with every
// request (RFC 7617). It counts, lets in and refuses; in which words is the API's.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Account, type Dialect, holdsPermission } from '../../accounts/account.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { Failure } from '../../base/failure.ts'
import { peerOf } from '../../base/peers.ts'
import type { RateCount, RateLimiter } from '../http/rate-limiter.ts'

export interface BasicParts {
  readonly accounts: Accounts
  readonly limiter: RateLimiter
  readonly dialect: Dialect
  /** Puts what the vendor tells of its rate on the answer. */
  readonly tellRate?: (reply: FastifyReply, rate: RateCount) => void
}

/**
 * Sets `request.account` for an id and a secret that are right, and refuses everything else that
 * the route is not open for.
 * @throws Failure `unauthorized`, `forbidden` or `busy`
 */
export async function admitBasic(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: BasicParts,
): Promise<void> {
  const { isOpen, permission } = request.routeOptions.config
  const account = isOpen === true ? undefined : await accountOf(request, reply, parts)
  const principal =
    account === undefined ? `address ${peerOf(request.ip)}` : `account ${account.id}`
  count(principal, reply, parts)
  if (account === undefined) return
  request.account = account
  if (typeof permission === 'string' && !holdsPermission(account, permission)) {
    throw new Failure('forbidden', `the account lacks the permission ${permission}`)
  }
}

async function accountOf(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: BasicParts,
): Promise<Account> {
  const credentials = readBasic(request.headers.authorization)
  try {
    if (credentials === undefined)
      throw new Failure('unauthorized', 'an id and a secret are needed')
    const { id, secret } = credentials
    return await parts.accounts.verify(parts.dialect, id, secret, request.ip)
  } catch (error) {
    count(`address ${peerOf(request.ip)}`, reply, parts)
    throw error
  }
}

function count(principal: string, reply: FastifyReply, parts: BasicParts): void {
  const rate = parts.limiter.count(principal)
  parts.tellRate?.(reply, rate)
  if (!rate.isOver) return
  throw new Failure('busy', 'too many requests', { retryAfterMs: rate.resetSeconds * 1000 })
}

/** The id and the secret of an Authorization header; undefined where it holds none. */
export function readBasic(
  header: string | undefined,
): { readonly id: string; readonly secret: string } | undefined {
  const encoded = /^Basic +([\w+/-]+=*) *$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 1 ? undefined : { id: text.slice(0, colon), secret: text.slice(colon + 1) }
}
