// One recording session as the server holds it: the dialog with its client, the ports that its
// media comes in on, and when it was last heard. Values alone.
import { randomBytes } from 'node:crypto'
import { addressBytes } from '../base/address-bytes.ts'
import type { SipMessage } from '../sip/message.ts'
import type { SessionDescription } from '../sip/sdp/session-description.ts'
import type { MediaPort } from './media-ports.ts'
import { type DialogRequest, formatRequest, type Peer, responseTarget } from './response.ts'
import type { Flow, ServerTransaction } from './transactions.ts'

/** Session timers that are agreed on (RFC 4028), seconds. */
export const SESSION_EXPIRES_SECONDS_MIN = 90

export interface SessionTimer {
  readonly seconds: number
  readonly refresher: 'uac' | 'uas'
}

export class RecordingDialog {
  readonly key: string
  readonly callId: string
  readonly localTag: string
  /** Numbers our descriptions. */
  readonly sdpSessionId = randomBytes(4).readUInt32BE()
  sdpVersion = 0
  /** Our ports by media section. */
  readonly media = new Map<number, MediaPort>()
  /** Where the client was heard last, and what its requests are answered over. */
  flow: Flow
  timer: SessionTimer | undefined
  /** Of the last message or media, our clock. */
  heardMs: number
  refreshedMs: number
  /** The client has shown that our answer reaches it: whoever forged its address could not. */
  isAcknowledged = false
  hasMedia = false
  /** The INVITE whose 2xx waits for its ACK, with its number. */
  awaiting: { readonly transaction: ServerTransaction; readonly cseq: number } | undefined
  remoteCseq: number
  /** What is being done to its ports; the next change waits for it. */
  turn: Promise<void> = Promise.resolve()
  /** Where the client's media comes from, as its last offer names it. */
  #described = new Set<string>()
  #localCseq = 0
  #target: string
  readonly #local: string
  readonly #remote: string
  readonly #routes: readonly string[]

  constructor(invite: SipMessage, localTag: string, flow: Flow, nowMs: number) {
    this.localTag = localTag
    this.callId = invite.callId ?? ''
    this.key = dialogKey(invite, localTag)
    this.flow = flow
    this.heardMs = nowMs
    this.refreshedMs = nowMs
    this.remoteCseq = invite.cseq?.number ?? 0
    this.#target = contactOf(invite) ?? ''
    this.#local = `${oneLine(invite.header('to'))};tag=${localTag}`
    this.#remote = oneLine(invite.header('from'))
    // The route set of whoever was called is the Record-Route in its order (RFC 3261 §12.1.1).
    this.#routes = invite.values('record-route')
  }

  /** A request of the client within the dialog: its target may have changed. */
  heard(request: SipMessage, flow: Flow, nowMs: number): void {
    this.heardMs = nowMs
    this.flow = flow
    this.remoteCseq = Math.max(this.remoteCseq, request.cseq?.number ?? 0)
    const method = request.method
    if (method !== 'INVITE' && method !== 'UPDATE') return
    this.refreshedMs = nowMs
    this.#target = contactOf(request) ?? this.#target
  }

  /** An offer of the client, whose addresses count from now on. */
  describe(offer: SessionDescription | undefined): void {
    if (offer === undefined) return
    this.#described = new Set(offer.media.map(({ address }) => comparable(address)))
  }

  /** Whether the client has said that its media comes from this address. */
  describes(address: string): boolean {
    return this.#described.has(comparable(address))
  }

  /**
   * A request of ours: its bytes and the branch that its answer will carry. It goes to where the
   * client's own came from, which also passes its NAT.
   */
  makeRequest(
    method: 'BYE' | 'UPDATE',
    headers: readonly string[] = [],
  ): { readonly branch: string; readonly bytes: Buffer } {
    const branch = `z9hG4bK${randomBytes(12).toString('hex')}`
    const { transport, local } = this.flow
    const host = local.address.includes(':') ? `[${local.address}]` : local.address
    const request: DialogRequest = {
      method,
      target: this.#target,
      callId: oneLine(this.callId),
      local: this.#local,
      remote: this.#remote,
      cseq: ++this.#localCseq,
      via: `SIP/2.0/${transport.toUpperCase()} ${host}:${local.port};branch=${branch};rport`,
      routes: this.#routes,
      headers,
    }
    return { branch, bytes: formatRequest(request) }
  }
}

/** Names a dialog by the header fields of a request from the client (RFC 3261 §12). */
export function dialogKey(request: SipMessage, localTag: string | undefined): string {
  return JSON.stringify([request.callId, request.fromTag, localTag])
}

/** Where the answer to a request of the client goes. */
export function targetOf(request: SipMessage, flow: Flow): Peer {
  return flow.transport === 'udp' ? responseTarget(request, flow.peer) : flow.peer
}

/**
 * The session timer that a request asks for. Only what the client asked for is agreed on: who
 * refreshes is the client, unless it wants us to (RFC 4028 §9).
 */
export function askedTimer(request: SipMessage): SessionTimer | undefined {
  const text = request.header('session-expires')
  const match = text === undefined ? null : /^\s*(\d{1,9})/.exec(text)
  const supports = request.values('supported').some((tag) => tag.toLowerCase() === 'timer')
  if (match === null || text === undefined || !supports) return undefined
  const refresher = /;\s*refresher\s*=\s*uas/i.test(text) ? 'uas' : 'uac'
  return { seconds: Number(match[1]), refresher }
}

/** One text for each address: IPv6 has many. */
function comparable(address: string): string {
  return addressBytes(address)?.join('.') ?? address
}

function contactOf(request: SipMessage): string | undefined {
  const [contact] = request.contacts
  return contact === undefined || contact.isStar ? undefined : contact.uriText
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replace(/[\r\n\0]+/g, ' ')
}
