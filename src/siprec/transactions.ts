// The transactions of the recording server: which request is a copy of one that was answered, and
// which response or request of ours must be sent again. Time comes in with every call; nothing here
// waits, opens a socket or knows what a recording is.
//
// RFC 3261 §17.1.2 (our requests), §17.2 (requests to us), §13.3.1.4 (2xx until the ACK).
import { SipMessage } from '../sip/message.ts'
import { siprecLimits } from './limits.ts'
import type { Peer } from './response.ts'

/** RFC 3261 §17.1.1.1: the round trip that is assumed, the longest wait, and the whole patience. */
const T1_MS = 500
const T2_MS = 4_000
const PATIENCE_MS = 64 * T1_MS

/** How bytes travel between a client and us. */
export interface Flow {
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** Tells connections apart; 0 for UDP. */
  readonly connection: number
  readonly peer: Peer
  /** Our end. */
  readonly local: Peer
}

export interface SendBytes {
  (flow: Flow, target: Peer, bytes: Buffer): void
}

/** A request to us and what was said to it. */
export interface ServerTransaction {
  readonly key: string
  /** A copy of its own; an empty message once it is answered, for it may have been large. */
  request: SipMessage
  readonly flow: Flow
  readonly target: Peer
  readonly isInvite: boolean
  response: Buffer | undefined
  status: number
  /** When the response goes out again; Infinity for never. */
  sendAgainMs: number
  intervalMs: number
  forgetMs: number
  /** The 2xx was never acknowledged. */
  onUnacknowledged: (() => void) | undefined
  /** Too many others came, so that nobody waits for the ACK of the 2xx any longer. */
  onPushedOut: (() => void) | undefined
}

/** A request of ours that waits for its answer. */
interface ClientTransaction {
  readonly flow: Flow
  readonly target: Peer
  readonly bytes: Buffer
  sendAgainMs: number
  intervalMs: number
  readonly giveUpMs: number
  onEnd: ((status: number) => void) | undefined
}

/** Stands for requests that nobody needs any more. */
const ANSWERED = new SipMessage()

/** A request timed out: what RFC 3261 §8.1.3.1 has it be treated as. */
const STATUS_TIMEOUT = 408

export class Transactions {
  readonly #send: SendBytes
  /** Longest known first. */
  readonly #server = new Map<string, ServerTransaction>()
  readonly #client = new Map<string, ClientTransaction>()
  /** Of the answers that are kept. */
  #bytes = 0
  #retransmissionsSeen = 0
  #retransmissionsSent = 0
  #forgottenEarly = 0

  constructor(send: SendBytes) {
    this.#send = send
  }

  /**
   * The transaction of a request that was not seen before; undefined for a copy, which is answered
   * as the first one was, and for an ACK that ends one.
   */
  begin(
    request: SipMessage,
    parts: { readonly flow: Flow; readonly target: Peer; readonly nowMs: number },
  ): ServerTransaction | undefined {
    const key = keyOf(request, parts.flow)
    const known = this.#server.get(key)
    if (known !== undefined) {
      this.#again(known, request)
      return undefined
    }
    const transaction: ServerTransaction = {
      key,
      request: request.keep(),
      flow: parts.flow,
      target: parts.target,
      isInvite: request.method === 'INVITE',
      response: undefined,
      status: 0,
      sendAgainMs: Number.POSITIVE_INFINITY,
      intervalMs: T1_MS,
      forgetMs: parts.nowMs + PATIENCE_MS,
      onUnacknowledged: undefined,
      onPushedOut: undefined,
    }
    if (request.method === 'ACK') return transaction
    if (this.#server.size >= siprecLimits.transactionsMax) this.#forgetOldest()
    this.#server.set(key, transaction)
    return transaction
  }

  /** The INVITE that a CANCEL means (RFC 3261 §9.2). */
  invitedBy(cancel: SipMessage, flow: Flow): ServerTransaction | undefined {
    return this.#server.get(keyOf(cancel, flow, 'INVITE'))
  }

  /**
   * Sends a final response, and again as its method and transport ask for. Of a stateless one
   * nothing is kept: a copy of the request is a request of its own (RFC 3261 §8.2.7).
   */
  respond(
    transaction: ServerTransaction,
    response: {
      readonly status: number
      readonly bytes: Buffer
      readonly nowMs: number
      readonly isStateless?: boolean
    },
  ): void {
    const { status, bytes, nowMs, isStateless = false } = response
    transaction.request = ANSWERED
    transaction.status = status
    if (isStateless) this.forget(transaction)
    else this.#keepAnswer(transaction, bytes, nowMs)
    this.#send(transaction.flow, transaction.target, bytes)
  }

  #keepAnswer(transaction: ServerTransaction, bytes: Buffer, nowMs: number): void {
    // It was pushed out before it was answered.
    if (this.#server.get(transaction.key) !== transaction) return
    transaction.response = bytes
    this.#bytes += bytes.length
    transaction.forgetMs = nowMs + PATIENCE_MS
    // A 2xx to an INVITE is repeated on any transport, other finals of it on UDP alone.
    const isRepeated =
      transaction.isInvite && (transaction.status < 300 || transaction.flow.transport === 'udp')
    if (isRepeated) transaction.sendAgainMs = nowMs + transaction.intervalMs
    while (this.#bytes > siprecLimits.transactionBytesMax) this.#forgetOldest()
  }

  /** Forgets a request: what comes of it again is a new one. */
  forget(transaction: ServerTransaction): void {
    if (this.#server.get(transaction.key) !== transaction) return
    this.#server.delete(transaction.key)
    this.#bytes -= transaction.response?.length ?? 0
  }

  /** The 2xx arrived: it is not sent again. */
  acknowledge(transaction: ServerTransaction): void {
    transaction.sendAgainMs = Number.POSITIVE_INFINITY
    transaction.onUnacknowledged = undefined
    transaction.onPushedOut = undefined
  }

  /** Sends a request of ours, and again on UDP until it is answered or given up. */
  request(
    branch: string,
    request: {
      readonly flow: Flow
      readonly target: Peer
      readonly bytes: Buffer
      readonly nowMs: number
      readonly onEnd?: (status: number) => void
    },
  ): void {
    const { flow, target, bytes, nowMs, onEnd } = request
    const isRepeated = flow.transport === 'udp'
    this.#client.set(branch, {
      flow,
      target,
      bytes,
      sendAgainMs: isRepeated ? nowMs + T1_MS : Number.POSITIVE_INFINITY,
      intervalMs: T1_MS,
      giveUpMs: nowMs + PATIENCE_MS,
      onEnd,
    })
    this.#send(flow, target, bytes)
  }

  /** Takes a response to a request of ours. */
  answer(response: SipMessage): void {
    const { branch } = response
    const status = response.statusCode
    const transaction = branch === undefined ? undefined : this.#client.get(branch)
    if (branch === undefined || transaction === undefined || status < 200) return
    this.#client.delete(branch)
    transaction.onEnd?.(status)
  }

  /** Sends what is due again, and forgets what is over. */
  tick(nowMs: number): void {
    for (const transaction of this.#server.values()) {
      if (nowMs >= transaction.forgetMs) {
        this.forget(transaction)
        transaction.onUnacknowledged?.()
      } else if (nowMs >= transaction.sendAgainMs && transaction.response !== undefined) {
        this.#repeat(transaction, transaction.response, nowMs)
      }
    }
    for (const [branch, transaction] of this.#client) {
      if (nowMs >= transaction.giveUpMs) {
        this.#client.delete(branch)
        transaction.onEnd?.(STATUS_TIMEOUT)
      } else if (nowMs >= transaction.sendAgainMs) {
        this.#repeat(transaction, transaction.bytes, nowMs)
      }
    }
  }

  stats(): Readonly<Record<string, number>> {
    return {
      transactions: this.#server.size + this.#client.size,
      retransmissionsSeen: this.#retransmissionsSeen,
      retransmissionsSent: this.#retransmissionsSent,
      transactionsForgotten: this.#forgottenEarly,
    }
  }

  #again(known: ServerTransaction, request: SipMessage): void {
    if (request.method === 'ACK') {
      // That of a refusal; some clients use the branch again for that of a 2xx too.
      this.acknowledge(known)
      return
    }
    this.#retransmissionsSeen++
    if (known.response !== undefined) this.#send(known.flow, known.target, known.response)
  }

  #repeat(transaction: ServerTransaction | ClientTransaction, bytes: Buffer, nowMs: number): void {
    this.#retransmissionsSent++
    transaction.intervalMs = Math.min(transaction.intervalMs * 2, T2_MS)
    transaction.sendAgainMs = nowMs + transaction.intervalMs
    this.#send(transaction.flow, transaction.target, bytes)
  }

  #forgetOldest(): void {
    const [oldest] = this.#server.values()
    if (oldest === undefined) return
    this.forget(oldest)
    this.#forgottenEarly++
    oldest.onPushedOut?.()
  }
}

/**
 * What names a transaction: branch, sent-by and method, the ACK of a refusal going with its INVITE
 * (RFC 3261 §17.2.3). A branch of older senders identifies nothing; theirs are told apart by the
 * headers that copies share.
 */
function keyOf(request: SipMessage, flow: Flow, method = request.method): string {
  const [via] = request.vias
  const branch = request.branch ?? ''
  const identity = branch.startsWith('z9hG4bK')
    ? branch
    : `${request.callId} ${request.fromTag} ${request.cseq?.number} ${branch}`
  const kind = method === 'ACK' ? 'INVITE' : method
  return `${kind} ${identity} ${via?.host}:${via?.port} ${flow.transport}${flow.connection}`
}
