// A stored message in, the vendor's HomerRecord out: every value a text, numbers and times too,
// and what is not known absent. The raw message goes along as `msg`.
import { isIPv6 } from 'node:net'
import type { Leg } from '../../calls/leg.ts'
import type { StoredMessage } from '../../query/finder.ts'
import { SipMessage } from '../../sip/message.ts'
import { type NameAddr, parseNameAddr } from '../../sip/name-addr.ts'

/** The fields of the vendor's model that we can fill. */
export type HomerRecord = Readonly<Partial<Record<HomerField, string>>>

type HomerField =
  | 'id'
  | 'date'
  | 'milliTs'
  | 'microTs'
  | 'method'
  | 'replyReason'
  | 'ruri'
  | 'ruriUser'
  | 'ruriDomain'
  | 'fromUser'
  | 'fromDomain'
  | 'fromTag'
  | 'toUser'
  | 'toDomain'
  | 'toTag'
  | 'pidUser'
  | 'contactUser'
  | 'contactIp'
  | 'contactPort'
  | 'authUser'
  | 'auth'
  | 'callid'
  | 'callidAleg'
  | 'via1'
  | 'via1Branch'
  | 'cseq'
  | 'diversion'
  | 'reason'
  | 'contentType'
  | 'userAgent'
  | 'sourceIp'
  | 'sourcePort'
  | 'destinationIp'
  | 'destinationPort'
  | 'correlationId'
  | 'conversationId'
  | 'proto'
  | 'family'
  | 'type'
  | 'msg'

/** IP protocol numbers, for each name of a transport that we give; TLS and WebSocket run on TCP. */
const protocolNumbers: ReadonlyMap<string, string> = new Map([
  ['udp', '17'],
  ['sctp', '132'],
])
const TCP = '6'
/** Address families as Linux numbers them, which is what Homer's capture agents send. */
const AF_INET = '2'
const AF_INET6 = '10'
/** Homer's number for SIP. */
const TYPE_SIP = '1'

/** Makes the record of one message. `firstLeg` is the leg that its call began with. */
export function toHomerRecord(stored: StoredMessage, leg: Leg, firstLeg: Leg): HomerRecord {
  const message = new SipMessage()
  message.read(stored.bytes, 0, stored.bytes.length, { isDatagram: stored.transport === 'udp' })
  return withoutUnknown({
    id: stored.messageId,
    ...timeFields(stored.tUs),
    ...startLineFields(message, stored),
    ...partyFields(message),
    ...headerFields(message),
    callid: stored.callId,
    callidAleg: firstLeg.callId,
    correlationId: firstLeg.callId,
    conversationId: leg.conversationId,
    sourceIp: stored.src,
    sourcePort: String(stored.srcPort),
    destinationIp: stored.dst,
    destinationPort: String(stored.dstPort),
    proto: protocolNumbers.get(stored.transport) ?? TCP,
    family: isIPv6(stored.src) ? AF_INET6 : AF_INET,
    type: TYPE_SIP,
    msg: stored.bytes.toString('utf8'),
  })
}

type Fields = Partial<Record<HomerField, string | null | undefined>>

function timeFields(tUs: number): Fields {
  const ms = Math.floor(tUs / 1000)
  return { date: new Date(ms).toISOString(), milliTs: String(ms), microTs: String(tUs) }
}

/** Of a response, the method is its status code and the reason its phrase, as Homer has it. */
function startLineFields(message: SipMessage, stored: StoredMessage): Fields {
  if (!message.isRequest) {
    return { method: String(stored.status ?? ''), replyReason: message.reasonPhrase }
  }
  const { requestUri, requestUriParts } = message
  return {
    method: stored.method,
    ruri: requestUri,
    ruriUser: requestUriParts.user,
    ruriDomain: requestUriParts.host,
  }
}

function partyFields(message: SipMessage): Fields {
  const { from, to } = message
  const [contact] = message.contacts
  return {
    fromUser: from?.uri.user,
    fromDomain: from?.uri.host,
    fromTag: from?.tag,
    toUser: to?.uri.user,
    toDomain: to?.uri.host,
    toTag: to?.tag,
    pidUser: identityOf(message)?.uri.user,
    contactUser: contact?.uri.user,
    contactIp: contact?.uri.host,
    contactPort: contact?.uri.port?.toString(),
  }
}

/** Who the caller is to the network, or wants to be (RFC 3325 §9.1, §9.2). */
function identityOf(message: SipMessage): NameAddr | undefined {
  const [value] = [
    ...message.values('p-asserted-identity'),
    ...message.values('p-preferred-identity'),
  ]
  return value === undefined ? undefined : parseNameAddr(value)
}

function headerFields(message: SipMessage): Fields {
  const [credentials] = message.credentials
  return {
    authUser: credentials?.username,
    auth: message.header('authorization') ?? message.header('proxy-authorization'),
    via1: message.values('via')[0],
    via1Branch: message.branch,
    cseq: message.header('cseq'),
    diversion: message.header('diversion'),
    reason: message.header('reason'),
    contentType: message.header('content-type'),
    userAgent: message.userAgent,
  }
}

function withoutUnknown(fields: Fields): HomerRecord {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string' && value !== ''),
  )
}
