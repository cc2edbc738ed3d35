// The account that a request acts for, where there must be one.
import type { FastifyRequest } from 'fastify'
import type { Account } from '../../accounts/account.ts'
import { Failure } from '../../base/failure.ts'

/** @throws Failure `unauthorized` where the request has none, as on open routes */
export function accountOf(request: FastifyRequest): Account {
  if (request.account === null) throw new Failure('unauthorized', 'log in first')
  return request.account
}
