// A parameter of a route's path in, its text out: percent escapes are undone already.
import type { FastifyRequest } from 'fastify'

/** The text of a parameter; empty where the route has none of that name. */
export function paramOf(request: Pick<FastifyRequest, 'params'>, name: string): string {
  const value = new Map<string, unknown>(Object.entries(request.params ?? {})).get(name)
  return typeof value === 'string' ? value : ''
}
