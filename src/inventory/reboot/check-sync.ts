// The NOTIFY that tells a phone or an edge to fetch its configuration again and restart: outside of
// any subscription, as phones expect it. Texts in, the bytes of the request out; nothing is sent.
import { isIPv6 } from 'node:net'
import { Failure } from '../../base/failure.ts'
import { parseUri, uriParam } from '../../sip/uri.ts'
import type { NotifyWay } from '../entries.ts'
import type { RebootTarget, SipIdentity } from './job.ts'

/** Where a request goes, and by which transport. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
}

/** What is sent to one device. */
export interface CheckSync {
  readonly requestUri: string
  readonly to: string
  readonly event: string
  readonly destination: Destination
}

const SIP_PORT = 5060
const EVENT = 'check-sync'

/** @throws Failure `bad-input` where it is not known where to send, or that cannot be done */
export function planCheckSync(target: RebootTarget, way: NotifyWay): CheckSync {
  const requestUri = checked('Request-URI', way.uri ?? target.uri)
  const to = checked('address of record', way.to ?? target.aor ?? requestUri)
  const event = way.event ?? EVENT
  if (/[\r\n]/.test(event)) throw new Failure('bad-input', 'event: a line break in it')
  return { requestUri, to, event, destination: destinationOf(requestUri, way) }
}

/** One try of it. */
interface Try {
  /** Where it is sent from. */
  readonly local: { readonly address: string; readonly port: number }
  /** Counts from 1. */
  readonly n: number
  /** The header line that answers a challenge. */
  readonly authorization: string | undefined
}

/** The request's bytes. */
export function writeCheckSync(
  plan: CheckSync,
  identity: SipIdentity,
  { local, n, authorization }: Try,
): Buffer {
  const host = `${isIPv6(local.address) ? `[${local.address}]` : local.address}:${local.port}`
  const { transport } = plan.destination
  const lines = [
    `NOTIFY ${plan.requestUri} SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} ${host};branch=${branchOf(identity, n)};rport`,
    'Max-Forwards: 70',
    `From: <sip:earshot@${host}>;tag=${identity.fromTag}`,
    `To: <${plan.to}>`,
    `Call-ID: ${identity.callId}`,
    `CSeq: ${n} NOTIFY`,
    `Contact: <sip:earshot@${host}${transport === 'tcp' ? ';transport=tcp' : ''}>`,
    `Event: ${plan.event}`,
    // Nobody subscribed and nothing follows (RFC 6665 §4.1.3).
    'Subscription-State: terminated',
    'User-Agent: Earshot',
    ...(authorization === undefined ? [] : [authorization]),
    'Content-Length: 0',
    '',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

/** Another try is another transaction, and has a branch of its own. */
export function branchOf(identity: SipIdentity, n: number): string {
  return `${identity.branch}.${n}`
}

/** A URI that may stand in a start line: part of it may come from a stranger's REGISTER. */
function checked(what: string, uri: string | null): string {
  if (uri === null) throw new Failure('bad-input', `no ${what} is known`)
  if (/^sips?:[\x21-\x7e]+$/i.test(uri) && !/[<>"]/.test(uri)) return uri
  throw new Failure('bad-input', `${what} ${JSON.stringify(uri.slice(0, 200))}: no SIP URI`)
}

function destinationOf(requestUri: string, way: NotifyWay): Destination {
  const uri = parseUri(way.proxy === undefined ? requestUri : `sip:${way.proxy}`)
  const named = (way.transport ?? uriParam(uri, 'transport') ?? 'udp').toLowerCase()
  if (uri.scheme === 'sips' || (named !== 'udp' && named !== 'tcp')) {
    throw new Failure('bad-input', `${requestUri}: only UDP and TCP are spoken; name a proxy`)
  }
  const host = uri.host.replace(/^\[|\]$/g, '')
  if (host === '') throw new Failure('bad-input', `${requestUri}: no host in it`)
  return { host, port: uri.port ?? SIP_PORT, transport: named }
}
