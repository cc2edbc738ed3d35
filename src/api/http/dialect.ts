// How one API says that something went wrong, and which paths are its own: so that an unknown
// path or a bad token is refused in the words that the path's clients understand.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure } from '../../base/failure.ts'

export interface ApiDialect {
  readonly name: string
  /** Whether a path, without its query, belongs to this API. */
  owns(path: string): boolean
  /** Sends the failure in the API's own form. Called once, also for requests never routed. */
  sendFailure(request: FastifyRequest, reply: FastifyReply, failure: Failure): void
}

/** The path of a request as it was sent, without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}
