// The GWS call recording API, put together: the prefixes under which it is served, the guard before
// them, and its routes. Nothing of the vendor's words leaves this folder.
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { type ApiDialect, pathOf } from '../http/dialect.ts'
import { apiLimits } from '../http/limits.ts'
import { sendIndexPage } from '../http/pages.ts'
import { RateLimiter } from '../http/rate-limiter.ts'
import { admitBasic } from '../vendor/basic-auth.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { JSON_TYPE, sendGwsFailure } from './errors.ts'
import { registerRecordings } from './recordings.ts'

/** Of the later versions, of the vendor's example, and of its text. */
const PREFIXES = ['/api/v2', '/cloud-web/api/v2', ''] as const
const PERMISSION = 'CONTACT_CENTER_ADMIN'

export interface Gws {
  readonly dialect: ApiDialect
  register(app: App): Promise<void>
}

export function createGws(parts: VendorParts): Gws {
  const limiter = new RateLimiter(parts.clock, {
    requestsMax: parts.settings.gwsRequestsPerMinute,
    windowSeconds: 60,
  })
  const guard = { accounts: parts.accounts, limiter, dialect: 'gws' } as const
  const dialect: ApiDialect = {
    name: 'gws',
    owns: (path) => /^(?:\/cloud-web\/|(?:\/api\/v2)?\/recordings(?:\/|$))/.test(path),
    sendFailure(request, reply, failure) {
      reply.header('cache-control', 'no-store')
      sendGwsFailure(request, reply, failure)
    },
  }
  const register = async (root: App) => {
    await root.register(async (app: App) => {
      app.addHook('onRoute', (route) => {
        route.handlerTimeout ??= apiLimits.answerMsMax
      })
      app.addHook('onRequest', async (request, reply) => {
        if (isForPages(request) && sendIndexPage(request, reply)) return reply
        reply.header('cache-control', 'no-store')
        await admitBasic(request, reply, guard)
        return undefined
      })
      app.addHook('preSerialization', async (_request, reply, payload) => {
        reply.type(JSON_TYPE)
        return payload
      })
      for (const prefix of PREFIXES) {
        registerRecordings(app, prefix, { ...parts, permission: PERMISSION })
      }
    })
  }
  return { dialect, register }
}

/** A browser without credentials gets the pages here, and not a question for a password. */
function isForPages(request: FastifyRequest): boolean {
  const hasCredentials = request.headers.authorization !== undefined
  return !hasCredentials && /^\/recordings(?:\/[^/]+)?$/.test(pathOf(request.url))
}
