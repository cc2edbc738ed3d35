// Applications that are told of calls, and what became of each thing that they were to be told. For
// administrators: an application's address decides where phone numbers are sent.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import type { Application } from '../bandwidth/callbacks/application.ts'
import type { CallbackQuestions } from '../bandwidth/callbacks/contract.ts'
import type { Delivery } from '../bandwidth/callbacks/outbox-file.ts'
import { shownUrl } from '../bandwidth/callbacks/shown-url.ts'
import type { App } from '../http/app.ts'
import type { ApiParts } from '../http/parts.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'

const nullable = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

const fields = {
  name: Type.String(),
  account: Type.String({ description: 'The Bandwidth account; only calls that it sees count' }),
  match: Type.Array(Type.String(), {
    description: 'Rules as those of a scope: to:+1919*, trunk:carrier; one must hold',
  }),
  callbackUrl: Type.String(),
  callbackHttpMethod: Type.Unsafe<'GET' | 'POST'>({ type: 'string', enum: ['GET', 'POST'] }),
  callbackTimeout: Type.Integer({ description: 'Milliseconds' }),
  fallbackUrl: nullable('Where events go that the first address did not take'),
  tag: nullable('Goes along with every event'),
}
const ApplicationBody = Type.Object(fields, { additionalProperties: false })
const ApplicationShown = Type.Object({
  id: Type.String(),
  ...fields,
  origin: Type.String({ description: 'file or api' }),
})

const DeliveryShown = Type.Object({
  deliveryId: Type.Integer(),
  applicationId: Type.String(),
  legKey: Type.String(),
  eventType: Type.String(),
  tUs: Type.Integer(),
  createdUs: Type.Integer(),
  body: Type.Unsafe<Delivery['body']>(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer()])),
  ),
  state: Type.String({ description: 'waiting, delivered or given-up' }),
  attempts: Type.Integer(),
  dueUs: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  settledUs: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  sentTo: nullable('Where it was sent last'),
  error: nullable('Why the last attempt failed'),
})

const DELIVERIES_MAX = 1_000
const DELIVERIES_DEFAULT = 100

export function registerCallbacks(app: App, parts: ApiParts): void {
  const { callbacks } = parts
  if (callbacks === undefined) return
  registerApplications(app, callbacks)
  app.get(
    '/api/v1/callbacks/deliveries',
    {
      config: { permission: 'admin' },
      schema: {
        tags: ['callbacks'],
        summary: 'What was told, waits to be told, or was given up',
        description: 'Newest first. `next` is the `before` of the next page.',
        querystring: Type.Object(
          {
            state: Type.Optional(
              Type.Unsafe<Delivery['state']>({
                type: 'string',
                enum: ['waiting', 'delivered', 'given-up'],
                description: 'How far it came',
              }),
            ),
            applicationId: Type.Optional(Type.String({ description: 'Of this application' })),
            before: Type.Optional(
              Type.Integer({ minimum: 0, description: '`next` of the page before' }),
            ),
            limit: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: DELIVERIES_MAX,
                default: DELIVERIES_DEFAULT,
                description: 'Rows of a page',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            deliveries: Type.Unsafe<readonly Delivery[]>(Type.Array(DeliveryShown)),
            next: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
          }),
          ...errorsOf(400, 401, 403),
        },
      },
    },
    async (request) => {
      const limit = request.query.limit ?? DELIVERIES_DEFAULT
      const deliveries = callbacks.deliveries({ ...request.query, limit })
      const isFull = deliveries.length === limit
      return { deliveries, next: isFull ? (deliveries.at(-1)?.deliveryId ?? null) : null }
    },
  )
}

function registerApplications(app: App, callbacks: CallbackQuestions): void {
  const config = { permission: 'admin' }
  const tags = ['callbacks']
  app.get(
    '/api/v1/callbacks/applications',
    {
      config,
      schema: {
        tags,
        summary: 'Applications that are told of calls',
        description: 'Passwords in addresses are left out.',
        response: {
          200: Type.Object({
            applications: Type.Unsafe<readonly Application[]>(Type.Array(ApplicationShown)),
          }),
          ...errorsOf(401, 403),
        },
      },
    },
    async () => ({
      applications: callbacks
        .applications()
        .map(({ application, origin }) => ({ ...withoutSecrets(application), origin })),
    }),
  )

  const params = Type.Object({ id: Type.String({ description: '`id` of the application' }) })
  app.put(
    '/api/v1/callbacks/applications/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Add or change an application',
        params,
        body: Type.Partial(ApplicationBody),
        response: { 200: ApplicationShown, ...errorsOf(...CHANGE_ERRORS, 401, 403, 409) },
      },
    },
    async (request) => {
      const application = callbacks.put({ ...request.body, id: request.params.id })
      return { ...withoutSecrets(application), match: [...application.match], origin: 'api' }
    },
  )

  app.delete(
    '/api/v1/callbacks/applications/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Remove an application',
        description: 'What waits to be told to it is not sent.',
        params,
        response: {
          204: Type.Null({ description: 'Removed' }),
          ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      if (request.params.id === '') throw new Failure('not-found', 'there is no such application')
      callbacks.remove(request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function withoutSecrets(application: Application): Application {
  const { callbackUrl, fallbackUrl } = application
  return {
    ...application,
    callbackUrl: shownUrl(callbackUrl),
    fallbackUrl: fallbackUrl === null ? null : shownUrl(fallbackUrl),
  }
}
