// The Bandwidth API as it is answered here, for its OpenAPI document: every operation, every field.
import { Type } from '@fastify/type-provider-typebox'
import type { VendorApi, VendorParameter } from '../vendor/openapi.ts'
import { exactly, maybe, text, truth, whole, wordOf } from '../vendor/schema-words.ts'

const TIME = 'ISO 8601, UTC'

const Call = exactly({
  id: text('c-…'),
  direction: wordOf(['in', 'out'], 'By trunks, own numbers, or place in the call'),
  from: text('E.164 or SIP address'),
  to: text('E.164 or SIP address'),
  state: wordOf(
    ['started', 'rejected', 'active', 'completed', 'transferring'],
    'How far the call is',
  ),
  startTime: text(`When it began, ${TIME}`),
  activeTime: maybe(text(`When it was answered, ${TIME}`)),
  endTime: maybe(text(`When it ended, ${TIME}`)),
  callbackUrl: maybe(text('Where its events are sent')),
  callbackHttpMethod: maybe(wordOf(['GET', 'POST'], 'How')),
  callbackTimeout: maybe(whole('How long an answer is waited for, ms')),
  fallbackUrl: maybe(text('Where events go that the first did not take')),
  tag: maybe(text('Goes along with its events')),
  chargeableDuration: maybe(whole('Seconds that are billed')),
  events: text('Address of its events'),
  recordings: text('Address of its recordings'),
  transcriptions: text('Address of its transcriptions'),
  recordingEnabled: truth('Whether it was recorded'),
  recordingFileFormat: maybe(wordOf(['wav', 'mp3'], 'Format of the recording')),
  transcriptionEnabled: truth('Whether a recording of it was transcribed'),
  sipHeaders: maybe(
    Type.Record(Type.String(), Type.String(), { description: 'X- headers of its INVITE' }),
  ),
  bridgeId: maybe(text('What joins it to other calls')),
})

const Event = exactly({
  id: text('ce-…'),
  time: text(`When, ${TIME}`),
  name: wordOf(['create', 'answer', 'hangup'], 'What happened'),
  data: text('More of it, as JSON; empty where there is none'),
})

const Recording = exactly({
  id: text('rec-…'),
  startTime: text(`When it begins, ${TIME}`),
  endTime: maybe(text(`When it ends, ${TIME}`)),
  call: maybe(text('Address of its call; a recording may be of none')),
  media: maybe(text('Address of its sound')),
  state: wordOf(['recording', 'saving', 'complete', 'error'], 'How far it is'),
})

const Transcription = exactly({
  id: text('t-…'),
  state: wordOf(['transcribing', 'completed', 'error'], 'How far it is'),
  time: text(`When it was made, ${TIME}`),
  chargeableDuration: whole('Seconds that are billed'),
  text: maybe(text('The first 1,000 characters')),
  textSize: maybe(whole('Characters of the whole text')),
  textUrl: maybe(text('Address of the whole text')),
})

const Media = exactly({
  mediaName: text('Name of the file'),
  contentLength: whole('Bytes'),
  content: text('Address of the file'),
})

const ErrorBody = exactly({
  category: text('The sort of error'),
  code: text('The vendor’s code'),
  message: text('For a person'),
  details: Type.Array(exactly({ name: text('What'), value: text('Its value') })),
})

const UserError = exactly({
  id: text('What names it'),
  time: text(`When, ${TIME}`),
  ...ErrorBody.properties,
})

const query = (name: string, description: string): VendorParameter => {
  return { name, in: 'query', description }
}
const paging = [query('page', 'From 0'), query('size', '1 to 1000, by default 25')]
const base = '/v1/users/{userId}'

export const bandwidthApi: VendorApi = {
  title: 'Bandwidth Catapult v1, as Earshot answers it',
  description: 'What is not known or not set is absent. Lists have a Link header (RFC 8288).',
  securityScheme: { type: 'http', scheme: 'basic', description: 'API token and secret' },
  schemas: { Call, Event, Recording, Transcription, Media, UserError, Error: ErrorBody },
  operations: [
    {
      path: `${base}/calls`,
      summary: 'List calls',
      parameters: [
        query('from', 'Exact address'),
        query('to', 'Exact address'),
        query('bridgeId', 'Calls that are joined; not paged'),
        query('conferenceId', 'None are known here'),
        query('sortOrder', 'asc or desc by start, by default desc'),
        ...paging,
      ],
      answer: { listOf: 'Call' },
      errors: [400],
    },
    {
      path: `${base}/calls/{callId}`,
      summary: 'One call',
      answer: { schema: 'Call' },
      errors: [404],
    },
    {
      path: `${base}/calls/{callId}/events`,
      summary: 'Its events',
      answer: { listOf: 'Event' },
      errors: [404],
    },
    {
      path: `${base}/calls/{callId}/events/{eventId}`,
      summary: 'One of them',
      answer: { schema: 'Event' },
      errors: [404],
    },
    {
      path: `${base}/calls/{callId}/recordings`,
      summary: 'Its recordings',
      answer: { listOf: 'Recording' },
      errors: [404],
    },
    {
      path: `${base}/calls/{callId}/transcriptions`,
      summary: 'Its transcriptions',
      answer: { listOf: 'Transcription' },
      errors: [404],
    },
    {
      path: `${base}/recordings`,
      summary: 'List recordings',
      parameters: paging,
      answer: { listOf: 'Recording' },
      errors: [400],
    },
    {
      path: `${base}/recordings/{recordingId}`,
      summary: 'One recording',
      answer: { schema: 'Recording' },
      errors: [404],
    },
    {
      path: `${base}/recordings/{recordingId}/transcriptions`,
      summary: 'Its transcriptions',
      answer: { listOf: 'Transcription' },
      errors: [404],
    },
    {
      path: `${base}/recordings/{recordingId}/transcriptions/{transcriptionId}`,
      summary: 'One of them',
      answer: { schema: 'Transcription' },
      errors: [404],
    },
    {
      path: `${base}/media`,
      summary: 'List media files, all of them',
      answer: { listOf: 'Media' },
      errors: [413],
    },
    {
      path: `${base}/media/{mediaName}`,
      summary: 'One media file',
      answer: { types: ['audio/wav', 'audio/mpeg', 'text/plain'] },
      errors: [404, 416],
    },
    {
      path: `${base}/errors`,
      summary: 'List errors of the user; there are none',
      parameters: paging,
      answer: { listOf: 'UserError' },
      errors: [400],
    },
  ],
}
