// The GWS recording API as it is answered here, for its OpenAPI document: every operation, every
// field.
import { Type } from '@fastify/type-provider-typebox'
import type { VendorApi, VendorParameter } from '../vendor/openapi.ts'
import { exactly, maybe, text, whole, wordOf } from '../vendor/schema-words.ts'

const TIME = 'ISO 8601 with milliseconds and +0000'

const Recording = exactly({
  id: text('32 letters and digits'),
  callerPhoneNumber: text('Who called'),
  dialedPhoneNumber: text('Who was called'),
  startTime: text(`When it begins, ${TIME}`),
  stopTime: text(`When it ends, ${TIME}`),
  mediaFiles: Type.Array(
    exactly({
      startTime: text(`When the file begins, ${TIME}`),
      stopTime: text(`When it ends, ${TIME}`),
      callUUID: text('The call'),
      mediaUri: text('Where it can be played'),
    }),
  ),
  eventHistory: Type.Array(
    exactly({
      occurredAt: text(`When, ${TIME}`),
      contact: exactly({
        type: wordOf(['User', 'External'], 'Of our own network, or a phone number outside'),
        phoneNumber: maybe(text('Of External')),
        userName: maybe(text('Of User')),
        firstName: maybe(text('As the display name has it')),
        lastName: maybe(text('The last word of a longer display name')),
      }),
      event: wordOf(['Joined', 'Left'], 'What happened'),
    }),
  ),
  region: text('As the operator set it'),
})

const query = (name: string, description: string): VendorParameter => {
  return { name, in: 'query', description }
}
const base = '/api/v2/recordings'

export const gwsApi: VendorApi = {
  title: 'GWS Call Recording API, as Earshot answers it',
  description: 'The same paths answer below /cloud-web/api/v2, and at /recordings.',
  securityScheme: { type: 'http', scheme: 'basic', description: 'User name and password' },
  schemas: {
    Recording,
    RecordingAnswer: exactly({ statusCode: whole('0'), recording: Recording }),
    RecordingList: exactly({ statusCode: whole('0'), recordings: Type.Array(Recording) }),
    Error: exactly({ statusCode: whole('The vendor’s code'), statusMessage: text('Why not') }),
  },
  operations: [
    {
      path: base,
      summary: 'Search recordings; one parameter at least, the first 100 are answered',
      parameters: [
        query('callerPhoneNumber', 'Letters and digits count, * is any run of symbols'),
        query('dialedPhoneNumber', 'The same'),
        query('startTime', 'Started after: ms since 1970, or ISO 8601'),
        query('endTime', 'Ended before'),
        query('userName', 'Whole names; * for parts; any of several words, all with AND'),
      ],
      answer: { schema: 'RecordingList' },
      errors: [400, 403, 413],
    },
    {
      path: `${base}/{id}`,
      summary: 'One recording',
      answer: { schema: 'RecordingAnswer' },
      errors: [403, 404],
    },
    {
      path: `${base}/{id}/play/{file}`,
      summary: 'A media file',
      answer: { types: ['audio/mpeg', 'audio/wav'] },
      errors: [403, 404, 416],
    },
  ],
}
