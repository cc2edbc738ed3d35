// Legs, searched and paged.
import { Type } from '@fastify/type-provider-typebox'
import type { Leg } from '../../calls/leg.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import type { ApiParts } from '../http/parts.ts'
import { errorsOf } from './error-body.ts'
import { readFilter, readPage, readWords, SearchQuery, WordsField } from './filters.ts'
import { LegRef, NextCursor } from './schemas.ts'

export function registerLegs(app: App, parts: ApiParts): void {
  app.get(
    '/api/v1/legs',
    {
      schema: {
        tags: ['calls'],
        summary: 'Search legs',
        querystring: SearchQuery,
        response: {
          200: Type.Object({
            legs: Type.Unsafe<readonly Leg[]>(Type.Array(LegRef)),
            next: NextCursor,
            q: WordsField,
          }),
          ...errorsOf(400, 401, 403),
        },
      },
    },
    async (request) => {
      const { query } = request
      const page = await finderOf(request, parts).findLegs(
        readFilter(query),
        readPage(query, request),
      )
      return { legs: page.rows, next: page.next, q: readWords(query) }
    },
  )
}
