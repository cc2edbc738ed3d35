// Calls that changed in, events in the outbox out: for each application that a call is matched by,
// what has happened to it so far, each thing once. Events older than a set age are not told, so
// that importing an old capture rings nobody's bell. After a start, calls of late are looked at
// again: what a crash left untold is told then.
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { Accounts } from '../../../accounts/accounts.ts'
import type { Account } from '../../../accounts/account.ts'
import { legRulesOf } from '../../../accounts/scope.ts'
import { readTrunks } from '../../../accounts/trunk.ts'
import type { Clock } from '../../../base/clock.ts'
import { Failure } from '../../../base/failure.ts'
import type { Leg } from '../../../calls/leg.ts'
import type { Finder } from '../../../query/finder.ts'
import type { RecordingStore } from '../../../store/recordings/contract.ts'
import type { Recording } from '../../../store/recordings/recording.ts'
import type { ApiSettings } from '../../http/parts.ts'
import { factsOf, type VendorRules } from '../../vendor/leg-facts.ts'
import { askerFor } from '../../vendor/vendor-rules.ts'
import type { CallSettings } from '../call-resource.ts'
import { type Application, readApplication } from './application.ts'
import { callbackEventsOf } from './callback-event.ts'
import { CallbackSender } from './callback-sender.ts'
import type { CallbackQuestions, DeliveryFilter, KnownApplication } from './contract.ts'
import { callbackLimits } from './limits.ts'
import { recordingEventsOf } from './recording-event.ts'
import { type Delivery, type DeliveryState, type NewDelivery, OutboxFile } from './outbox-file.ts'
import { shownUrl } from './shown-url.ts'

export interface CallbackParts {
  readonly finder: Finder
  readonly accounts: Accounts
  /** Of which is told when they are done; absent where nothing is recorded. */
  readonly recordings?: RecordingStore
  readonly clock: Clock
  readonly settings: ApiSettings
  readonly vendor: VendorRules
  readonly log: FastifyBaseLogger
  /** What links in events begin with, `https://earshot.example`. */
  readonly baseUrl: () => string
  /** Applications of a file, which takes the place of those of the file before. */
  readonly fromFile?: readonly Application[]
}

export class Callbacks implements CallbackQuestions {
  readonly #parts: CallbackParts
  readonly #outbox: OutboxFile
  readonly #sender: CallbackSender
  readonly #changed = new Set<string>()
  #applications = new Map<string, Application>()
  #work: Promise<void> | undefined
  #lookingBack: Promise<void> | undefined
  #lookingAtRecordings: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #legsPassedOver = 0
  #eventsPassedOver = 0
  #isStarted = false
  #isClosing = false

  constructor(parts: CallbackParts) {
    this.#parts = parts
    this.#outbox = new OutboxFile(join(parts.settings.dataFolder, 'callbacks.sqlite'))
    if (parts.fromFile !== undefined) this.#takeFile(parts.fromFile)
    this.#readApplications()
    this.#sender = new CallbackSender({
      outbox: this.#outbox,
      clock: parts.clock,
      userAgent: `BandwidthAPI/v1 (Earshot ${parts.settings.version})`,
      allowed: parts.settings.callbackNetworks,
      applicationOf: (id) => this.#applications.get(id),
    })
  }

  /** Looks again at the calls of late, and begins to send. Never throws. */
  async start(): Promise<void> {
    this.#sender.start()
    const lookAgain = () => {
      this.#tidy()
      this.#lookingAtRecordings ??= this.lookAtRecordings().finally(() => {
        this.#lookingAtRecordings = undefined
      })
    }
    this.#timer = setInterval(lookAgain, callbackLimits.recordingsLookMs)
    this.#timer.unref()
    this.#isStarted = true
    this.#begin()
    this.#lookingBack = this.#lookBack()
    await this.#lookingBack
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#lookingBack
    await this.#work
    await this.#lookingAtRecordings
    await this.#sender.close()
    this.#outbox.close()
  }

  /** Takes note of legs that were stored anew or further on. Never throws. */
  stored(legKeys: Iterable<string>): void {
    if (this.#applications.size === 0 || this.#isClosing) return
    for (const legKey of legKeys) this.#changed.add(legKey)
    for (const legKey of this.#changed) {
      if (this.#changed.size <= callbackLimits.changedLegsMax) break
      this.#changed.delete(legKey)
      this.#legsPassedOver++
    }
    this.#begin()
  }

  /** Everything that was taken note of has been looked at. */
  async idle(): Promise<void> {
    await this.#work
  }

  // ── applications ─────────────────────────────────────────────────────────────────────────────

  applications(): readonly KnownApplication[] {
    return this.#outbox.applications()
  }

  /** Adds or changes an application. @throws Failure `bad-input`, or `conflict` for a file's */
  put(value: unknown): Application {
    const application = readApplication(value)
    this.#refuseOfFile(application.id)
    const isNew = !this.#applications.has(application.id)
    if (isNew && this.#applications.size >= callbackLimits.applicationsMax) {
      throw new Failure('too-large', `at most ${callbackLimits.applicationsMax} applications`)
    }
    if (this.#accountOf(application) === undefined) {
      throw new Failure(
        'bad-input',
        `account: there is no Bandwidth account ${application.account}`,
      )
    }
    this.#outbox.putApplication(application, 'api')
    this.#readApplications()
    return application
  }

  /** Removes an application; what waits for it is not sent. @throws Failure */
  remove(id: string): void {
    this.#refuseOfFile(id)
    if (!this.#outbox.deleteApplication(id)) {
      throw new Failure('not-found', `there is no application ${id}`)
    }
    this.#readApplications()
  }

  /** What the first application that matches each leg says of it, by the leg's key. */
  async settingsOf(
    legKeys: readonly string[],
    account: Pick<Account, 'id' | 'scope'>,
  ): Promise<ReadonlyMap<string, CallSettings>> {
    const settings = new Map<string, CallSettings>()
    for (const application of this.#applications.values()) {
      if (application.account !== account.id) continue
      for (const legKey of await this.#matching(legKeys, application, account)) {
        if (!settings.has(legKey)) settings.set(legKey, shownSettings(application))
      }
    }
    return settings
  }

  // ── deliveries ───────────────────────────────────────────────────────────────────────────────

  deliveries(wanted: DeliveryFilter): readonly Delivery[] {
    return this.#outbox.list(wanted)
  }

  stats(): Readonly<Record<string, number>> {
    const counts: Readonly<Record<DeliveryState, number>> = this.#outbox.counts()
    return {
      callbacksWaiting: counts.waiting,
      callbacksDelivered: counts.delivered,
      callbacksGivenUp: counts['given-up'],
      callbackLegsPassedOver: this.#legsPassedOver,
      callbackEventsPassedOver: this.#eventsPassedOver,
    }
  }

  // ── from legs to events ──────────────────────────────────────────────────────────────────────

  /** Until the start, calls are only taken note of. */
  #begin(): void {
    if (!this.#isStarted || this.#changed.size === 0) return
    this.#work ??= this.#lookAtAll().finally(() => {
      this.#work = undefined
    })
  }

  async #lookAtAll(): Promise<void> {
    while (this.#changed.size > 0 && !this.#isClosing) {
      const legKeys = [...this.#changed].slice(0, callbackLimits.legsPerLook)
      for (const legKey of legKeys) this.#changed.delete(legKey)
      try {
        await this.#lookAt(legKeys)
      } catch (error) {
        this.#parts.log.error({ err: error, legs: legKeys.length }, 'callbacks not taken')
        this.#legsPassedOver += legKeys.length
      }
    }
  }

  async #lookAt(legKeys: readonly string[]): Promise<void> {
    const legs: Leg[] = []
    for (const legKey of legKeys) {
      const leg = await this.#parts.finder.legByKey(legKey)
      if (leg?.kind === 'call') legs.push(leg)
    }
    const fresh = legs.filter(({ lastUs }) => lastUs >= this.#sinceUs())
    if (fresh.length === 0) return
    const events: NewDelivery[] = []
    for (const application of this.#applications.values()) {
      const account = this.#accountOf(application)
      if (account === undefined) continue
      const keys = fresh.map(({ legKey }) => legKey)
      const matching = await this.#matching(keys, application, account)
      const matched = fresh.filter(({ legKey }) => matching.has(legKey))
      events.push(...(await this.#eventsOf(matched, application, account)))
    }
    this.#take(events)
  }

  async #matching(
    legKeys: readonly string[],
    application: Application,
    account: Pick<Account, 'id' | 'scope'>,
  ): Promise<ReadonlySet<string>> {
    const { settings } = this.#parts
    const rules = legRulesOf(application.match, readTrunks(settings.trunks)) ?? []
    return askerFor(account, this.#parts).finder.legsObeying(legKeys, rules)
  }

  async #eventsOf(
    legs: readonly Leg[],
    application: Application,
    account: Account,
  ): Promise<NewDelivery[]> {
    if (legs.length === 0) return []
    const { clock, vendor, baseUrl } = this.#parts
    const userUrl = `${baseUrl()}/v1/users/${encodeURIComponent(account.userId)}`
    const facts = await factsOf(legs, askerFor(account, this.#parts), vendor)
    const sinceUs = this.#sinceUs()
    const createdUs = clock.nowUs()
    return facts.flatMap((one) =>
      callbackEventsOf(one, application, userUrl)
        .filter(({ tUs }) => tUs >= sinceUs)
        .map((event) => ({
          ...event,
          applicationId: application.id,
          legKey: one.leg.legKey,
          createdUs,
        })),
    )
  }

  /** Tells of recordings and transcripts that were finished since the last look. Never throws. */
  async lookAtRecordings(): Promise<void> {
    const { recordings, log } = this.#parts
    if (recordings === undefined || this.#applications.size === 0) return
    try {
      for (const state of ['completed', 'failed'] as const) {
        const limit = callbackLimits.recordingsPerLook
        const startUs = Math.max(0, this.#sinceUs() - callbackLimits.lookBackUs)
        const { rows } = await recordings.find({ state, startUs }, { limit })
        for (const recording of rows) this.#take(await this.#recordingEvents(recording))
      }
    } catch (error) {
      log.error({ err: error }, 'recordings not told')
    }
  }

  async #recordingEvents(recording: Recording): Promise<NewDelivery[]> {
    const { baseUrl, clock } = this.#parts
    const events: NewDelivery[] = []
    for (const application of this.#applications.values()) {
      const account = this.#accountOf(application)
      if (account === undefined) continue
      const matching = await this.#matching(recording.legKeys, application, account)
      const userUrl = `${baseUrl()}/v1/users/${encodeURIComponent(account.userId)}`
      for (const legKey of matching) {
        const around = { legKey, application, userUrl }
        const common = { applicationId: application.id, legKey, createdUs: clock.nowUs() }
        const fresh = recordingEventsOf(recording, around).filter(
          ({ tUs }) => tUs >= this.#sinceUs(),
        )
        events.push(...fresh.map((event) => ({ ...event, ...common })))
      }
    }
    return events
  }

  #take(events: readonly NewDelivery[]): void {
    if (events.length === 0) return
    if (this.#outbox.waiting() + events.length > callbackLimits.waitingMax) {
      this.#eventsPassedOver += events.length
      return
    }
    if (this.#outbox.insert(events) > 0) this.#sender.wake()
  }

  /** Events from before this time are not told. */
  #sinceUs(): number {
    const { clock, settings } = this.#parts
    const ageUs = settings.callbackAgeSecondsMax * 1_000_000
    return ageUs === 0 ? 0 : clock.nowUs() - ageUs
  }

  /** A crash may have come between a call's storing and its events: those of late once more. */
  async #lookBack(): Promise<void> {
    if (this.#applications.size === 0) return
    const { finder, clock, settings, log } = this.#parts
    const ageUs = settings.callbackAgeSecondsMax * 1_000_000
    const startUs = clock.nowUs() - ageUs - callbackLimits.lookBackUs
    const filter = { kind: 'call', startUs: ageUs === 0 ? 0 : Math.max(0, startUs) } as const
    let cursor: string | null = null
    try {
      do {
        const at: { cursor?: string } = cursor === null ? {} : { cursor }
        const isWanted = () => !this.#isClosing
        const page = await finder.findLegs(filter, { limit: 1_000, isWanted, ...at })
        this.stored(page.rows.map(({ legKey }) => legKey))
        await this.idle()
        cursor = page.next
      } while (cursor !== null && !this.#isClosing)
    } catch (error) {
      log.error({ err: error }, 'calls of late not looked at again')
    }
  }

  #tidy(): void {
    const keepUs = 2 * callbackLimits.lookBackUs + this.#parts.settings.callbackAgeSecondsMax * 1e6
    // Forgotten too early, an event would be told again after the next start.
    const isAnyAge = this.#parts.settings.callbackAgeSecondsMax === 0
    const beforeUs = isAnyAge ? 0 : this.#parts.clock.nowUs() - keepUs
    this.#outbox.deleteSettled(beforeUs, callbackLimits.settledMax)
  }

  #accountOf({ account }: Application): Account | undefined {
    const accounts = this.#parts.accounts.list()
    return accounts.find((one) => one.dialect === 'bandwidth' && one.id === account)
  }

  #readApplications(): void {
    const all = this.#outbox.applications()
    this.#applications = new Map(all.map(({ application }) => [application.id, application]))
  }

  #takeFile(applications: readonly Application[]): void {
    const ids = new Set(applications.map(({ id }) => id))
    for (const { application, origin } of this.#outbox.applications()) {
      if (origin === 'file' && !ids.has(application.id)) {
        this.#outbox.deleteApplication(application.id)
      }
    }
    for (const application of applications) this.#outbox.putApplication(application, 'file')
  }

  #refuseOfFile(id: string): void {
    const known = this.#outbox.applications().find(({ application }) => application.id === id)
    if (known?.origin !== 'file') return
    throw new Failure('conflict', `the application ${id} stands in the applications file`)
  }
}

function shownSettings(application: Application): CallSettings {
  const { callbackUrl, fallbackUrl } = application
  return {
    ...application,
    callbackUrl: shownUrl(callbackUrl),
    fallbackUrl: fallbackUrl === null ? null : shownUrl(fallbackUrl),
  }
}
