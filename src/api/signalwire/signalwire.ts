// The SignalWire Compatibility API, put together: both prefixes that its users write, the guard
// before them, and the routes of each resource. Nothing of the vendor's words leaves this folder.
import type { FastifyReply } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { App } from '../http/app.ts'
import type { ApiDialect } from '../http/dialect.ts'
import { apiLimits } from '../http/limits.ts'
import { type RateCount, RateLimiter } from '../http/rate-limiter.ts'
import { admitBasic } from '../vendor/basic-auth.ts'
import { paramOf } from '../vendor/path-param.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { API_VERSION } from './call-resource.ts'
import { registerCalls } from './calls.ts'
import { sendSignalwireFailure } from './errors.ts'
import { registerRecordings } from './recordings.ts'

/** The client writes the second, the vendor's pages and links the first. */
const PREFIXES = [`/api/laml/${API_VERSION}`, `/${API_VERSION}`] as const
const PERMISSION = 'Voice'

export interface Signalwire {
  readonly dialect: ApiDialect
  register(app: App): Promise<void>
}

export function createSignalwire(parts: VendorParts): Signalwire {
  const limiter = new RateLimiter(parts.clock, {
    requestsMax: parts.settings.signalwireRequestsPerMinute,
    windowSeconds: 60,
  })
  const guard = { accounts: parts.accounts, limiter, dialect: 'signalwire', tellRate } as const
  const dialect: ApiDialect = {
    name: 'signalwire',
    owns: (path) =>
      path === '/api/laml' || path.startsWith('/api/laml/') || path.startsWith(`/${API_VERSION}`),
    sendFailure(request, reply, failure) {
      reply.header('cache-control', 'no-store')
      sendSignalwireFailure(request, reply, failure)
    },
  }
  const register = async (root: App) => {
    await root.register(async (app: App) => {
      app.addHook('onRoute', (route) => {
        route.handlerTimeout ??= apiLimits.answerMsMax
      })
      app.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        await admitBasic(request, reply, guard)
        // After the guard, so that nobody learns which accounts there are.
        const isOwn = request.account === null || request.account.id === paramOf(request, 'account')
        if (!isOwn) throw new Failure('not-found', 'the account was not found')
      })
      for (const prefix of PREFIXES) {
        const base = `${prefix}/Accounts/:account`
        const all = { ...parts, permission: PERMISSION }
        registerCalls(app, base, all)
        registerRecordings(app, base, all)
      }
    })
  }
  return { dialect, register }
}

function tellRate(reply: FastifyReply, { allowed, count }: RateCount): void {
  if (allowed === 0) return
  reply.header('x-ratelimit-limit', String(allowed))
  reply.header('x-ratelimit-remaining', String(Math.max(0, allowed - count)))
}
