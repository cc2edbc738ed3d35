// One message: as captured, byte for byte, and as understood, with what is odd about it.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import type { Finder, StoredMessage } from '../../query/finder.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import type { ApiParts } from '../http/parts.ts'
import { errorsOf } from './error-body.ts'
import { MessageViewSchema, viewMessage } from './message-view.ts'

const Bytes = Type.Unsafe<Buffer>(Type.String({ format: 'binary' }))
const Place = Type.Object({
  legKey: Type.String({ description: '`legKey` of the leg' }),
  messageId: Type.String({ description: '`messageId` of one of its messages' }),
})

export function registerMessages(app: App, parts: ApiParts): void {
  const tags = ['calls']
  app.get(
    '/api/v1/legs/:legKey/messages/:messageId',
    {
      schema: {
        tags,
        summary: 'One message, parsed',
        params: Place,
        response: { 200: MessageViewSchema, ...errorsOf(401, 403, 404) },
      },
    },
    async (request) => viewMessage(await messageOf(finderOf(request, parts), request.params)),
  )

  app.get(
    '/api/v1/legs/:legKey/messages/:messageId/raw',
    {
      schema: {
        tags,
        summary: 'One message as captured',
        params: Place,
        response: {
          200: {
            description: 'Its bytes, none changed',
            content: { 'message/sip': { schema: Bytes } },
          },
          ...errorsOf(401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const message = await messageOf(finderOf(request, parts), request.params)
      // The sandbox: whatever a stranger's message contains, no browser runs it as our page.
      reply.header('content-security-policy', "default-src 'none'; sandbox")
      reply.header('content-disposition', 'attachment; filename="message.sip"')
      return reply.type('message/sip').send(message.bytes)
    },
  )
}

async function messageOf(
  finder: Finder,
  place: { readonly legKey: string; readonly messageId: string },
): Promise<StoredMessage> {
  let lost: string | undefined
  const message = await finder.message(place.legKey, place.messageId, (reason) => {
    lost = reason
  })
  if (message === undefined)
    throw new Failure('not-found', 'there is no such message, or its day was dropped')
  if (lost !== undefined) throw new Failure('not-found', lost)
  return message
}
