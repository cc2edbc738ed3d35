// The Bandwidth API (Catapult v1), put together: the paths that are its own, the guard before them,
// and the routes of each resource. Nothing of the vendor's words leaves this folder.
import type { App } from '../http/app.ts'
import type { ApiDialect } from '../http/dialect.ts'
import { apiLimits } from '../http/limits.ts'
import { RateLimiter } from '../http/rate-limiter.ts'
import { admitBasic } from '../vendor/basic-auth.ts'
import { paramOf } from '../vendor/path-param.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { registerCalls } from './calls.ts'
import { BandwidthFailure, sendBandwidthFailure } from './errors.ts'
import { registerEvents } from './events.ts'
import { registerMedia } from './media.ts'
import { registerRecordings } from './recordings.ts'
import { registerUserErrors } from './user-errors.ts'

const BASE = '/v1/users/:userId'

export interface Bandwidth {
  readonly dialect: ApiDialect
  register(app: App): Promise<void>
}

export function createBandwidth(parts: VendorParts): Bandwidth {
  const limiter = new RateLimiter(parts.clock, {
    requestsMax: parts.settings.bandwidthRequestsPerMinute,
    windowSeconds: 60,
  })
  const guard = { accounts: parts.accounts, limiter, dialect: 'bandwidth' } as const
  const dialect: ApiDialect = {
    name: 'bandwidth',
    owns: (path) => path === '/v1' || path.startsWith('/v1/'),
    sendFailure(request, reply, failure) {
      reply.header('cache-control', 'no-store')
      sendBandwidthFailure(request, reply, failure, parts.clock)
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
        if (request.account?.userId !== paramOf(request, 'userId')) throw foreignUser()
      })
      registerCalls(app, BASE, parts)
      registerEvents(app, BASE, parts)
      registerRecordings(app, BASE, parts)
      registerMedia(app, BASE, parts)
      registerUserErrors(app, BASE, parts)
    })
  }
  return { dialect, register }
}

/** The vendor answers 401 here, and not 403. */
function foreignUser(): BandwidthFailure {
  return new BandwidthFailure('unauthorized', 'The token is not one of this user', {
    category: 'authorization',
    code: 'user-access-denied',
  })
}
