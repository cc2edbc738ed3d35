// How the own API says that something went wrong: {"error": {kind, message, field?}} and the
// status of the kind. Every error of every own route goes through here.
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure } from '../../base/failure.ts'
import type { ApiDialect } from '../http/dialect.ts'
import { RequestFailure, statusOf } from '../http/request-failure.ts'

export const ErrorBody = Type.Object(
  {
    error: Type.Object({
      kind: Type.String({ description: 'What sort of error; programs branch on this' }),
      message: Type.String({ description: 'One sentence for a person' }),
      field: Type.Optional(Type.String({ description: 'The parameter or field that is wrong' })),
    }),
  },
  { $id: 'Error', description: 'Why a request was not answered' },
)

const errorRef = Type.Unsafe<unknown>(Type.Ref('Error#'))

const descriptions: Readonly<Record<number, string>> = {
  400: 'The request is not understood; `field` says where',
  401: 'No session or token, or one that has ended',
  403: 'The account lacks the permission',
  404: 'There is no such thing',
  408: 'The request did not arrive in time',
  413: 'More than one request may ask for or bring',
  415: 'A body of another content type than is taken',
  416: 'The range lies beyond the end',
  429: 'Too many requests, or too many failed logins; `Retry-After` says how long to wait',
  500: 'A mistake of ours',
  503: 'The store does not answer at present',
  504: 'No answer was found in time',
  507: 'The disk is full',
}

/**
 * What a route that changes something can answer: to a body, which is read though it means nothing
 * there, and for want of room.
 */
export const CHANGE_ERRORS = [400, 408, 413, 415, 507] as const
/** What a route that makes a file of sound can answer: to a range, and for want of room. */
export const SOUND_ERRORS = [416, 507] as const

/** The error answers of a route's schema, besides those that every route can give. */
export function errorsOf(...statuses: (keyof typeof descriptions)[]) {
  const all = [...new Set([...statuses, 429, 500, 503, 504])].sort((one, other) => one - other)
  return Object.fromEntries(
    all.map((status) => [status, { ...errorRef, description: descriptions[status] ?? '' }]),
  )
}

/** The own API's dialect; it also speaks for paths that no other API owns. */
export const ownDialect: ApiDialect = {
  name: 'own',
  owns: () => true,
  sendFailure(_request: FastifyRequest, reply: FastifyReply, failure: Failure): void {
    const status = statusOf(failure)
    if (failure.retryAfterMs !== undefined) {
      reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="earshot"')
    const field = failure instanceof RequestFailure ? failure.field : undefined
    const error = { kind: failure.kind, message: messageOf(failure) }
    reply
      .code(status)
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .serializer((payload: unknown) => JSON.stringify(payload))
      .send({ error: field === undefined ? error : { ...error, field } })
  },
}

/** What happened inside stays inside: paths, statements and stacks are for the log. */
function messageOf(failure: Failure): string {
  return failure.kind === 'internal' ? 'internal error' : failure.message
}
