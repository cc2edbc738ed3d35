// The SignalWire API as it is answered here, for its OpenAPI document: every operation, every
// field.
import { Type } from '@fastify/type-provider-typebox'
import type { VendorApi, VendorParameter } from '../vendor/openapi.ts'
import {
  alwaysNull,
  exactly,
  orNull,
  text,
  whole,
  wordOf,
  wordOrNull,
} from '../vendor/schema-words.ts'
import { CALL_STATUSES } from './call-resource.ts'

const DATE = 'RFC 2822, UTC'

const Call = exactly({
  sid: text('The call: a UUID, the same for ever'),
  account_sid: text('The project'),
  date_created: text(`When the first message was captured, ${DATE}`),
  date_updated: text(`When the last message was captured, ${DATE}`),
  parent_call_sid: orNull('string', 'The call that this one carries on'),
  to: text('The address called: E.164, or a SIP URI'),
  formatted_to: text('The same, (310) 567-8901 for numbers of North America'),
  to_formatted: text('The same as formatted_to'),
  from: text('The address calling'),
  formatted_from: text('The same, formatted'),
  from_formatted: text('The same as formatted_from'),
  phone_number_sid: alwaysNull('Not known here'),
  status: wordOf(CALL_STATUSES, 'What became of the call'),
  start_time: orNull('string', `When the call began, ${DATE}`),
  end_time: orNull('string', `When it ended, ${DATE}`),
  duration: whole('Seconds from answer to end'),
  price: orNull('number', 'From the rate table; null where that has none'),
  price_unit: text('ISO 4217'),
  direction: wordOf(['inbound', 'outbound'], 'By trunks, own numbers, or place in the call'),
  answered_by: wordOrNull(['human', 'machine'], 'Who answered'),
  api_version: text('2010-04-01'),
  forwarded_from: alwaysNull('Always null'),
  caller_name: alwaysNull('Always null'),
  uri: text('Path of this call'),
  subresource_uris: exactly({
    notifications: alwaysNull('Always null'),
    recordings: text('Path of its recordings'),
  }),
  annotation: alwaysNull('Always null'),
  group_sid: alwaysNull('Always null'),
  audio_in_mos: orNull('number', 'Opinion score of the sound that came in, 1 to 5'),
  sip_result_code: orNull('string', 'Last final answer to the INVITE'),
  audio_rtt_avg: orNull('integer', 'Mean round trip, ms'),
  audio_rtt_min: orNull('integer', 'Smallest round trip, ms'),
  audio_rtt_max: orNull('integer', 'Largest round trip, ms'),
  audio_out_jitter_min: orNull('integer', 'Smallest jitter of the sound that went out, ms'),
  audio_out_jitter_max: orNull('integer', 'Largest jitter, ms'),
  audio_out_jitter_avg: orNull('integer', 'Mean jitter, ms'),
  audio_out_lost: orNull('integer', 'Packets that went out and were lost'),
})

const Recording = exactly({
  sid: text('The recording'),
  account_sid: text('The project'),
  api_version: text('2010-04-01'),
  call_sid: orNull('string', 'The call that it is of'),
  conference_sid: alwaysNull('Always null'),
  channel: text('Channels, as text'),
  channels: text('Channels, as text'),
  date_created: text(`When it was taken down, ${DATE}`),
  date_updated: text(`When it changed last, ${DATE}`),
  start_time: orNull('string', `When it begins, ${DATE}`),
  end_time: orNull('string', `When it ends, ${DATE}`),
  duration: whole('Seconds'),
  price: alwaysNull('Recordings have no price here'),
  price_unit: text('ISO 4217'),
  source: text('What made it'),
  status: text('in-progress, paused, stopped, completed or absent'),
  error_code: orNull('string', 'Why it failed'),
  uri: text('Path of this recording'),
  subresource_uris: exactly({ transcriptions: text('Path of its transcriptions') }),
  encryption_details: alwaysNull('Always null'),
  trim: text('do-not-trim'),
})

const envelope = {
  uri: text('This page'),
  first_page_uri: text('The first page'),
  next_page_uri: orNull('string', 'The next page'),
  previous_page_uri: orNull('string', 'The page before'),
  page: whole('From 0'),
  page_size: whole('Rows of a page'),
}

const ErrorBody = exactly({
  code: whole('The vendor’s code'),
  message: text('For a person'),
  more_info: text('An address'),
  status: whole('The HTTP status'),
})

const paging: readonly VendorParameter[] = [
  { name: 'Page', in: 'query', description: 'From 0' },
  { name: 'PageSize', in: 'query', description: '1 to 1000, by default 50' },
  { name: 'PageToken', in: 'query', description: 'That of the link; needed beyond the first page' },
]
const query = (name: string, description: string): VendorParameter => {
  return { name, in: 'query', description }
}
const spansOf = (name: string) => [
  query(name, 'On this day: RFC 2822, ISO 8601, or a bare day'),
  query(`${name}<`, 'Up to this second'),
  query(`${name}>`, 'From this second on'),
]

const base = '/api/laml/2010-04-01/Accounts/{AccountSid}'

export const signalwireApi: VendorApi = {
  title: 'SignalWire Compatibility API, as Earshot answers it',
  description:
    'The same paths answer without /api/laml, and, but for recordings, with .json at their end.',
  securityScheme: { type: 'http', scheme: 'basic', description: 'Project id and API token' },
  schemas: {
    Call,
    Recording,
    CallList: exactly({ ...envelope, calls: Type.Array(Call) }),
    RecordingList: exactly({ ...envelope, recordings: Type.Array(Recording) }),
    Error: ErrorBody,
  },
  operations: [
    {
      path: `${base}/Calls`,
      summary: 'List calls',
      parameters: [
        query('Status', CALL_STATUSES.join(', ')),
        query('To', 'Exact address'),
        query('From', 'Exact address'),
        query('ParentCallSid', 'Calls that carry this one on'),
        ...spansOf('StartTime'),
        ...spansOf('EndTime'),
        ...paging,
      ],
      answer: { schema: 'CallList' },
      errors: [400, 404],
    },
    {
      path: `${base}/Calls/{Sid}`,
      summary: 'Retrieve a call',
      answer: { schema: 'Call' },
      errors: [404],
    },
    {
      path: `${base}/Calls/{Sid}/Recordings`,
      summary: 'List the recordings of a call',
      parameters: [...spansOf('DateCreated'), ...paging],
      answer: { schema: 'RecordingList' },
      errors: [400, 404],
    },
    {
      path: `${base}/Recordings`,
      summary: 'List recordings',
      parameters: [query('CallSid', 'Of this call'), ...spansOf('DateCreated'), ...paging],
      answer: { schema: 'RecordingList' },
      errors: [400, 404],
    },
    {
      path: `${base}/Recordings/{Sid}.json`,
      summary: 'Retrieve a recording',
      answer: { schema: 'Recording' },
      errors: [404],
    },
    {
      path: `${base}/Recordings/{Sid}.wav`,
      summary: 'The sound of a recording',
      answer: { types: ['audio/wav'] },
      errors: [404, 416],
      isOpen: true,
    },
    {
      path: `${base}/Recordings/{Sid}.mp3`,
      summary: 'The sound of a recording',
      answer: { types: ['audio/mpeg'] },
      errors: [404, 416],
      isOpen: true,
    },
  ],
}
