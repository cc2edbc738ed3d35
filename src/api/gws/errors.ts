// Our failures in, the vendor's error body out: statusCode and statusMessage, and nothing else.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure, FailureKind } from '../../base/failure.ts'
import { RequestFailure, statusOf } from '../http/request-failure.ts'

/** What every answer but sound is, in the vendor's spelling. */
export const JSON_TYPE = 'application/json;charset=UTF-8'

/** The vendor's codes that we use. */
const MISSING = 1
const INVALID = 2
const FORBIDDEN = 3
const INTERNAL = 4
const NO_PERMISSION = 5
const NOT_FOUND = 6
const NOT_AUTHENTICATED = 20

/** A failure that the vendor has a code of its own for. */
export class GwsFailure extends RequestFailure {
  readonly statusCode: number

  constructor(
    kind: FailureKind,
    message: string,
    vendor: { readonly statusCode: number; readonly status?: number },
  ) {
    super(kind, message, vendor.status === undefined ? {} : { status: vendor.status })
    this.statusCode = vendor.statusCode
  }
}

/** A search without a parameter that this API knows. */
export function missingParameter(): GwsFailure {
  return new GwsFailure('bad-input', 'Required parameter is missing.', { statusCode: MISSING })
}

/** A parameter whose value is not understood. */
export function invalidParameter(name: string): GwsFailure {
  return new GwsFailure('bad-input', `Parameter [${name}] is not valid.`, { statusCode: INVALID })
}

export function noRecording(id: string): GwsFailure {
  const message = `Requested recording [${id.slice(0, 100)}] cannot be found.`
  return new GwsFailure('not-found', message, { statusCode: NOT_FOUND })
}

/** The vendor documents reading alone. */
export function readOnly(): GwsFailure {
  return new GwsFailure('forbidden', 'The operation is not allowed on this resource.', {
    statusCode: FORBIDDEN,
    status: 405,
  })
}

const codeOfKind: Readonly<Record<FailureKind, number>> = {
  'bad-input': INVALID,
  unauthorized: NOT_AUTHENTICATED,
  forbidden: NO_PERMISSION,
  'not-found': NOT_FOUND,
  conflict: INVALID,
  'too-large': INVALID,
  busy: FORBIDDEN,
  internal: INTERNAL,
  unavailable: INTERNAL,
  timeout: INTERNAL,
  full: INTERNAL,
}

/** Sends a failure in the vendor's form. */
export function sendGwsFailure(
  _request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
): void {
  const status = failure.kind === 'full' ? 503 : statusOf(failure)
  if (status === 401) reply.header('www-authenticate', 'Basic realm="GWS", charset="UTF-8"')
  if (status === 405) reply.header('allow', 'GET, HEAD')
  if (failure.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  }
  const statusCode = failure instanceof GwsFailure ? failure.statusCode : codeOfKind[failure.kind]
  reply
    .code(status)
    .type(JSON_TYPE)
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send({ statusCode, statusMessage: messageOf(failure) })
}

function messageOf(failure: Failure): string {
  if (failure.kind === 'internal') return 'Internal error.'
  if (failure.kind === 'unauthorized') return 'Access denied.'
  if (failure.kind === 'forbidden' && !(failure instanceof GwsFailure)) {
    return 'Insufficient user roles.'
  }
  return `${failure.message.charAt(0).toUpperCase()}${failure.message.slice(1)}`
}
