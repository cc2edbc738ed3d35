// The message that a conversation began with: as it was captured, and its headers by name. The
// vendor does not say which message of a conversation is meant; the initial INVITE is.
import { Type } from '@fastify/type-provider-typebox'
import type { StoredMessage } from '../../query/finder.ts'
import type { Finder } from '../../query/finder.ts'
import { headerKey } from '../../sip/header-name.ts'
import { SipMessage } from '../../sip/message.ts'
import type { App } from '../http/app.ts'
import { pathOf } from '../http/dialect.ts'
import { finderOf } from '../http/finder-of.ts'
import { GenesysCloudFailure } from './errors.ts'
import { vendorLimits } from './limits.ts'
import type { ResourceParts } from './resource-parts.ts'

const PATH = '/api/v2/telephony/sipmessages/conversations/:conversationId'
/** The Request-URI has a key of its own: it stands in the start line and in no header. */
const REQUEST_URI = 'ruri'

const Place = Type.Object({ conversationId: Type.String() })

export function registerSipmessages(app: App, parts: ResourceParts): void {
  const config = { permission: 'telephony:pcap:view' }

  app.get(PATH, { config, schema: { params: Place } }, async (request) => {
    const { conversationId } = request.params
    const stored = await firstMessageOf(finderOf(request, parts), conversationId)
    return {
      id: conversationId,
      name: stored.callId ?? stored.messageId,
      message: stored.bytes.toString('utf8'),
      selfUri: pathOf(request.url),
    }
  })

  app.get(
    `${PATH}/headers`,
    {
      config,
      schema: { params: Place, querystring: Type.Object({ keys: Type.Optional(Type.Unknown()) }) },
    },
    async (request) => {
      const { conversationId } = request.params
      const keys = readKeys(request.query.keys)
      const stored = await firstMessageOf(finderOf(request, parts), conversationId)
      return {
        id: conversationId,
        name: stored.callId ?? stored.messageId,
        headers: headersOf(stored, keys),
        selfUri: pathOf(request.url),
      }
    },
  )
}

/** The INVITE that began a conversation. @throws GenesysCloudFailure `not-found` */
async function firstMessageOf(finder: Finder, conversationId: string): Promise<StoredMessage> {
  const calls = await finder.callsByConversation(conversationId)
  const [leg] = calls
    .flatMap((call) => call.legs)
    .toSorted((one, other) => one.startUs - other.startUs)
  if (leg !== undefined) {
    let first: StoredMessage | undefined
    for await (const message of finder.messagesWithBytes([leg])) {
      if (message.bytes.length === 0) continue
      if (message.method === 'INVITE' && message.status === null) return message
      first ??= message
    }
    if (first !== undefined) return first
  }
  throw new GenesysCloudFailure('not-found', {
    code: 'not.found',
    text: 'No SIP message of the conversation {conversationId} was captured.',
    params: { conversationId: conversationId.slice(0, vendorLimits.valueLengthMax) },
  })
}

/**
 * What the query's `keys` name: separated by commas, or given several times, as releases of the
 * vendor's clients differ. Undefined where nothing is named: then everything is told.
 */
function readKeys(value: unknown): readonly string[] | undefined {
  const texts = Array.isArray(value) ? value : [value]
  const keys = texts
    .flatMap((text) => (typeof text === 'string' ? text.split(',') : []))
    .map((key) => key.trim())
    .filter((key) => key !== '')
  if (keys.length === 0) return undefined
  if (keys.length <= vendorLimits.headerKeysMax) return keys
  throw new GenesysCloudFailure('bad-input', {
    code: 'invalid.query.param.value',
    text: '{field} names at most {max} headers',
    params: { field: 'keys', max: String(vendorLimits.headerKeysMax) },
    field: 'keys',
  })
}

/** Values by key: as asked for in lower case, else by the headers' long names. */
function headersOf(
  stored: StoredMessage,
  keys: readonly string[] | undefined,
): Record<string, readonly string[]> {
  const message = new SipMessage()
  message.read(stored.bytes, 0, stored.bytes.length, { isDatagram: stored.transport === 'udp' })
  // Names are a stranger's: one called __proto__ is a header like any other.
  const values = new Map<string, readonly string[]>()
  for (const key of keys ?? [REQUEST_URI, ...namesIn(message)]) {
    const found = valuesOf(message, key.toLowerCase())
    if (found.length > 0) values.set(key.toLowerCase(), found)
  }
  return Object.fromEntries(values)
}

function valuesOf(message: SipMessage, key: string): readonly string[] {
  if (key !== REQUEST_URI) return message.values(key)
  return message.isRequest ? [message.requestUri] : []
}

/** Long names of all headers, lower case, each once. */
function namesIn(message: SipMessage): string[] {
  const names = new Set<string>()
  for (let i = 0; i < message.headerCount; i++) {
    const name = message.headerName(i)
    if (name !== '') names.add(headerKey(name))
  }
  return [...names]
}
