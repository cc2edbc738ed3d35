// A request and what to say to it in, the bytes of the response and where they go out.
//
// RFC 3261 §8.2.6 (what a response repeats), §18.2.2 and RFC 3581 §4 (where it goes).
import type { SipMessage } from '../sip/message.ts'
import { formatUri, parseUri } from '../sip/uri.ts'

export interface ResponseParts {
  readonly status: number
  readonly reason: string
  /** For the To header of a response that makes or belongs to a dialog. */
  readonly toTag?: string | undefined
  /** Further lines, `Name: value`. */
  readonly headers?: readonly string[]
  readonly body?: { readonly type: string; readonly text: string } | undefined
}

/** Where a request came from, as the socket tells. */
export interface Peer {
  readonly address: string
  readonly port: number
}

export const SERVER_NAME = 'Earshot'

/** Header values of a request, repeated in a response; whatever stood in folds is on one line. */
function repeated(request: SipMessage, name: string): string[] {
  return request.headers(name).map((value) => `${name}: ${oneLine(value)}`)
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ')
}

/** Formats a response to a request that came from this peer. */
export function formatResponse(request: SipMessage, peer: Peer, parts: ResponseParts): Buffer {
  const [topVia, ...otherVias] = repeated(request, 'Via')
  const to = oneLine(request.header('to') ?? '')
  const hasTag = request.toTag !== undefined || parts.toTag === undefined
  const body = parts.body?.text ?? ''
  const lines = [
    `SIP/2.0 ${parts.status} ${parts.reason}`,
    ...(topVia === undefined ? [] : [withReceived(topVia, peer)]),
    ...otherVias,
    ...repeated(request, 'Record-Route'),
    `From: ${oneLine(request.header('from') ?? '')}`,
    `To: ${hasTag ? to : `${to};tag=${parts.toTag}`}`,
    `Call-ID: ${oneLine(request.header('call-id') ?? '')}`,
    `CSeq: ${oneLine(request.header('cseq') ?? '')}`,
    ...repeated(request, 'Timestamp').slice(0, parts.status === 100 ? 1 : 0),
    `Server: ${SERVER_NAME}`,
    ...(parts.headers ?? []),
    ...(parts.body === undefined ? [] : [`Content-Type: ${parts.body.type}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** The top Via with where the request really came from, so that the answer finds its way back. */
function withReceived(via: string, { address, port }: Peer): string {
  const rport = /;\s*rport\s*(?=;|$)/i
  const answered = rport.test(via) ? via.replace(rport, `;rport=${port}`) : via
  return `${answered};received=${address}`
}

/** Where a response goes over UDP: back to the port it came from, or to the one that Via names. */
export function responseTarget(request: SipMessage, peer: Peer): Peer {
  const [via] = request.vias
  if (via === undefined || via.rport !== undefined) return peer
  return { address: peer.address, port: via.port ?? 5060 }
}

/** A request of ours within a dialog that a client began: what its parts are made of. */
export interface DialogRequest {
  readonly method: string
  /** The client's Contact, as a URI. */
  readonly target: string
  readonly callId: string
  /** Our end of the dialog: the To of the INVITE with our tag; and the client's, its From. */
  readonly local: string
  readonly remote: string
  readonly cseq: number
  readonly via: string
  readonly routes: readonly string[]
  readonly headers: readonly string[]
}

/** Formats a request without a body. */
export function formatRequest(request: DialogRequest): Buffer {
  const lines = [
    `${request.method} ${formatUri({ ...parseUri(request.target), headers: [] })} SIP/2.0`,
    `Via: ${request.via}`,
    'Max-Forwards: 70',
    ...request.routes.map((route) => `Route: ${oneLine(route)}`),
    `From: ${request.local}`,
    `To: ${request.remote}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.cseq} ${request.method}`,
    `User-Agent: ${SERVER_NAME}`,
    ...request.headers,
    'Content-Length: 0',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}
