// A request in, the finder for it out: what its account may see, and nothing beyond. Every route
// that shows calls, messages or media asks this one; a test forbids to take the finder of the parts.
import type { FastifyRequest } from 'fastify'
import type { Account } from '../../accounts/account.ts'
import { legRulesOf } from '../../accounts/scope.ts'
import { readTrunks } from '../../accounts/trunk.ts'
import { Failure } from '../../base/failure.ts'
import type { Finder } from '../../query/finder.ts'
import { scopedFinder } from '../../query/scoped-finder.ts'
import type { ApiParts } from './parts.ts'

type Parts = Pick<ApiParts, 'finder' | 'settings'>

/** The finder of a request's account. @throws Failure `unauthorized` where it has none */
export function finderOf(request: FastifyRequest, parts: Parts): Finder {
  if (request.account === null) throw new Failure('unauthorized', 'log in first')
  return finderFor(request.account, parts)
}

/** The same for work that goes on after its request: jobs, callbacks. Made anew for each piece. */
export function finderFor(account: Pick<Account, 'scope'>, parts: Parts): Finder {
  if (account.scope.length === 0) return parts.finder
  const rules = legRulesOf(account.scope, readTrunks(parts.settings.trunks))
  return scopedFinder(parts.finder, rules)
}
