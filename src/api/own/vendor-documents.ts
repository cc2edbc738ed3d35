// The OpenAPI documents of the vendors' APIs, for whoever may look at calls.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import { bandwidthApi } from '../bandwidth/document.ts'
import { genesysCloudApi } from '../genesys-cloud/document.ts'
import { gwsApi } from '../gws/document.ts'
import type { App } from '../http/app.ts'
import type { ApiParts } from '../http/parts.ts'
import { signalwireApi } from '../signalwire/document.ts'
import { openApiOf, type VendorApi } from '../vendor/openapi.ts'
import { errorsOf } from './error-body.ts'

/** Those whose accounts are proven with each request, by the name of the dialect. */
export const vendorApis: ReadonlyMap<string, VendorApi> = new Map([
  ['signalwire', signalwireApi],
  ['bandwidth', bandwidthApi],
  ['gws', gwsApi],
])

const documented: ReadonlyMap<string, VendorApi> = new Map([
  ...vendorApis,
  ['genesys-cloud', genesysCloudApi],
])

export function registerVendorDocuments(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/openapi/:dialect',
    {
      schema: {
        tags: ['vendors'],
        summary: 'What a vendor’s API answers here, as an OpenAPI document',
        params: Type.Object({
          dialect: Type.String({ description: [...documented.keys()].join(', ') }),
        }),
        response: {
          200: Type.Object({}, { additionalProperties: true }),
          ...errorsOf(401, 403, 404),
        },
      },
    },
    async (request) => {
      const api = documented.get(request.params.dialect.replace(/\.json$/, ''))
      if (api === undefined) throw new Failure('not-found', 'there is no such API')
      return openApiOf(api, parts.settings.version)
    },
  )
}
