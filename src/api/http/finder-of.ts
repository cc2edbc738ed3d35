// A request in, the finder for it out: what its account may see, and nothing beyond. Every route
// that shows calls, messages or media asks this one; a test forbids the finder of the parts.
import type { FastifyRequest } from 'fastify'
import type { Account } from '../../accounts/account.ts'
import { legRulesOf } from '../../accounts/scope.ts'
import { readTrunks } from '../../accounts/trunk.ts'
import { Failure } from '../../base/failure.ts'
import type { Finder } from '../../query/finder.ts'
import { scopedFinder } from '../../query/scoped-finder.ts'
import { accountOf } from './account-of.ts'
import type { ApiParts } from './parts.ts'

type Parts = Pick<ApiParts, 'finder' | 'settings'>

/** The finder of a request's account. @throws Failure `unauthorized` where it has none */
export function finderOf(request: FastifyRequest, parts: Parts): Finder {
  return finderFor(accountOf(request), parts)
}

/** The same for work that goes on after its request: jobs, callbacks. Made anew for each piece. */
export function finderFor(account: Pick<Account, 'scope'>, parts: Parts): Finder {
  if (account.scope.length === 0) return parts.finder
  const rules = legRulesOf(account.scope, readTrunks(parts.settings.trunks))
  return scopedFinder(parts.finder, rules)
}

/**
 * Refuses what tells of all traffic to an account that sees a part of it.
 * @throws Failure `forbidden`
 */
export function refuseLimited(request: FastifyRequest): void {
  if (request.account === null || request.account.scope.length === 0) return
  throw new Failure('forbidden', 'the account sees a part of the traffic, and this is of all of it')
}
