// What the HTTP side asks of the callbacks: which applications there are, what they say of calls,
// and what became of what they were to be told. Types alone.
import type { Account } from '../../../accounts/account.ts'
import type { CallSettings } from '../call-resource.ts'
import type { Application } from './application.ts'
import type { Delivery, DeliveryState } from './outbox-file.ts'

/** Where an application was written: in the file of the operator, or by the API. */
export interface KnownApplication {
  readonly application: Application
  readonly origin: string
}

export interface DeliveryFilter {
  readonly state?: DeliveryState
  readonly applicationId?: string
  /** Only those with a smaller id: the page after one that ended there. */
  readonly before?: number
  readonly limit: number
}

export interface CallbackQuestions {
  applications(): readonly KnownApplication[]
  /** Adds or changes an application. @throws Failure `bad-input`, or `conflict` for a file's */
  put(value: unknown): Application
  /** Removes an application; what waits for it is not sent. @throws Failure */
  remove(id: string): void
  /** What the first application that matches each leg says of it, by the leg's key. */
  settingsOf(
    legKeys: readonly string[],
    account: Pick<Account, 'id' | 'scope'>,
  ): Promise<ReadonlyMap<string, CallSettings>>
  /** Newest first. */
  deliveries(wanted: DeliveryFilter): readonly Delivery[]
}
