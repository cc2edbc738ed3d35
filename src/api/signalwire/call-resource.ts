// The facts of a leg in, the vendor's Call resource out, every field of it: null where we do not
// know, for the vendor's client takes an absent date for now. docs/protocols/signalwire.md has a
// row for each field.
import type { Leg } from '../../calls/leg.ts'
import { formatDecimal } from '../vendor/decimal.ts'
import type { Address, LegFacts } from '../vendor/leg-facts.ts'
import { formatNational } from '../vendor/phone-number.ts'
import { formatDate } from './date-text.ts'
import { sidOf } from './sid.ts'

export const CALL_STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'canceled',
  'completed',
  'busy',
  'failed',
  'no-answer',
] as const
export type CallStatus = (typeof CALL_STATUSES)[number]

export const API_VERSION = '2010-04-01'
/** Where no rate names another one. */
const CURRENCY = 'USD'

/** Path of everything that belongs to an account, as links in answers have it. */
export function accountPath(accountSid: string): string {
  return `/api/laml/${API_VERSION}/Accounts/${encodeURIComponent(accountSid)}`
}

export type CallResource = ReturnType<typeof toCallResource>

export type AnsweredBy = 'human' | 'machine' | null

/** Makes the resource of one leg for an account. */
export function toCallResource(facts: LegFacts, accountSid: string, answeredBy: AnsweredBy) {
  const { leg, media, price } = facts
  const sid = sidOf(leg.legKey)
  const path = `${accountPath(accountSid)}/Calls/${sid}`
  const [to, from] = [shownAddress(facts.to), shownAddress(facts.from)]
  return {
    sid,
    account_sid: accountSid,
    date_created: formatDate(leg.startUs),
    date_updated: formatDate(leg.lastUs),
    parent_call_sid: facts.parentLegKey === null ? null : sidOf(facts.parentLegKey),
    to,
    formatted_to: formatNational(to),
    to_formatted: formatNational(to),
    from,
    formatted_from: formatNational(from),
    from_formatted: formatNational(from),
    phone_number_sid: null,
    status: statusOf(leg, facts.isTimedOut),
    start_time: formatDate(leg.startUs),
    end_time: formatDate(leg.endUs),
    duration: talkSeconds(leg),
    price: price === null ? null : Number(formatDecimal(price.amount)),
    price_unit: price?.currency ?? CURRENCY,
    direction: facts.direction,
    answered_by: answeredBy,
    api_version: API_VERSION,
    forwarded_from: null,
    caller_name: null,
    uri: `${path}.json`,
    subresource_uris: { notifications: null, recordings: `${path}/Recordings.json` },
    annotation: null,
    group_sid: null,
    audio_in_mos: hundredths(media.inMos),
    sip_result_code: leg.status === null ? null : String(leg.status),
    audio_rtt_avg: whole(media.rttMsMean),
    audio_rtt_min: whole(media.rttMsMin),
    audio_rtt_max: whole(media.rttMsMax),
    audio_out_jitter_min: whole(media.outJitterMsMin),
    audio_out_jitter_max: whole(media.outJitterMsMax),
    audio_out_jitter_avg: whole(media.outJitterMsMean),
    audio_out_lost: media.outLost,
  }
}

/** How the vendor names what became of a leg; `isTimedOut` as in leg-facts.ts. */
export function statusOf(
  { state, status }: Pick<Leg, 'state' | 'status'>,
  isTimedOut: boolean,
): CallStatus {
  if (isTimedOut) return 'no-answer'
  switch (state) {
    case 'trying':
    case 'pending':
      return 'queued'
    case 'ringing':
      return 'ringing'
    case 'in-call':
      return 'in-progress'
    case 'completed':
    case 'done':
      return 'completed'
    case 'cancelled':
      return 'canceled'
    case 'busy':
      return 'busy'
    default:
      return refusedStatus(status)
  }
}

/** Statuses of RFC 3261 §21 that say that nobody came to the phone, or nobody wanted to. */
const UNANSWERED = new Set([408, 480])
const DECLINED = new Set([603, 607])

function refusedStatus(status: number | null): CallStatus {
  if (status === null) return 'failed'
  if (status === 487) return 'canceled'
  if (UNANSWERED.has(status)) return 'no-answer'
  return DECLINED.has(status) ? 'busy' : 'failed'
}

/** Phone numbers as they are, everything else as the SIP URI that it is part of. */
export function shownAddress({ text, isNumber }: Address): string {
  return isNumber || text === '' ? text : `sip:${text}`
}

/** From answer to end; 0 for a call that was not answered or goes on. */
function talkSeconds({ answerUs, endUs }: Leg): number {
  return answerUs === null || endUs === null ? 0 : Math.round((endUs - answerUs) / 1_000_000)
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value)
}

function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100
}
