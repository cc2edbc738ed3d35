// A filter and a leg in, whether it matches out: the meaning of a filter once more in plain code,
// for the legs of one call, which are in hand already.
import { callOfConversation } from '../calls/keys.ts'
import type { FoundLeg } from '../store/contract.ts'
import { type LegFilter, statusRange } from '../store/leg-filter.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import { matchesUser, parseUserPattern } from '../store/user-pattern.ts'

export function matchesFilter(filter: LegFilter, leg: FoundLeg): boolean {
  const { summary, head } = leg
  if (filter.startUs !== undefined && summary.startUs < filter.startUs) return false
  if (filter.endUs !== undefined && summary.startUs >= filter.endUs) return false
  if (filter.callId !== undefined && leg.callId !== filter.callId) return false
  if (filter.callKey !== undefined && leg.callKey !== filter.callKey) return false
  if (filter.kind !== undefined && summary.kind !== filter.kind) return false
  if (filter.state !== undefined && summary.state !== filter.state) return false
  if (filter.status !== undefined && !hasStatus(filter.status, summary.status)) return false
  if (!isUser(filter.from, head.from) || !isUser(filter.to, head.to)) return false
  if (!isUser(filter.user, head.from) && !isUser(filter.user, head.to)) return false
  if (filter.conversationId !== undefined && !isOfConversation(filter.conversationId, leg)) {
    return false
  }
  return filter.address === undefined || touchesAddress(filter.address, leg)
}

function isUser(pattern: string | undefined, user: string | null): boolean {
  if (pattern === undefined) return true
  return user !== null && matchesUser(parseUserPattern(pattern), user)
}

function hasStatus(wanted: string, status: number | null): boolean {
  if (status === null) return false
  const { from, to } = statusRange(wanted)
  return status >= from && status <= to
}

function isOfConversation(conversationId: string, leg: FoundLeg): boolean {
  const callKey = callOfConversation(conversationId)
  return callKey === undefined ? leg.conversation === conversationId : leg.callKey === callKey
}

function touchesAddress(address: string, leg: FoundLeg): boolean {
  const wanted = address.toLowerCase()
  const { path } = leg.summary
  if (path?.src === wanted || path?.dst === wanted) return true
  return decodeTrail(leg.trail, REF_SCALE).paths.some(
    ({ src, dst }) => src === wanted || dst === wanted,
  )
}
