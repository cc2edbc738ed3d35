// The headers that stand on every answer of this API: the correlation id, no caching, and where
// the asker stands within its rate.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { peerOf } from '../../base/peers.ts'
import type { RateCount, RateLimiter } from '../http/rate-limiter.ts'

/** Puts the headers on an answer. */
export function addVendorHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  rate: RateCount,
): void {
  reply.headers({
    'inin-correlation-id': request.id,
    'inin-ratelimit-count': String(rate.count),
    'inin-ratelimit-allowed': String(rate.allowed),
    'inin-ratelimit-reset': String(rate.resetSeconds),
    'cache-control': 'no-cache, no-store, must-revalidate',
    pragma: 'no-cache',
    expires: '0',
  })
}

/** The same for requests that never came past the guard: unknown paths, broken escapes. */
export function addMissingVendorHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  limiter: RateLimiter,
): void {
  if (reply.hasHeader('inin-ratelimit-count')) return
  addVendorHeaders(request, reply, limiter.count(`address ${peerOf(request.ip)}`))
}
