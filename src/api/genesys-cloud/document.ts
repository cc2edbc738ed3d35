// The Genesys Cloud telephony API as it is answered here, for its OpenAPI document: every
// operation, every field that is ever there.
import { Type } from '@fastify/type-provider-typebox'
import type { VendorApi, VendorParameter } from '../vendor/openapi.ts'
import { exactly, maybe, text, whole } from '../vendor/schema-words.ts'

const BASE = '/api/v2/telephony'
const texts = (description: string) => Type.Array(Type.String(), { description })
const reference = exactly({
  id: maybe(text('Id')),
  name: maybe(text('Name')),
  selfUri: maybe(text('Path of the entity')),
})

const RegistrationConfiguration = exactly({
  trunkBase: maybe(reference),
  edge: maybe(reference),
  registrar: text('Host or address'),
  port: whole('SIP port'),
  transportProtocol: text('UDP, TCP or TLS'),
})

/** Every one a text, and there where it is known. */
const recordFields = (
  'id date milliTs microTs method replyReason ruri ruriUser ruriDomain fromUser fromDomain ' +
  'fromTag toUser toDomain toTag pidUser contactUser contactIp contactPort authUser auth callid ' +
  'callidAleg via1 via1Branch cseq diversion reason contentType userAgent sourceIp sourcePort ' +
  'destinationIp destinationPort correlationId conversationId proto family type msg'
).split(' ')
const HomerRecord = exactly(
  Object.fromEntries(recordFields.map((name) => [name, maybe(text('As in docs/protocols'))])),
)

const searchFields = {
  dateStart: text('ISO 8601 with a zone'),
  dateEnd: text('The same; its whole millisecond counts'),
  callId: maybe(text('Call-ID')),
  toUser: maybe(text('User of To, whole')),
  fromUser: maybe(text('User of From, whole')),
  conversationId: maybe(text('Conversation')),
}

const ErrorBody = exactly({
  message: text('One sentence'),
  code: text('What programs branch on'),
  status: whole('The HTTP status once more'),
  entityId: maybe(text('What was asked for and is not there')),
  messageWithParams: maybe(text('The sentence with places')),
  messageParams: maybe(Type.Record(Type.String(), Type.String())),
  contextId: text('Id of the request'),
  details: Type.Array(exactly({ errorCode: text('Code'), fieldName: text('The field') })),
  errors: Type.Array(Type.Unknown()),
})

const query: readonly VendorParameter[] = [
  ...Object.entries(searchFields).map(([name, schema]): VendorParameter => {
    const description = 'description' in schema ? String(schema.description) : name
    return { name, in: 'query', description, isRequired: name.startsWith('date') }
  }),
  { name: 'exactMatch', in: 'query', description: 'true: only messages of these users themselves' },
]

export const genesysCloudApi: VendorApi = {
  title: 'Genesys Cloud telephony API, as Earshot answers it',
  description: 'Tokens come from POST /oauth/token with the grant of client credentials.',
  securityScheme: { type: 'http', scheme: 'bearer', description: 'The access token' },
  schemas: {
    MediaRegions: exactly({
      awsHomeRegion: maybe(text('Home')),
      awsCoreRegions: texts('Regions with everything'),
      awsSatelliteRegions: texts('Regions for media alone'),
    }),
    PhoneAddressData: exactly({
      primary: Type.Array(RegistrationConfiguration),
      secondary: Type.Array(RegistrationConfiguration),
    }),
    PhoneConfiguration: Type.Record(Type.String(), Type.Unknown()),
    Callmessage: exactly({
      id: text('Conversation'),
      name: text('Call-ID'),
      message: text('The message as captured'),
      selfUri: text('Path of the request'),
    }),
    Callheader: exactly({
      id: text('Conversation'),
      name: text('Call-ID'),
      headers: Type.Record(Type.String(), Type.Array(Type.String())),
      selfUri: text('Path of the request'),
    }),
    SipSearchResult: exactly({
      id: text('Id of the search'),
      status: whole('200'),
      sid: text('Id of the search'),
      message: text('How many records'),
      data: Type.Array(HomerRecord),
      count: whole('Records'),
      selfUri: text('Path and query of the request'),
    }),
    // What else is in it is passed over, as the vendor's own fields of it are here.
    SIPSearchPublicRequest: Type.Object({
      ...searchFields,
      participantId: maybe(text('Narrows nothing: no header names it')),
      id: maybe(text('Means nothing')),
      name: maybe(text('Means nothing')),
      selfUri: maybe(text('Means nothing')),
    }),
    SipDownloadResponse: exactly({ downloadId: text('Id'), documentId: text('Of the file') }),
    SignedUrlResponse: exactly({
      id: text('Download id'),
      name: text('File name'),
      url: text('Signed address'),
      selfUri: text('Path of the request'),
    }),
    Error: ErrorBody,
  },
  operations: [
    {
      path: `${BASE}/mediaregions`,
      summary: 'Regions that media may run through',
      answer: { schema: 'MediaRegions' },
      errors: [403],
    },
    {
      path: `${BASE}/phone/{phoneId}/settings`,
      summary: 'Where a phone registers',
      answer: { schema: 'PhoneAddressData' },
      errors: [403, 404],
    },
    {
      path: `${BASE}/phonehome/phoneconfiguration/{hardwareId}`,
      summary: 'The configuration of a phone, by MAC address or name',
      answer: { schema: 'PhoneConfiguration' },
      isOpen: true,
      errors: [403, 404],
    },
    {
      path: `${BASE}/sipmessages/conversations/{conversationId}`,
      summary: 'The message that a conversation began with',
      answer: { schema: 'Callmessage' },
      errors: [403, 404],
    },
    {
      path: `${BASE}/sipmessages/conversations/{conversationId}/headers`,
      summary: 'Its headers',
      parameters: [{ name: 'keys', in: 'query', description: 'Headers, with commas; ruri too' }],
      answer: { schema: 'Callheader' },
      errors: [400, 403, 404],
    },
    {
      path: `${BASE}/siptraces`,
      summary: 'Search SIP messages',
      parameters: query,
      answer: { schema: 'SipSearchResult' },
      errors: [400, 403],
    },
    {
      path: `${BASE}/siptraces/download`,
      method: 'post',
      body: 'SIPSearchPublicRequest',
      summary: 'Order the packets of a search as a file',
      answer: { schema: 'SipDownloadResponse' },
      errors: [400, 403, 404, 408, 413, 415],
    },
    {
      path: `${BASE}/siptraces/download/{downloadId}`,
      summary: 'The signed address of the file',
      answer: { schema: 'SignedUrlResponse' },
      errors: [403, 404],
    },
    {
      path: `${BASE}/providers/edges/sites/{siteId}/schedulereboot`,
      method: 'post',
      summary: 'Reboot the phones and edges of a site',
      answer: { empty: 202 },
      errors: [400, 403, 404, 408, 413, 415],
    },
  ],
}
