// Our failures in, the vendor's error body out: {category, code, message, details}, where details
// say which request it was. 429 also says when the window ends.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure, FailureKind } from '../../base/failure.ts'
import type { Clock } from '../../base/clock.ts'
import { pathOf } from '../http/dialect.ts'
import { RequestFailure, statusOf } from '../http/request-failure.ts'

/** A failure that the vendor has a code of its own for. */
export class BandwidthFailure extends RequestFailure {
  readonly category: string
  readonly code: string

  constructor(
    kind: FailureKind,
    message: string,
    vendor: { readonly category: string; readonly code: string; readonly status?: number },
  ) {
    super(kind, message, vendor.status === undefined ? {} : { status: vendor.status })
    this.category = vendor.category
    this.code = vendor.code
  }
}

/** `call`, `recording`, `media` …, and the id that was asked for. */
export function notFound(what: string, id: string): BandwidthFailure {
  return new BandwidthFailure('not-found', `The ${what} ${id} could not be found`, {
    category: 'not-found',
    code: `${what}-not-found`,
  })
}

const vendorOfKind: Readonly<Record<FailureKind, { category: string; code: string }>> = {
  'bad-input': { category: 'bad-request', code: 'validation-error' },
  unauthorized: { category: 'authentication', code: 'invalid-credentials' },
  forbidden: { category: 'forbidden', code: 'forbidden' },
  'not-found': { category: 'not-found', code: 'resource-not-found' },
  conflict: { category: 'conflict', code: 'call-update-conflict' },
  'too-large': { category: 'bad-request', code: 'validation-error' },
  busy: { category: 'too-many-requests', code: 'rate-limit-reached' },
  internal: { category: 'backend', code: 'internal-error' },
  unavailable: { category: 'unavailable', code: 'service-unavailable' },
  timeout: { category: 'unavailable', code: 'request-timeout' },
  full: { category: 'unavailable', code: 'service-unavailable' },
}

/** Sends a failure in the vendor's form. */
export function sendBandwidthFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
  clock: Clock,
): void {
  const status = failure.kind === 'full' ? 503 : statusOf(failure)
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Bandwidth", charset="UTF-8"')
  const details = [
    { name: 'requestMethod', value: request.method },
    { name: 'remoteAddress', value: request.ip },
    {
      name: 'requestPath',
      value: pathOf(request.url)
        .replace(/^\/v1\//, '')
        .slice(0, 300),
    },
  ]
  if (failure.retryAfterMs !== undefined) {
    const resetMs = Math.ceil(clock.nowUs() / 1000) + failure.retryAfterMs
    reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
    reply.header('x-ratelimit-reset', String(resetMs))
    details.push({ name: 'rateLimitResetTime', value: String(resetMs) })
  }
  const { category, code } =
    failure instanceof BandwidthFailure ? failure : vendorOfKind[failure.kind]
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send({ category, code, message: messageOf(failure), details })
}

/** What happened inside stays inside. */
function messageOf(failure: Failure): string {
  if (failure.kind === 'internal') return 'Something went wrong on the server'
  // What begins with the name of a parameter keeps that name as it is.
  if (/^[\w<>]+:/.test(failure.message)) return failure.message
  return `${failure.message.charAt(0).toUpperCase()}${failure.message.slice(1)}`
}
