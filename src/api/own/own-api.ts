// The own API, put together: its routes under /api/v1, the document that describes them, and the
// guard that stands before each. What a route does stands in the route's own file.
import fastifyCookie from '@fastify/cookie'
import type { ApiDialect } from '../http/dialect.ts'
import type { App } from '../http/app.ts'
import { acceptEmptyJson } from '../http/empty-json.ts'
import { apiLimits } from '../http/limits.ts'
import { RateLimiter } from '../http/rate-limiter.ts'
import { registerAccounts } from './accounts.ts'
import { registerArrivals } from './arrivals.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { admit } from './auth.ts'
import { registerCallbacks } from './callbacks.ts'
import { registerCalls } from './calls.ts'
import { registerCounters } from './counters.ts'
import { registerDocument } from './document.ts'
import { ErrorBody, ownDialect } from './error-body.ts'
import { registerExports } from './exports.ts'
import { registerImports } from './imports.ts'
import { registerInventory } from './inventory.ts'
import { registerLegs } from './legs.ts'
import { registerMediaRegions } from './media-regions.ts'
import { registerMessages } from './messages.ts'
import { registerMetrics } from './metrics.ts'
import { registerReboots } from './reboots.ts'
import { RecordingSchema } from './recording-schemas.ts'
import { registerRecordings } from './recordings.ts'
import { sharedSchemas } from './schemas.ts'
import { registerSession } from './session.ts'
import { registerStreams } from './streams.ts'
import { registerSound } from './sound.ts'
import { registerTokens } from './tokens.ts'
import { registerVendorAnswers } from './vendor-answers.ts'
import { registerVendorDocuments } from './vendor-documents.ts'

export interface OwnApi {
  readonly dialect: ApiDialect
  register(app: App): Promise<void>
}

export function createOwnApi(parts: VendorParts): OwnApi {
  const limiter = new RateLimiter(parts.clock, {
    requestsMax: parts.settings.ownRequestsPerMinute,
    windowSeconds: 60,
  })
  const register = async (root: App) => {
    await root.register(async (app: App) => {
      await app.register(fastifyCookie)
      app.addHook('onRoute', (route) => {
        route.handlerTimeout ??= apiLimits.answerMsMax
      })
      app.addHook('onRequest', async (request, reply) => {
        // Answers hold phone numbers: no cache between us and the asker keeps them.
        reply.header('cache-control', 'no-store')
        admit(request, parts, limiter)
      })
      acceptEmptyJson(app)
      for (const schema of [ErrorBody, RecordingSchema, ...sharedSchemas]) app.addSchema(schema)
      // First, for it notes the routes that are added after it.
      await registerDocument(app, parts)
      registerSession(app, parts)
      registerTokens(app, parts)
      registerAccounts(app, parts)
      registerCalls(app, parts)
      registerLegs(app, parts)
      registerStreams(app, parts)
      registerMessages(app, parts)
      registerExports(app, parts)
      registerSound(app, parts)
      registerImports(app, parts)
      registerRecordings(app, parts)
      registerCallbacks(app, parts)
      registerArrivals(app, parts)
      registerInventory(app, parts)
      registerReboots(app, parts)
      registerMediaRegions(app, parts)
      registerVendorDocuments(app, parts)
      registerVendorAnswers(app, parts)
      registerCounters(app, parts)
      registerMetrics(app, parts, root)
    })
  }
  return { dialect: ownDialect, register }
}
