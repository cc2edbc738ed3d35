// The Genesys Cloud API, put together: the paths that are its own, the guard before them, and the
// routes of each resource. Nothing of the vendor's words leaves this folder.
import type { App } from '../http/app.ts'
import type { ApiDialect } from '../http/dialect.ts'
import { acceptEmptyJson } from '../http/empty-json.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { RateLimiter } from '../http/rate-limiter.ts'
import type { UrlSigner } from '../http/signed-url.ts'
import { admit } from './auth.ts'
import { DownloadJobs } from './download-jobs.ts'
import { registerDownloads } from './downloads.ts'
import { sendGenesysCloudFailure, TOKEN_PATH } from './errors.ts'
import { addMissingVendorHeaders } from './headers.ts'
import { registerMediaRegions } from './media-regions.ts'
import { registerOauth } from './oauth.ts'
import { registerPhones } from './phones.ts'
import { registerSiteReboot } from './site-reboot.ts'
import { registerSipmessages } from './sipmessages.ts'
import { registerSiptraces } from './siptraces.ts'

export interface GenesysCloud {
  readonly dialect: ApiDialect
  register(app: App): Promise<void>
}

export function createGenesysCloud(parts: ApiParts, signer: UrlSigner): GenesysCloud {
  const limiter = new RateLimiter(parts.clock, {
    requestsMax: parts.settings.genesysCloudRequestsPerMinute,
    windowSeconds: 60,
  })
  const dialect: ApiDialect = {
    name: 'genesys-cloud',
    owns: (path) => path === TOKEN_PATH || path === '/api/v2' || path.startsWith('/api/v2/'),
    sendFailure(request, reply, failure) {
      addMissingVendorHeaders(request, reply, limiter)
      sendGenesysCloudFailure(request, reply, failure)
    },
  }
  const register = async (root: App) => {
    await root.register(async (app: App) => {
      const jobs = new DownloadJobs(parts)
      app.addHook('onClose', async () => jobs.close())
      app.addHook('onRoute', (route) => {
        route.handlerTimeout ??= apiLimits.answerMsMax
      })
      app.addHook('onRequest', async (request, reply) => {
        admit(request, reply, { accounts: parts.accounts, limiter })
      })
      acceptEmptyJson(app)
      registerOauth(app, parts)
      const resources = { ...parts, jobs, signer }
      registerSiptraces(app, resources)
      registerDownloads(app, resources)
      registerSipmessages(app, resources)
      registerMediaRegions(app, resources)
      registerPhones(app, resources)
      registerSiteReboot(app, resources)
    })
  }
  return { dialect, register }
}
