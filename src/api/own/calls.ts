// Calls, searched and paged; and one call with the list of its messages.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import type { Call } from '../../calls/leg.ts'
import type { Finder } from '../../query/finder.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { inTurns } from '../http/in-turns.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { errorsOf } from './error-body.ts'
import { readFilter, readPage, readWords, SearchQuery, WordsField } from './filters.ts'
import { type ListedMessage, ListedMessageSchema, listMessage } from './listed-message.ts'
import { CallRef, NextCursor, OfCall } from './schemas.ts'

export function registerCalls(app: App, parts: ApiParts): void {
  const tags = ['calls']
  app.get(
    '/api/v1/calls',
    {
      schema: {
        tags,
        summary: 'Search calls',
        description: 'Calls of which at least one leg matches, each once.',
        querystring: SearchQuery,
        response: {
          200: Type.Object({
            calls: Type.Unsafe<readonly Call[]>(Type.Array(CallRef)),
            next: NextCursor,
            q: WordsField,
          }),
          ...errorsOf(400, 401, 403),
        },
      },
    },
    async (request) => {
      const { query } = request
      const page = await finderOf(request, parts).findCalls(
        readFilter(query),
        readPage(query, request),
      )
      return { calls: page.rows, next: page.next, q: readWords(query) }
    },
  )

  app.get(
    '/api/v1/calls/:callKey',
    {
      schema: {
        tags,
        summary: 'One call with its messages',
        description: 'Messages stand in order of time, arrival and cause.',
        params: OfCall,
        response: {
          200: Type.Object({
            call: CallRef,
            messages: Type.Array(ListedMessageSchema),
            notes: Type.Array(
              Type.Object({
                correlationId: Type.String({ description: 'What ties it to the call' }),
                tUs: Type.Integer({ description: 'µs since 1970' }),
                protocolType: Type.Integer({ description: 'Of HEP: 100 for logs, 60 for records' }),
                text: Type.String(),
              }),
              { description: 'What capture agents said of the call besides' },
            ),
            messagesLeftOut: Type.Integer({
              description: `Messages beyond the first ${apiLimits.listedMessagesMax}`,
            }),
          }),
          ...errorsOf(401, 403, 404),
        },
      },
    },
    async (request) => {
      const finder = finderOf(request, parts)
      const call = await callOf(finder, request.params.callKey)
      const notes = [...(await finder.notesOf(call.legs))]
      return { call, notes, ...(await listMessages(finder, call)) }
    },
  )
}

/** The call of a key. @throws Failure `not-found` */
export async function callOf(finder: Finder, callKey: string): Promise<Call> {
  const call = await finder.callByKey(callKey)
  if (call === undefined)
    throw new Failure('not-found', 'there is no such call, or its day was dropped')
  return call
}

async function listMessages(
  finder: Finder,
  call: Call,
): Promise<{ messages: ListedMessage[]; messagesLeftOut: number }> {
  const messages: ListedMessage[] = []
  let messagesLeftOut = 0
  const all = inTurns(finder.messagesWithBytes(call.legs), ({ bytes }) => bytes.length)
  for await (const message of all) {
    if (messages.length < apiLimits.listedMessagesMax) messages.push(listMessage(message))
    else messagesLeftOut++
  }
  return { messages, messagesLeftOut }
}
