// A leg's facts in, the events that an application is told of out, as the vendor words them. The
// same leg gives the same events, more of them as it goes on: each has a name that lasts.
import type { LegFacts } from '../../vendor/leg-facts.ts'
import { callIdOf } from '../call-id.ts'
import { hangupCauseOf } from '../hangup-cause.ts'
import type { Application } from './application.ts'

export type EventType =
  | 'incomingcall'
  | 'answer'
  | 'timeout'
  | 'hangup'
  | 'recording'
  | 'transcription'

/** What is sent of an event, in the order in which the vendor lists it. */
export type CallbackBody = Readonly<Record<string, string | number>>

export interface CallbackEvent {
  readonly eventType: EventType
  /** Names it among the events of its leg, for ever. */
  readonly eventKey: string
  /** When it happened, µs since 1970. */
  readonly tUs: number
  readonly body: CallbackBody
}

/** The events of a leg so far, oldest first. `userUrl` is `https://…/v1/users/{userId}`. */
export function callbackEventsOf(
  facts: LegFacts,
  application: Pick<Application, 'id' | 'tag'>,
  userUrl: string,
): CallbackEvent[] {
  const { leg, direction } = facts
  const callId = callIdOf(leg.legKey)
  const common = {
    callId,
    callUri: `${userUrl}/calls/${callId}`,
    from: facts.from.text,
    to: facts.to.text,
  }
  const tag = application.tag === null ? {} : { tag: application.tag }
  const make = (
    eventType: EventType,
    tUs: number | null,
    more: Readonly<Record<string, string>>,
  ): CallbackEvent[] => {
    if (tUs === null) return []
    const time = new Date(Math.floor(tUs / 1000)).toISOString()
    const body = { eventType, ...common, ...more, time, ...tag }
    return [{ eventType, eventKey: eventType, tUs, body }]
  }
  const isIncoming = direction === 'inbound'
  const applicationId = application.id
  return [
    ...make('incomingcall', isIncoming ? leg.startUs : null, {
      callState: 'active',
      applicationId,
    }),
    ...make('answer', leg.answerUs, { callState: 'active', applicationId }),
    ...make('timeout', facts.isTimedOut ? leg.lastUs : null, {}),
    ...make('hangup', leg.endUs, { callState: 'completed', cause: hangupCauseOf(leg) }),
  ]
}
