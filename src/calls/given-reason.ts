// The Reason header of a message in, what it tells of the end of a leg out: in words, and whether
// somebody else ended it. RFC 3326; RFC 6432 has it in answers too.
import { cutText } from '../base/cut-text.ts'
import type { SipMessage } from '../sip/message.ts'
import { METHOD_BYE, METHOD_CANCEL, METHOD_INVITE } from '../sip/method.ts'
import { parseReasons, type Reason } from '../sip/reason.ts'
import { causeText } from './cause-words.ts'
import type { Leg } from './leg.ts'
import { statusWords } from './status-words.ts'

/** Longer ones are cut. */
const REASON_CHARS_MAX = 256
/** Normal clearing alone, which many a switch writes into every BYE: not worth a parse. */
const USUAL = /^Q\.850 ?; ?cause=16(?: ?;[^,]*)?$/i

/**
 * What a message that ends a leg gives as the reason, as written; null where it says nothing, or
 * no more than that the call is over: almost every BYE of some switches says that.
 */
export function readReason(message: SipMessage): string | null {
  if (!mayEndLeg(message)) return null
  const values = message.headers('reason')
  if (values.length === 0) return null
  const text = cutText(values.join(', '), REASON_CHARS_MAX)
  return !USUAL.test(text) && parseReasons(text).some(isTelling) ? text : null
}

function mayEndLeg({ isRequest, methodCode, cseqMethodCode, statusCode }: SipMessage): boolean {
  if (isRequest) return methodCode === METHOD_BYE || methodCode === METHOD_CANCEL
  return cseqMethodCode === METHOD_INVITE && statusCode >= 300
}

const NORMAL_CLEARING = 16
const USER_BUSY = 17
const ANSWERED_ELSEWHERE = 26

function isTelling(reason: Reason): boolean {
  if (isQ850(reason) && reason.cause === NORMAL_CLEARING) return false
  return reason.cause !== null || reason.text !== null
}

/**
 * What another end did, where that and not the caller cancelled a leg: a 2xx ends all other
 * branches, and so does a 6xx (RFC 3261 §16.7; RFC 3326 §3.1).
 */
export function outcomeElsewhere(
  leg: Pick<Leg, 'state' | 'reason'>,
): 'answered' | 'refused' | null {
  if (leg.state !== 'cancelled' || leg.reason === null) return null
  for (const reason of parseReasons(leg.reason)) {
    const { cause } = reason
    if (isQ850(reason) && cause === ANSWERED_ELSEWHERE) return 'answered'
    if (!isSip(reason) || cause === null) continue
    if (cause >= 200 && cause < 300) return 'answered'
    if (cause >= 600 && cause < 700) return 'refused'
  }
  return null
}

/** `Q.850 cause 34 (no circuit available)`; null where it says no more than the status does. */
export function reasonText(leg: Pick<Leg, 'reason' | 'status'>): string | null {
  const reasons = leg.reason === null ? [] : parseReasons(leg.reason)
  const reason = reasons.find((each) => isTelling(each) && !isSaidBy(each, leg.status))
  if (reason === undefined) return null
  const { protocol, cause } = reason
  if (cause === null) return `${protocol} (${reason.text})`
  const words = reason.text ?? wordsOf(reason)
  return `${protocol} cause ${cause}${words === undefined ? '' : ` (${words})`}`
}

function isSaidBy(reason: Reason, status: number | null): boolean {
  if (isSip(reason)) return reason.cause === status
  return isQ850(reason) && reason.cause === USER_BUSY && (status === 486 || status === 600)
}

function wordsOf(reason: Reason): string | undefined {
  const { cause } = reason
  if (cause === null) return undefined
  if (isSip(reason)) return statusWords(cause)
  return isQ850(reason) ? causeText(cause) : undefined
}

function isSip({ protocol }: Reason): boolean {
  return protocol.toUpperCase() === 'SIP'
}

function isQ850({ protocol }: Reason): boolean {
  return protocol.toUpperCase() === 'Q.850'
}
