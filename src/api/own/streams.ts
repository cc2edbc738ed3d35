// Streams, searched and paged; those of one call; and one stream. A score may be asked for by
// another model: it is computed again from what the stream's own score was computed from.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import { rescored } from '../../calls/mos-models.ts'
import { MOS_MODELS, type MosModel, type Stream } from '../../calls/stream.ts'
import type { StreamFilter } from '../../store/stream-filter.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { isWantedBy } from '../http/is-wanted-by.ts'
import type { ApiParts } from '../http/parts.ts'
import { callOf } from './calls.ts'
import { errorsOf } from './error-body.ts'
import { LimitField, OrderField, PAGE_ROWS_DEFAULT, readSpan } from './filters.ts'
import { NextCursor, OfCall } from './schemas.ts'
import { StreamRef } from './stream-schema.ts'

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, description }))
const model = Type.Optional(
  Type.Unsafe<MosModel>({
    type: 'string',
    enum: [...MOS_MODELS],
    description: 'The model to score by; `g107` where none is named',
  }),
)
const ModelQuery = Type.Object({ model }, { additionalProperties: false })

const StreamQuery = Type.Object(
  {
    start: text('Starting at or after this time: ISO 8601 with a zone, or µs since 1970'),
    end: text('Starting before this time'),
    callId: text('Call-ID, exact'),
    address: text('IP address of either end'),
    codec: text('Encoding name'),
    ssrc: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 0xffff_ffff, description: 'SSRC, decimal' }),
    ),
    mosBelow: Type.Optional(
      Type.Number({ minimum: 1, maximum: 5, description: 'Score below this, by `model`' }),
    ),
    isBound: Type.Optional(
      Type.Boolean({ description: 'Only streams of a leg, or only those that nobody announced' }),
    ),
    model,
    order: OrderField,
    limit: LimitField,
    cursor: text('`next` of the page before'),
  },
  { additionalProperties: false },
)

const OfStream = Type.Object({
  streamKey: Type.String({ description: '`streamKey` of the stream' }),
})

export function registerStreams(app: App, parts: ApiParts): void {
  const tags = ['calls']
  const streams = Type.Unsafe<readonly Stream[]>(Type.Array(StreamRef))
  app.get(
    '/api/v1/streams',
    {
      schema: {
        tags,
        summary: 'Search streams',
        querystring: StreamQuery,
        response: {
          200: Type.Object({ streams, next: NextCursor }),
          ...errorsOf(400, 401, 403),
        },
      },
    },
    async (request) => {
      const { start, end, model: by = 'g107', order, limit, cursor, ...terms } = request.query
      const filter: StreamFilter = { ...terms, ...readSpan({ start, end }) }
      const page = await finderOf(request, parts).findStreams(filter, {
        limit: limit ?? PAGE_ROWS_DEFAULT,
        order: order ?? 'newest',
        isWanted: isWantedBy(request),
        ...(cursor === undefined ? {} : { cursor }),
      })
      return { streams: page.rows.map((stream) => rescored(stream, by)), next: page.next }
    },
  )

  app.get(
    '/api/v1/streams/:streamKey',
    {
      schema: {
        tags,
        summary: 'One stream',
        params: OfStream,
        querystring: ModelQuery,
        response: { 200: Type.Object({ stream: StreamRef }), ...errorsOf(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const stream = await finderOf(request, parts).streamByKey(request.params.streamKey)
      if (stream === undefined) throw new Failure('not-found', 'there is no such stream')
      return { stream: rescored(stream, request.query.model ?? 'g107') }
    },
  )

  app.get(
    '/api/v1/calls/:callKey/streams',
    {
      schema: {
        tags,
        summary: 'Streams of a call',
        description: 'Of all its legs, oldest first.',
        params: OfCall,
        querystring: ModelQuery,
        response: { 200: Type.Object({ streams }), ...errorsOf(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const finder = finderOf(request, parts)
      const call = await callOf(finder, request.params.callKey)
      const found = await finder.streamsOf(call.legs)
      return { streams: found.map((one) => rescored(one, request.query.model ?? 'g107')) }
    },
  )
}
