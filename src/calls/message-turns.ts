// What one message means for its leg: whether it can have others, how it begins, goes on and ends.
import type { SipMessage } from '../sip/message.ts'
import {
  METHOD_ACK,
  METHOD_BYE,
  METHOD_CANCEL,
  METHOD_INVITE,
  METHOD_REFER,
} from '../sip/method.ts'

/** Without one, a message is a leg by itself. */
export function hasCallId({ callIdStart, callIdEnd }: SipMessage): boolean {
  return callIdStart >= 0 && callIdEnd > callIdStart
}

/** True for one outside a dialog, of a leg that can be named. */
export function isOpeningInvite(message: SipMessage): boolean {
  const { isRequest, methodCode, toTagStart } = message
  return isRequest && methodCode === METHOD_INVITE && toTagStart < 0 && hasCallId(message)
}

/** True for a REFER within a dialog, of a leg that can be named. */
export function isReferral(message: SipMessage): boolean {
  const { isRequest, methodCode, toTagStart } = message
  return isRequest && methodCode === METHOD_REFER && toTagStart >= 0 && hasCallId(message)
}

/** True for the answer after which a dialog has nothing more to say. */
export function endsLeg(message: SipMessage, isCall: boolean): boolean {
  if (message.isRequest || message.statusCode < 200) return false
  if (!isCall || message.cseqMethodCode === METHOD_BYE) return true
  if (message.cseqMethodCode !== METHOD_INVITE) return false
  return message.statusCode >= 300 && message.statusCode !== 401 && message.statusCode !== 407
}

/**
 * True for what shows that a leg which had ended goes on: a further request, another branch's
 * answer. The ACK of a refusal and the answer to a CANCEL only come after the end.
 */
export function goesOn(message: SipMessage): boolean {
  const { methodCode } = message
  if (message.isRequest) return methodCode !== METHOD_ACK && methodCode !== METHOD_CANCEL
  return message.cseqMethodCode === METHOD_INVITE && message.statusCode < 300
}
