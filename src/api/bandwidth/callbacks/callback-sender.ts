// Events of the outbox in, requests out: of each call one after the other, of many calls at once,
// and of no application so many that others wait for its receiver.
// What is not taken goes to the fallback address; what that does not take either waits, longer each
// time, and is given up after a number of attempts. Until then the call's later events wait too.
import type { Clock } from '../../../base/clock.ts'
import type { Application } from './application.ts'
import { callbackLimits } from './limits.ts'
import type { Delivery, OutboxFile } from './outbox-file.ts'
import { sendCallback } from './send-callback.ts'
import { shownUrl } from './shown-url.ts'

/** The first wait after a failure and the longest one, µs. */
export interface CallbackWaits {
  readonly waitUsMin: number
  readonly waitUsMax: number
}

export interface SenderParts {
  readonly outbox: OutboxFile
  readonly clock: Clock
  readonly userAgent: string
  /** Networks inside that may be sent to. */
  readonly allowed: readonly string[]
  readonly applicationOf: (id: string) => Application | undefined
  /** Waits after failures: tests wait less. */
  readonly waits?: CallbackWaits
}

export class CallbackSender {
  readonly #parts: SenderParts
  readonly #underWay = new Map<number, Promise<void>>()
  /** Calls with an event under way: the next one waits for it. */
  readonly #busy = new Set<string>()
  /** How many are under way of each application. */
  readonly #counts = new Map<string, number>()
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  /** Begins to send what is due, and goes on as more becomes due. */
  start(): void {
    this.wake()
  }

  /** Looks at once for what is due: something was added. */
  wake(): void {
    clearTimeout(this.#timer)
    if (this.#closing.signal.aborted) return
    this.#sendDue()
    this.#timer = setTimeout(() => this.wake(), this.#pauseMs())
    this.#timer.unref()
  }

  #pauseMs(): number {
    const nowUs = this.#parts.clock.nowUs()
    const dueUs = this.#parts.outbox.nextDueUs(nowUs)
    const waitMs = dueUs === undefined ? callbackLimits.lookMs : Math.ceil((dueUs - nowUs) / 1000)
    return Math.min(Math.max(waitMs, 1), callbackLimits.lookMs)
  }

  /** Ends what is under way; the next start sends it again. */
  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    await Promise.allSettled(this.#underWay.values())
  }

  #sendDue(): void {
    const { sendingMax, sendingPerApplicationMax } = callbackLimits
    if (this.#underWay.size >= sendingMax) return
    // Those under way are due too, until their answer has come.
    const due = this.#parts.outbox.due(this.#parts.clock.nowUs(), sendingPerApplicationMax)
    for (const delivery of due) {
      const { applicationId, deliveryId } = delivery
      const lane = `${applicationId} ${delivery.legKey}`
      const count = this.#counts.get(applicationId) ?? 0
      if (this.#busy.has(lane) || count >= sendingPerApplicationMax) continue
      this.#busy.add(lane)
      this.#counts.set(applicationId, count + 1)
      const work = this.#send(delivery).finally(() => {
        this.#busy.delete(lane)
        this.#leave(applicationId)
        this.#underWay.delete(deliveryId)
        this.wake()
      })
      this.#underWay.set(deliveryId, work)
      if (this.#underWay.size >= sendingMax) return
    }
  }

  #leave(applicationId: string): void {
    const count = (this.#counts.get(applicationId) ?? 0) - 1
    if (count > 0) this.#counts.set(applicationId, count)
    else this.#counts.delete(applicationId)
  }

  async #send(delivery: Delivery): Promise<void> {
    const { outbox, clock, applicationOf } = this.#parts
    const application = applicationOf(delivery.applicationId)
    if (application === undefined) {
      const error = 'the application is gone'
      outbox.settle(delivery, {
        state: 'given-up',
        tUs: clock.nowUs(),
        sentTo: null,
        error,
      })
      return
    }
    const { callbackUrl, fallbackUrl } = application
    let sentTo = callbackUrl
    let error = await this.#sendTo(callbackUrl, delivery, application)
    if (error !== undefined && fallbackUrl !== null && !this.#closing.signal.aborted) {
      sentTo = fallbackUrl
      const second = await this.#sendTo(fallbackUrl, delivery, application)
      error = second === undefined ? undefined : `${error}; fallback: ${second}`
    }
    // Ended by us: nobody knows whether it arrived, so it is sent again.
    if (error !== undefined && this.#closing.signal.aborted) return
    this.#note(delivery, { sentTo: shownUrl(sentTo), error: error ?? null })
  }

  #sendTo(url: string, delivery: Delivery, application: Application): Promise<string | undefined> {
    return sendCallback({
      url,
      method: application.callbackHttpMethod,
      body: delivery.body,
      timeoutMs: application.callbackTimeout,
      userAgent: this.#parts.userAgent,
      allowed: this.#parts.allowed,
      signal: this.#closing.signal,
    })
  }

  #note(
    delivery: Delivery,
    told: { readonly sentTo: string; readonly error: string | null },
  ): void {
    const { outbox, clock } = this.#parts
    const { attempts } = delivery
    const nowUs = clock.nowUs()
    if (told.error === null) {
      outbox.settle(delivery, { state: 'delivered', tUs: nowUs, ...told })
    } else if (attempts + 1 >= callbackLimits.attemptsMax) {
      outbox.settle(delivery, { state: 'given-up', tUs: nowUs, ...told })
    } else {
      outbox.retry(delivery, { tUs: nowUs + this.#waitUs(attempts), ...told })
    }
  }

  #waitUs(attempts: number): number {
    const { waitUsMin, waitUsMax } = this.#parts.waits ?? callbackLimits
    return Math.min(waitUsMin * 2 ** attempts, waitUsMax)
  }
}
