// Our failures in, the vendor's error body out: a dotted code, the status once more in the body,
// and the correlation id as contextId. The token endpoint has the form of OAuth instead
// (RFC 6749 §5.2). Fields without a value are absent, never null.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure, FailureKind, FailureOptions } from '../../base/failure.ts'
import { RequestFailure, statusOf } from '../http/request-failure.ts'

export const TOKEN_PATH = '/oauth/token'

interface VendorDetails {
  /** The vendor's code, where the kind alone does not tell it. */
  readonly code: string
  /** The text with `{name}` for what stands in `params`. */
  readonly text: string
  readonly params?: Readonly<Record<string, string>>
  readonly field?: string
  readonly status?: number
  /** The entity that it is about, where it is about one. */
  readonly entityId?: string
}

/** A failure that the vendor has a code of its own for. */
export class GenesysCloudFailure extends RequestFailure {
  readonly code: string
  readonly text: string
  readonly params: Readonly<Record<string, string>>
  readonly entityId: string | undefined

  constructor(kind: FailureKind, details: VendorDetails, options: FailureOptions = {}) {
    const params = details.params ?? {}
    super(kind, fill(details.text, params), {
      ...options,
      ...(details.field === undefined ? {} : { field: details.field }),
      ...(details.status === undefined ? {} : { status: details.status }),
    })
    this.code = details.code
    this.text = details.text
    this.params = params
    this.entityId = details.entityId
  }
}

/** A date that is missing, malformed or out of order. */
export function badDate(field: string, message: string): GenesysCloudFailure {
  return new GenesysCloudFailure('bad-input', { code: 'invalid.date', text: message, field })
}

/** An entity that is not there, or not to be seen by the asker. */
export function entityNotFound(what: string, entityId: string): GenesysCloudFailure {
  return new GenesysCloudFailure('not-found', {
    code: 'entity.not.found',
    text: 'There is no {what} with the id {entityId}.',
    params: { what, entityId },
    entityId,
  })
}

/** The search would bring more than one answer holds. */
export function tooLarge(what: string, max: number): GenesysCloudFailure {
  return new GenesysCloudFailure('bad-input', {
    code: 'response.entity.too.large',
    text: 'The search brings more than {max} {what}. Shorten the interval or add a filter.',
    params: { max: String(max), what },
  })
}

const codeOfKind: Readonly<Record<FailureKind, string>> = {
  'bad-input': 'bad.request',
  unauthorized: 'authentication.required',
  forbidden: 'not.authorized',
  'not-found': 'not.found',
  conflict: 'general.conflict',
  'too-large': 'request.entity.too.large',
  busy: 'too.many.requests',
  internal: 'internal.server.error',
  unavailable: 'service.unavailable',
  timeout: 'request.timeout',
  full: 'service.unavailable',
}

/** Sends a failure in the form of the path's endpoint. */
export function sendGenesysCloudFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
): void {
  // The vendor knows no 507; a full disk is a service that cannot be had at present.
  const status = failure.kind === 'full' ? 503 : statusOf(failure)
  if (failure.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  }
  const isToken = request.url === TOKEN_PATH || request.url.startsWith(`${TOKEN_PATH}?`)
  const body = isToken ? oauthBody(failure) : errorBody(request, failure, status)
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(body)
}

function errorBody(request: FastifyRequest, failure: Failure, status: number): object {
  const vendor = failure instanceof GenesysCloudFailure ? failure : undefined
  const code =
    vendor?.code ?? (status === 415 ? 'unsupported.media.type' : codeOfKind[failure.kind])
  const field = failure instanceof RequestFailure ? failure.field : undefined
  const hasParams = vendor !== undefined && Object.keys(vendor.params).length > 0
  return {
    message: messageOf(failure),
    code,
    status,
    ...(vendor?.entityId === undefined ? {} : { entityId: vendor.entityId }),
    ...(hasParams ? { messageWithParams: vendor.text, messageParams: vendor.params } : {}),
    contextId: request.id,
    details: field === undefined ? [] : [{ errorCode: code, fieldName: field }],
    errors: [],
  }
}

const oauthCodeOfKind: ReadonlyMap<FailureKind, string> = new Map([
  ['busy', 'temporarily_unavailable'],
  ['internal', 'server_error'],
  ['unavailable', 'temporarily_unavailable'],
  ['timeout', 'temporarily_unavailable'],
])

function oauthBody(failure: Failure): object {
  const code = failure instanceof GenesysCloudFailure ? failure.code : undefined
  const description = messageOf(failure)
  return {
    error: code ?? oauthCodeOfKind.get(failure.kind) ?? 'invalid_request',
    description,
    error_description: description,
  }
}

/** In the vendor's style: a sentence. What happened inside stays inside. */
function messageOf(failure: Failure): string {
  if (failure.kind === 'internal') return 'Something went wrong on the server.'
  if (failure.kind === 'busy' && failure.retryAfterMs !== undefined) {
    const seconds = Math.ceil(failure.retryAfterMs / 1000)
    return `Rate limit exceeded. Retry the request in [${seconds}] seconds`
  }
  // What begins with the name of a field keeps that name as it is.
  const field = failure instanceof RequestFailure ? failure.field : undefined
  if (field !== undefined && failure.message.startsWith(field)) return failure.message
  return `${failure.message.charAt(0).toUpperCase()}${failure.message.slice(1)}`
}

function fill(text: string, params: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole)
}
