// Why a request of a client is not taken: each refusal with its status and words, and the checks
// that lead to one.
//
// RFC 3261 §8.2 (what a server checks, in this order), §20.43 (warnings); RFC 7866 §6.1.
import type { SipMessage } from '../sip/message.ts'
import { readOffer } from './answer-sdp.ts'
import { askedTimer, SESSION_EXPIRES_SECONDS_MIN } from './recording-dialog.ts'

/** Why a request is refused. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers?: readonly string[]
  /** Sent once, and nothing is kept of it: many of them shall cost nothing but their sending. */
  readonly isStateless?: true
}

export const METHODS = 'INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO'
export const ACCEPTED_TYPES =
  'application/sdp, application/rs-metadata+xml, application/rs-metadata, multipart/mixed'
const EXTENSIONS = new Set(['siprec', 'timer'])
const METADATA_TYPE = /^application\/rs-metadata(?:\+xml)?$/

/** Seconds after which a client may try again when we are full. */
const FULL_RETRY_SECONDS = 30

const warning = (code: number, text: string) => `Warning: ${code} earshot "${text}"`
const notAcceptable = (code: number, text: string): Refusal => ({
  status: 488,
  reason: 'Not Acceptable Here',
  headers: [warning(code, text)],
})

export const refusals = {
  methodNotAllowed: { status: 405, reason: 'Method Not Allowed', headers: [`Allow: ${METHODS}`] },
  noSuchDialog: { status: 481, reason: 'Call/Transaction Does Not Exist' },
  cancelled: { status: 487, reason: 'Request Terminated' },
  outOfOrder: { status: 500, reason: 'CSeq Out Of Order' },
  notRecording: notAcceptable(399, 'recording sessions alone are taken, RFC 7866'),
  noOffer: notAcceptable(399, 'an offer is expected in the INVITE'),
  noMedia: notAcceptable(305, 'no audio section that can be recorded'),
  unknownBody: {
    status: 415,
    reason: 'Unsupported Media Type',
    headers: [`Accept: ${ACCEPTED_TYPES}`],
  },
  intervalTooSmall: {
    status: 422,
    reason: 'Session Interval Too Small',
    headers: [`Min-SE: ${SESSION_EXPIRES_SECONDS_MIN}`],
  },
  full: {
    status: 503,
    reason: 'Service Unavailable',
    headers: [`Retry-After: ${FULL_RETRY_SECONDS}`, warning(399, 'as many recordings as allowed')],
    isStateless: true,
  },
  noPorts: {
    status: 503,
    reason: 'Service Unavailable',
    headers: [`Retry-After: ${FULL_RETRY_SECONDS}`, warning(399, 'no free media ports')],
    isStateless: true,
  },
} as const satisfies Readonly<Record<string, Refusal>>

/** What is wrong with any request, before it is asked what it wants. */
export function whyNotUnderstood(request: SipMessage): Refusal | undefined {
  const missing = missingHeader(request)
  if (missing !== undefined) return { status: 400, reason: `${missing} Missing` }
  const unknown = request.values('require').filter((tag) => !EXTENSIONS.has(tag.toLowerCase()))
  if (unknown.length === 0 || request.method === 'CANCEL') return undefined
  const tags = unknown.map((tag) => tag.replace(/[^\w.!%*+`'~-]/g, '')).join(', ')
  return { status: 420, reason: 'Bad Extension', headers: [`Unsupported: ${tags}`] }
}

/** Header fields without which there is no request (RFC 3261 §8.1.1). */
function missingHeader(request: SipMessage): string | undefined {
  if (request.from === undefined) return 'From'
  if (request.to === undefined) return 'To'
  if (request.callId === undefined) return 'Call-ID'
  return request.cseq === undefined || request.cseq.number < 0 ? 'CSeq' : undefined
}

/** What is wrong with an INVITE that would begin a recording session. */
export function whyNoSession(invite: SipMessage): Refusal | undefined {
  if (!isRecordingInvite(invite)) return refusals.notRecording
  const timer = askedTimer(invite)
  if (timer !== undefined && timer.seconds < SESSION_EXPIRES_SECONDS_MIN) {
    return refusals.intervalTooSmall
  }
  return whyNoOffer(invite)
}

/** What is wrong with the offer of an INVITE. */
export function whyNoOffer(invite: SipMessage): Refusal | undefined {
  const { sdp } = invite
  if (sdp !== undefined) {
    return readOffer(sdp).some(({ isAcceptable }) => isAcceptable) ? undefined : refusals.noMedia
  }
  const isKnown = invite.parts.every(
    ({ contentType, bytes }) =>
      METADATA_TYPE.test(contentType.mediaType) || bytes.toString('latin1').trim() === '',
  )
  return isKnown ? refusals.noOffer : refusals.unknownBody
}

/** What is wrong with a later offer; one that switches every section off holds the session. */
export function whyNoChange(request: SipMessage): Refusal | undefined {
  const { media = [] } = request.sdp ?? {}
  const isHold = media.length > 0 && media.every(({ port }) => port === 0)
  return isHold ? undefined : whyNoOffer(request)
}

/**
 * Whether an INVITE begins a recording session: it must require siprec (RFC 7866 §6.1.1); clients
 * that forget it show themselves by their Contact or by their metadata.
 */
export function isRecordingInvite(invite: SipMessage): boolean {
  return (
    invite.values('require').some((tag) => tag.toLowerCase() === 'siprec') ||
    invite.contacts.some(({ params }) => params.some(({ name }) => isSourceTag(name))) ||
    metadataOf(invite) !== undefined
  )
}

function isSourceTag(name: string): boolean {
  return name.toLowerCase() === '+sip.src'
}

/** The bytes of the metadata document that a request carries. */
export function metadataOf(request: SipMessage): Buffer | undefined {
  return request.parts.find(({ contentType }) => METADATA_TYPE.test(contentType.mediaType))?.bytes
}
