// What the store holds, what was taken in, and how the process does: the numbers of the front page.
import { Type } from '@fastify/type-provider-typebox'
import type { App } from '../http/app.ts'
import { finderOf, refuseLimited } from '../http/finder-of.ts'
import type { ApiParts, IngestCounters } from '../http/parts.ts'
import { errorsOf } from './error-body.ts'
import type { StoreCounters } from '../../query/finder.ts'

export function registerCounters(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/counters',
    {
      schema: {
        tags: ['counters'],
        summary: 'Counters',
        response: {
          200: Type.Object({
            store: Type.Unsafe<StoreCounters>(Type.Ref('StoreCounters#')),
            ingest: Type.Unsafe<IngestCounters>({
              type: 'object',
              additionalProperties: { type: 'number' },
              description: 'What was taken in since the start, and what limits turned away',
            }),
            process: Type.Object({
              uptimeSeconds: Type.Number(),
              rssBytes: Type.Integer({ description: 'Memory resident, all threads' }),
              version: Type.String(),
            }),
          }),
          ...errorsOf(401, 403),
        },
      },
    },
    async (request) => {
      refuseLimited(request)
      return {
        store: await finderOf(request, parts).counters(),
        ingest: parts.counters(),
        process: {
          uptimeSeconds: process.uptime(),
          rssBytes: process.memoryUsage.rss(),
          version: parts.settings.version,
        },
      }
    },
  )
}
