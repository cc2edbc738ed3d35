// The facts of a leg in, the vendor's call out: what is not known or not set is absent, never null.
// docs/protocols/bandwidth.md has a row for each field.
import type { Leg } from '../../calls/leg.ts'
import type { LegFacts } from '../vendor/leg-facts.ts'
import { bridgeIdOf, callIdOf } from './call-id.ts'
import { formatTime } from './time-text.ts'

export type CallState = 'started' | 'rejected' | 'active' | 'completed' | 'transferring'

/** What an application says of the calls that it is told about. */
export interface CallSettings {
  readonly callbackUrl: string
  readonly callbackHttpMethod: 'GET' | 'POST'
  readonly callbackTimeout: number
  readonly fallbackUrl: string | null
  readonly tag: string | null
}

export interface BandwidthFacts extends LegFacts {
  /** A REFER asks for the other side to be taken elsewhere, and the leg goes on. */
  readonly isTransferring: boolean
  readonly isRecorded: boolean
  readonly isTranscribed: boolean
  /** Format of its recording, null where there is none. */
  readonly recordingFormat: 'wav' | 'mp3' | null
  /** X- headers of the INVITE; absent in lists, which do not read messages. */
  readonly sipHeaders?: Readonly<Record<string, string>>
  /** Of the first application that the call is matched by. */
  readonly settings?: CallSettings
}

/** Makes the resource of one leg. `userUrl` is `https://…/v1/users/{userId}`. */
export function toCallResource(facts: BandwidthFacts, userUrl: string) {
  const { leg, call, settings, sipHeaders = {} } = facts
  const id = callIdOf(leg.legKey)
  const url = `${userUrl}/calls/${id}`
  return {
    id,
    direction: facts.direction === 'inbound' ? 'in' : 'out',
    from: facts.from.text,
    to: facts.to.text,
    state: facts.isTransferring ? 'transferring' : stateOf(leg, facts.isTimedOut),
    startTime: formatTime(leg.startUs),
    ...(leg.answerUs === null ? {} : { activeTime: formatTime(leg.answerUs) }),
    ...(leg.endUs === null ? {} : { endTime: formatTime(leg.endUs) }),
    ...(settings === undefined ? {} : settingsOf(settings)),
    ...(facts.billedSeconds === null ? {} : { chargeableDuration: facts.billedSeconds }),
    events: `${url}/events`,
    recordings: `${url}/recordings`,
    transcriptions: `${url}/transcriptions`,
    recordingEnabled: facts.isRecorded,
    ...(facts.recordingFormat === null ? {} : { recordingFileFormat: facts.recordingFormat }),
    transcriptionEnabled: facts.isTranscribed,
    ...(Object.keys(sipHeaders).length === 0 ? {} : { sipHeaders }),
    ...(call === undefined || call.legs.length < 2 ? {} : { bridgeId: bridgeIdOf(call.callKey) }),
  }
}

export type CallResource = ReturnType<typeof toCallResource>

function settingsOf(settings: CallSettings) {
  const { callbackUrl, callbackHttpMethod, callbackTimeout, fallbackUrl, tag } = settings
  return {
    callbackUrl,
    callbackHttpMethod,
    callbackTimeout,
    ...(fallbackUrl === null ? {} : { fallbackUrl }),
    ...(tag === null ? {} : { tag }),
  }
}

/** Statuses that say that nobody came to the phone: the call ran its course. */
const UNANSWERED = new Set([408, 480, 487])

/** How the vendor names what became of a leg; `isTimedOut` as in leg-facts.ts. */
export function stateOf(
  { state, status }: Pick<Leg, 'state' | 'status'>,
  isTimedOut: boolean,
): CallState {
  if (isTimedOut) return 'completed'
  switch (state) {
    case 'trying':
    case 'ringing':
    case 'pending':
      return 'started'
    case 'in-call':
      return 'active'
    case 'completed':
    case 'cancelled':
    case 'done':
      return 'completed'
    default:
      return status !== null && UNANSWERED.has(status) ? 'completed' : 'rejected'
  }
}
