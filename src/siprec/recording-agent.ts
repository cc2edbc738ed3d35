// Requests of recording clients in, responses out, and the sessions that are open because of them.
// The user agent server of RFC 7866: takes recording sessions and refuses all other calls with a
// reason. Time and transport come from its caller.
//
// RFC 3261 §8.2 and §12 (a server's side), RFC 7866 §6 (recording sessions), RFC 4028 (timers).
import { randomBytes } from 'node:crypto'
import type { SipMessage } from '../sip/message.ts'
import { formatAnswer, readOffer } from './answer-sdp.ts'
import { siprecLimits } from './limits.ts'
import type { MediaPort } from './media-ports.ts'
import { askedTimer, dialogKey, RecordingDialog, targetOf } from './recording-dialog.ts'
import {
  ACCEPTED_TYPES,
  METHODS,
  type Refusal,
  refusals,
  whyNoChange,
  whyNoSession,
  whyNotUnderstood,
} from './refusals.ts'
import { formatResponse, type ResponseParts } from './response.ts'
import { type Flow, type SendBytes, type ServerTransaction, Transactions } from './transactions.ts'

const ABILITIES = [`Allow: ${METHODS}`, `Accept: ${ACCEPTED_TYPES}`, 'Supported: siprec, timer']

/** Methods that mean something within a session alone. */
const IN_DIALOG = new Set(['BYE', 'UPDATE', 'INFO'])

export interface AgentParts {
  readonly send: SendBytes
  /**
   * Opens ports at an address for one media section; undefined where none are free. What comes in
   * on them counts where `takes` says so of the address that it is from.
   */
  readonly openMedia: (
    address: string,
    takes: (from: string) => boolean,
  ) => Promise<MediaPort | undefined>
  /** Whether an address is one of recording clients. */
  readonly isClient: (address: string) => boolean
  /** Address that goes into answers: what the client of this flow can send media to. */
  readonly mediaAddress: (flow: Flow) => string
  readonly sessionsMax: number
}

export class RecordingAgent {
  readonly #parts: AgentParts
  readonly #transactions: Transactions
  readonly #dialogs = new Map<string, RecordingDialog>()
  /** INVITEs whose ports are being opened. */
  #opening = 0
  /** Of the last message or tick: near enough for what comes in between. */
  #nowMs = 0
  #isStopped = false
  #sessionsTaken = 0
  #sessionsLost = 0
  #sessionsTurnedAway = 0
  readonly #refusals = new Map<number, number>()

  constructor(parts: AgentParts) {
    this.#parts = parts
    this.#transactions = new Transactions(parts.send)
  }

  /** Takes one message. `message` and its memory may be used again afterwards. */
  push(message: SipMessage, flow: Flow, nowMs: number): void {
    this.#nowMs = nowMs
    if (!message.isRequest) {
      this.#transactions.answer(message)
      return
    }
    // Without a Via there is nobody to answer to.
    if (message.vias.length === 0) return
    const target = targetOf(message, flow)
    const transaction = this.#transactions.begin(message, { flow, target, nowMs })
    if (transaction === undefined) return
    const { request } = transaction
    if (request.method === 'ACK') {
      this.#acknowledge(request, flow)
      return
    }
    const refusal = whyNotUnderstood(request)
    if (refusal === undefined) this.#take(transaction)
    else this.#refuse(transaction, refusal)
  }

  /** Repeats what is due, and ends sessions that fell silent. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs
    this.#transactions.tick(nowMs)
    for (const dialog of this.#dialogs.values()) {
      const { timer, refreshedMs, heardMs } = dialog
      const isExpired = timer !== undefined && nowMs - refreshedMs >= timer.seconds * 1000
      if (isExpired || nowMs - heardMs >= siprecLimits.sessionSilenceMsMax) this.#lose(dialog)
      else if (timer?.refresher === 'uas' && nowMs - refreshedMs >= timer.seconds * 500) {
        this.#refresh(dialog, timer.seconds)
      }
    }
  }

  /** Ends every session, for the server stops. */
  stop(): void {
    this.#isStopped = true
    for (const dialog of this.#dialogs.values()) this.#hangUp(dialog)
  }

  stats(): Readonly<Record<string, number>> {
    const refused = [...this.#refusals].map(([status, count]) => [`refused${status}`, count])
    return {
      sessions: this.#dialogs.size,
      sessionsTaken: this.#sessionsTaken,
      sessionsLost: this.#sessionsLost,
      sessionsTurnedAway: this.#sessionsTurnedAway,
      ...Object.fromEntries(refused),
      ...this.#transactions.stats(),
    }
  }

  #take(transaction: ServerTransaction): void {
    const { request } = transaction
    if (request.method === 'OPTIONS') this.#answer(transaction, ok(ABILITIES))
    else if (request.method === 'CANCEL') this.#cancel(transaction)
    else if (request.toTag !== undefined) this.#takeInDialog(transaction)
    else if (request.method === 'INVITE') this.#invite(transaction)
    else if (IN_DIALOG.has(request.method)) this.#refuse(transaction, refusals.noSuchDialog)
    else this.#refuse(transaction, refusals.methodNotAllowed)
  }

  // ── a session begins ─────────────────────────────────────────────────────────────────────────

  #invite(transaction: ServerTransaction): void {
    const { request } = transaction
    const refusal = whyNoSession(request) ?? (this.#hasRoom() ? undefined : refusals.full)
    if (refusal !== undefined) {
      this.#refuse(transaction, refusal)
      return
    }
    const localTag = randomBytes(8).toString('hex')
    const dialog = new RecordingDialog(request, localTag, transaction.flow, this.#nowMs)
    this.#opening++
    dialog.turn = this.#openPorts(dialog, request).then((isWhole) => {
      this.#opening--
      // It may have been cancelled meanwhile, and then it is answered already.
      if (isWhole && transaction.status === 0 && !this.#isStopped) {
        this.#dialogs.set(dialog.key, dialog)
        this.#sessionsTaken++
        this.#accept(transaction, dialog)
        return
      }
      closePorts(dialog)
      if (transaction.status === 0) this.#refuse(transaction, refusals.noPorts)
    })
  }

  #hasRoom(): boolean {
    return this.#dialogs.size + this.#opening < this.#parts.sessionsMax || this.#giveWay()
  }

  /**
   * Ends the session that has shown least of itself, false where all are what they should be. The
   * longest without an ACK goes first: so whoever forges addresses holds no room that a client asks
   * for, however many requests it sends.
   */
  #giveWay(): boolean {
    const all = [...this.#dialogs.values()]
    const since = this.#nowMs - siprecLimits.mediaBeginsMsMax
    const strange = all.find(({ isAcknowledged }) => !isAcknowledged)
    const last = strange ?? all.find(({ hasMedia, heardMs }) => !hasMedia && heardMs <= since)
    if (last === undefined) return false
    this.#turnAway(last)
    return true
  }

  #turnAway(dialog: RecordingDialog): void {
    this.#sessionsTurnedAway++
    if (dialog.isAcknowledged) {
      this.#hangUp(dialog)
      return
    }
    // Without a BYE: there may be nobody at its address, who would then hear of it for long.
    const { awaiting } = dialog
    this.#forget(dialog)
    // Should the INVITE come again, it begins a session of its own.
    if (awaiting !== undefined) this.#transactions.forget(awaiting.transaction)
  }

  /** Opens ports for the sections that have none yet; false where one could not be had. */
  async #openPorts(dialog: RecordingDialog, request: SipMessage): Promise<boolean> {
    const address = this.#parts.mediaAddress(dialog.flow)
    dialog.describe(request.sdp)
    let knownFrom: string | undefined
    const takes = (from: string) => {
      if (from !== knownFrom) {
        if (!dialog.describes(from) && !this.#parts.isClient(from)) return false
        knownFrom = from
      }
      dialog.hasMedia = true
      dialog.heardMs = this.#nowMs
      return true
    }
    for (const { index, isAcceptable } of readOffer(request.sdp)) {
      const known = dialog.media.get(index)
      if (!isAcceptable) {
        known?.close()
        dialog.media.delete(index)
      } else if (known === undefined && dialog.media.size < siprecLimits.mediaPerSessionMax) {
        let port = await this.#parts.openMedia(address, takes)
        while (port === undefined && this.#giveWay()) {
          port = await this.#parts.openMedia(address, takes)
        }
        if (port === undefined) return false
        dialog.media.set(index, port)
      }
    }
    return true
  }

  #accept(transaction: ServerTransaction, dialog: RecordingDialog): void {
    const { request, flow } = transaction
    const headers = [...ABILITIES, `Contact: ${contactOf(flow)}`]
    const timer = askedTimer(request)
    // The last answer counts: one that names no interval ends the timer (RFC 4028 §7.2).
    dialog.timer = timer
    if (timer !== undefined) {
      headers.push(`Session-Expires: ${timer.seconds};refresher=${timer.refresher}`)
      if (timer.refresher === 'uac') headers.push('Require: timer')
    }
    if (transaction.isInvite) {
      dialog.awaiting = { transaction, cseq: request.cseq?.number ?? 0 }
      // A client that never acknowledges is not there (RFC 3261 §13.3.1.4).
      transaction.onUnacknowledged = () => this.#lose(dialog)
      transaction.onPushedOut = () => {
        if (!dialog.isAcknowledged) this.#turnAway(dialog)
      }
    }
    const toTag = dialog.localTag
    this.#answer(transaction, { ...ok(headers), ...this.#answerBody(transaction, dialog), toTag })
  }

  #answerBody(
    transaction: ServerTransaction,
    dialog: RecordingDialog,
  ): Pick<ResponseParts, 'body'> {
    const { request, flow } = transaction
    if (request.sdp === undefined) return {}
    const text = formatAnswer({
      offer: request.sdp,
      address: this.#parts.mediaAddress(flow),
      ports: new Map([...dialog.media].map(([index, { rtpPort }]) => [index, rtpPort])),
      sessionId: dialog.sdpSessionId,
      version: ++dialog.sdpVersion,
    })
    return { body: { type: 'application/sdp', text } }
  }

  #acknowledge(request: SipMessage, flow: Flow): void {
    const dialog = this.#dialogs.get(dialogKey(request, request.toTag))
    if (dialog === undefined) return
    dialog.heard(request, flow, this.#nowMs)
    const { awaiting } = dialog
    if (awaiting === undefined || awaiting.cseq !== request.cseq?.number) return
    this.#transactions.acknowledge(awaiting.transaction)
    dialog.awaiting = undefined
    dialog.isAcknowledged = true
  }

  // ── a session goes on ────────────────────────────────────────────────────────────────────────

  #takeInDialog(transaction: ServerTransaction): void {
    const { request, flow } = transaction
    const dialog = this.#dialogs.get(dialogKey(request, request.toTag))
    if (dialog === undefined) {
      this.#refuse(transaction, refusals.noSuchDialog)
      return
    }
    if ((request.cseq?.number ?? 0) < dialog.remoteCseq) {
      this.#refuse(transaction, refusals.outOfOrder)
      return
    }
    dialog.heard(request, flow, this.#nowMs)
    switch (request.method) {
      case 'BYE':
        this.#answer(transaction, ok([]))
        this.#forget(dialog)
        break
      case 'INVITE':
      case 'UPDATE':
        this.#change(transaction, dialog)
        break
      case 'INFO':
        this.#answer(transaction, ok([]))
        break
      default:
        this.#refuse(transaction, refusals.methodNotAllowed)
    }
  }

  /** A new offer, new metadata, or both: hold, transfer, a further participant. */
  #change(transaction: ServerTransaction, dialog: RecordingDialog): void {
    const { request } = transaction
    const isOffered = request.method === 'INVITE' || request.sdp !== undefined
    const refusal = isOffered ? whyNoChange(request) : undefined
    if (refusal !== undefined) {
      this.#refuse(transaction, refusal)
      return
    }
    // One change after the other, for each may open and close ports.
    dialog.turn = dialog.turn.then(async () => {
      const isWhole = await this.#openPorts(dialog, request)
      const isOver = !this.#dialogs.has(dialog.key)
      if (isOver) closePorts(dialog)
      // It may have been cancelled meanwhile, and then it is answered already.
      if (transaction.status !== 0) return
      if (isOver) this.#refuse(transaction, refusals.noSuchDialog)
      else if (isWhole) this.#accept(transaction, dialog)
      else this.#refuse(transaction, refusals.noPorts)
    })
  }

  #cancel(transaction: ServerTransaction): void {
    const invite = this.#transactions.invitedBy(transaction.request, transaction.flow)
    if (invite === undefined) {
      this.#refuse(transaction, refusals.noSuchDialog)
      return
    }
    this.#answer(transaction, ok([]))
    // What was answered already is ended by a BYE, not by this (RFC 3261 §9.2).
    if (invite.status === 0) this.#refuse(invite, refusals.cancelled)
  }

  // ── a session ends ───────────────────────────────────────────────────────────────────────────

  /** The client is gone, or does not do what it must. */
  #lose(dialog: RecordingDialog): void {
    if (!this.#dialogs.has(dialog.key)) return
    this.#sessionsLost++
    this.#hangUp(dialog)
  }

  #hangUp(dialog: RecordingDialog): void {
    const { branch, bytes } = dialog.makeRequest('BYE')
    const { flow } = dialog
    this.#transactions.request(branch, { flow, target: flow.peer, bytes, nowMs: this.#nowMs })
    this.#forget(dialog)
  }

  #forget(dialog: RecordingDialog): void {
    this.#dialogs.delete(dialog.key)
    if (dialog.awaiting !== undefined) this.#transactions.acknowledge(dialog.awaiting.transaction)
    closePorts(dialog)
  }

  #refresh(dialog: RecordingDialog, seconds: number): void {
    dialog.refreshedMs = this.#nowMs
    const headers = ['Supported: timer', `Session-Expires: ${seconds};refresher=uac`]
    const { branch, bytes } = dialog.makeRequest('UPDATE', headers)
    const { flow } = dialog
    const onEnd = (status: number) => {
      if (status === 481 || status === 408) this.#lose(dialog)
    }
    const nowMs = this.#nowMs
    this.#transactions.request(branch, { flow, target: flow.peer, bytes, nowMs, onEnd })
  }

  // ── what is said ─────────────────────────────────────────────────────────────────────────────

  #refuse(transaction: ServerTransaction, refusal: Refusal): void {
    this.#refusals.set(refusal.status, (this.#refusals.get(refusal.status) ?? 0) + 1)
    this.#answer(transaction, refusal, refusal.isStateless)
  }

  #answer(transaction: ServerTransaction, parts: ResponseParts, isStateless = false): void {
    const { request, flow } = transaction
    const toTag = parts.toTag ?? randomBytes(8).toString('hex')
    const bytes = formatResponse(request, flow.peer, { ...parts, toTag })
    const { status } = parts
    this.#transactions.respond(transaction, { status, bytes, nowMs: this.#nowMs, isStateless })
  }
}

function ok(headers: readonly string[]): ResponseParts {
  return { status: 200, reason: 'OK', headers }
}

/** Says by its feature tag that a recording server answers (RFC 7866 §12.1). */
function contactOf({ local, transport }: Flow): string {
  const host = local.address.includes(':') ? `[${local.address}]` : local.address
  const tail = transport === 'udp' ? '' : `;transport=${transport}`
  return `<sip:${host}:${local.port}${tail}>;+sip.srs`
}

function closePorts(dialog: RecordingDialog): void {
  for (const port of dialog.media.values()) port.close()
  dialog.media.clear()
}
