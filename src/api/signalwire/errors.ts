// Our failures in, the vendor's error body out: {code, message, more_info, status}, always JSON,
// for the vendor's client cannot read anything else. The codes are those of the vendor's error
// page.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure, FailureKind } from '../../base/failure.ts'
import { statusOf } from '../http/request-failure.ts'

/** The vendor's codes; of what it has none for, the nearest. */
const codeOfKind: Readonly<Record<FailureKind, number>> = {
  'bad-input': 10_000,
  unauthorized: 20_003,
  forbidden: 20_003,
  'not-found': 20_404,
  conflict: 20_009,
  'too-large': 10_000,
  busy: 20_429,
  internal: 20_504,
  unavailable: 20_001,
  timeout: 20_001,
  full: 20_001,
}

const MORE_INFO = 'https://developer.signalwire.com/compatibility-api/reference/error-codes'

/** Sends a failure in the vendor's form. */
export function sendSignalwireFailure(
  _request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
): void {
  const code = codeOfKind[failure.kind]
  const status = vendorStatus(failure)
  if (status === 401) reply.header('www-authenticate', 'Basic realm="SignalWire", charset="UTF-8"')
  if (failure.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  }
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send({ code, message: messageOf(failure), more_info: `${MORE_INFO}#${code}`, status })
}

/** The vendor has no 403: a token without the scope is one that does not authenticate. */
function vendorStatus(failure: Failure): number {
  if (failure.kind === 'forbidden') return 401
  return failure.kind === 'full' ? 503 : statusOf(failure)
}

/** What happened inside stays inside. */
function messageOf(failure: Failure): string {
  if (failure.kind === 'internal') return 'Something went wrong on the server.'
  if (failure.kind === 'unauthorized') return 'Authentication Error - invalid username or password'
  // What begins with the name of a parameter keeps that name as it is.
  if (/^[\w<>]+:/.test(failure.message)) return failure.message
  return `${failure.message.charAt(0).toUpperCase()}${failure.message.slice(1)}`
}
