// The address under which a client reaches us: as configured, else as its own request says. The
// Host header is believed only in form, and what is made of it goes back to its sender alone.
import type { FastifyRequest } from 'fastify'
import type { ApiSettings } from './parts.ts'

const HOST = /^([\w.-]{1,253}|\[[\da-f:.]{2,45}\])(:\d{1,5})?$/i

/** `https://host:port`, without a slash at its end. */
export function publicBaseOf(
  request: Pick<FastifyRequest, 'host' | 'protocol'>,
  settings: ApiSettings,
): string {
  if (settings.publicUrl !== undefined) return settings.publicUrl.replace(/\/+$/, '')
  const host = HOST.test(request.host) ? request.host : 'localhost'
  return `${request.protocol}://${host}`
}
