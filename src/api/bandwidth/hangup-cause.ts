// How a leg ended in, the vendor's word for it out: the names of telephone switches.
import type { Leg } from '../../calls/leg.ts'

/** Statuses of RFC 3261 §21 that say that the number leads nowhere. */
const UNALLOCATED = new Set([404, 410, 416, 484, 485, 604])
const UNANSWERED = new Set([408, 480, 487])

/** The cause of a leg that has ended. */
export function hangupCauseOf({ state, status }: Pick<Leg, 'state' | 'status'>): string {
  if (state === 'completed') return 'NORMAL_CLEARING'
  if (state === 'cancelled') return 'ORIGINATOR_CANCEL'
  if (state === 'busy') return 'USER_BUSY'
  if (status === null) return 'NORMAL_TEMPORARY_FAILURE'
  if (UNALLOCATED.has(status)) return 'UNALLOCATED_NUMBER'
  if (UNANSWERED.has(status)) return 'NO_ANSWER'
  const isFault = status < 400 || (status >= 500 && status < 600)
  return isFault ? 'NORMAL_TEMPORARY_FAILURE' : 'CALL_REJECTED'
}
