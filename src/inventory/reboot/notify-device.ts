// One device told by SIP: the NOTIFY sent, sent again where it may be lost, a challenge answered,
// the outcome told in words. A client transaction as RFC 3261 §17.1.2 has it, its identity given
// from outside, so that the same one can go on after a restart.
import type { SipMessage } from '../../sip/message.ts'
import { branchOf, type CheckSync, writeCheckSync } from './check-sync.ts'
import { answerChallenge, type Credentials } from './digest-answer.ts'
import type { SipIdentity } from './job.ts'
import { type LinkEvents, openLink, type SipLink } from './sip-link.ts'

/** Timers of RFC 3261 §17.1.2.2, ms. */
export interface SipTimers {
  /** T1: the first wait before a request is sent again; it doubles up to T2. */
  readonly t1Ms: number
  readonly t2Ms: number
  /** Timer F: after this nobody answers any more. */
  readonly giveUpMs: number
}

export const SIP_TIMERS: SipTimers = { t1Ms: 500, t2Ms: 4_000, giveUpMs: 32_000 }

export interface NotifyOutcome {
  readonly isDone: boolean
  readonly result: string
}

export interface NotifyRequest {
  readonly plan: CheckSync
  readonly identity: SipIdentity
  readonly credentials: Credentials | undefined
  readonly timers: SipTimers
  /** Stops without an outcome. */
  readonly signal: AbortSignal
  /** Called once a port is known and before the first byte is sent. */
  onTelling(identity: SipIdentity): void
}

/** Tells a device. @throws what opening the way to it throws, and the reason of `signal` */
export async function notifyDevice(request: NotifyRequest): Promise<NotifyOutcome> {
  const inbox = new Inbox()
  const { plan, identity, credentials, timers, signal } = request
  const link = await openLink(plan.destination, identity.localPort, inbox, timers.giveUpMs)
  try {
    signal.throwIfAborted()
    // The Via of a request that goes on names the port that it named at first.
    const local = { ...link.local, port: identity.localPort || link.local.port }
    request.onTelling({ ...identity, localPort: local.port })
    const tell = (n: number, authorization?: string) =>
      exchange(link, inbox, {
        branch: branchOf(identity, n),
        bytes: writeCheckSync(plan, identity, { local, n, authorization }),
        timers,
        signal,
      })
    const first = await tell(1)
    const authorization = authorizationFor(first, plan.requestUri, credentials)
    return outcomeOf(authorization === undefined ? first : await tell(2, authorization), inbox)
  } finally {
    link.close()
  }
}

function authorizationFor(
  response: SipMessage | undefined,
  uri: string,
  credentials: Credentials | undefined,
): string | undefined {
  const isChallenge = response?.statusCode === 401 || response?.statusCode === 407
  if (!isChallenge || credentials === undefined) return undefined
  return answerChallenge(response, { method: 'NOTIFY', uri }, credentials)
}

interface Exchange {
  readonly branch: string
  readonly bytes: Buffer
  readonly timers: SipTimers
  readonly signal: AbortSignal
}

/** Sends a request until its final answer comes; undefined where none does. */
function exchange(
  link: SipLink,
  inbox: Inbox,
  { branch, bytes, timers, signal }: Exchange,
): Promise<SipMessage | undefined> {
  return new Promise((resolve, reject) => {
    let waitMs = timers.t1Ms
    let again: NodeJS.Timeout | undefined
    const end = (response: SipMessage | undefined) => {
      clearTimeout(giveUp)
      clearTimeout(again)
      signal.removeEventListener('abort', stop)
      inbox.listen(undefined)
      if (signal.aborted) reject(signal.reason as Error)
      else resolve(response)
    }
    const stop = () => end(undefined)
    const giveUp = setTimeout(stop, timers.giveUpMs)
    const sendAgain = () => {
      link.send(bytes)
      waitMs = Math.min(waitMs * 2, timers.t2Ms)
      again = setTimeout(sendAgain, waitMs)
    }
    signal.addEventListener('abort', stop)
    inbox.listen({
      message(message) {
        if (message.isRequest || message.branch !== branch) return
        if (message.statusCode >= 200) end(message)
        // It has arrived; the slow pace is for an answer that may be lost (§17.1.2.2).
        else waitMs = timers.t2Ms
      },
      // Over UDP nobody may be there yet, as with a device that is just starting.
      broken: () => link.isReliable && end(undefined),
    })
    link.send(bytes)
    if (!link.isReliable) again = setTimeout(sendAgain, waitMs)
  })
}

function outcomeOf(response: SipMessage | undefined, { error }: Inbox): NotifyOutcome {
  if (response === undefined) {
    return { isDone: false, result: error === undefined ? 'no answer' : `no answer: ${error}` }
  }
  const { statusCode, reasonPhrase } = response
  return { isDone: statusCode < 300, result: `${statusCode} ${reasonPhrase}`.trim() }
}

/** Hands on what the link tells to whoever listens at the time. */
class Inbox implements LinkEvents {
  #listener: LinkEvents | undefined
  #error: string | undefined

  /** What last went wrong on the way, in words. */
  get error(): string | undefined {
    return this.#error
  }

  listen(listener: LinkEvents | undefined): void {
    this.#listener = listener
  }

  message(message: SipMessage): void {
    this.#listener?.message(message)
  }

  broken(error: Error): void {
    this.#error = error.message
    this.#listener?.broken(error)
  }
}
