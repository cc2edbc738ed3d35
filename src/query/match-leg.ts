// A filter and a leg in, whether it matches out: the meaning of a filter once more in plain code,
// for the legs of one call, which are in hand already.
import { callOfConversation } from '../calls/keys.ts'
import { goesOn, type Identity, type Side } from '../calls/leg.ts'
import type { FoundLeg, JoinEvidence } from '../store/contract.ts'
import { type LegFilter, statusRange } from '../store/leg-filter.ts'
import { isAddressMeant, isUserMeant, type LegRule, type LegTerm } from '../store/leg-rule.ts'
import { decodeTrail, identitiesOf } from '../calls/leg-trail-codec.ts'
import { REF_SCALE } from '../store/frame-ref.ts'
import { matchesUser, parseUserPattern } from '../store/user-pattern.ts'

/** What a leg is matched with beside itself: the values that it was joined by. */
type Joins = readonly JoinEvidence[]

/** Whether a filter means this leg. The joins are needed where a rule names a header. */
export function matchesFilter(filter: LegFilter, leg: FoundLeg, joins: Joins = []): boolean {
  const { summary, head } = leg
  if (filter.startUs !== undefined && summary.startUs < filter.startUs) return false
  if (filter.endUs !== undefined && summary.startUs >= filter.endUs) return false
  if (filter.callId !== undefined && leg.callId !== filter.callId) return false
  if (filter.callKey !== undefined && leg.callKey !== filter.callKey) return false
  if (filter.kind !== undefined && summary.kind !== filter.kind) return false
  if (filter.state !== undefined && summary.state !== filter.state) return false
  if (filter.goesOn && !goesOn(summary)) return false
  if (filter.status !== undefined && !hasStatus(filter.status, summary.status)) return false
  const identities = filter.withIdentities ? identitiesOf(leg.trail) : []
  const isCaller = (pattern?: string) => isUser(pattern, head.from, identities, 'caller')
  const isCallee = (pattern?: string) => isUser(pattern, head.to, identities, 'callee')
  if (!isCaller(filter.from) || !isCallee(filter.to)) return false
  if (!isCaller(filter.user) && !isCallee(filter.user)) return false
  if (filter.conversationId !== undefined && !isOfConversation(filter.conversationId, leg)) {
    return false
  }
  if (filter.anyOf !== undefined && !obeysAny(filter.anyOf, leg, joins)) return false
  return filter.address === undefined || touchesAddress(filter.address, leg)
}

/** Whether all terms of at least one rule hold for this leg. */
export function obeysAny(rules: readonly LegRule[], leg: FoundLeg, joins: Joins): boolean {
  return rules.some((rule) => rule.every((term) => holds(term, leg, joins)))
}

/** Whether rules can only be told with the joins of a leg. */
export function needJoins(rules: readonly LegRule[]): boolean {
  return rules.some((rule) => rule.some(({ field }) => field === 'header'))
}

function holds(term: LegTerm, leg: FoundLeg, joins: Joins): boolean {
  switch (term.field) {
    case 'from':
      return isUserMeant(term, leg.head.from)
    case 'to':
      return isUserMeant(term, leg.head.to)
    case 'user':
      return isUserMeant(term, leg.head.from) || isUserMeant(term, leg.head.to)
    case 'address':
      return addressesOf(leg).some((address) => isAddressMeant(term, address))
    case 'conversation':
      return leg.conversation === term.value
    case 'header':
      return joins.some(
        ({ legKey, header, value }) =>
          legKey === leg.legKey &&
          value === term.value &&
          header.toLowerCase() === term.header.toLowerCase(),
      )
  }
}

function isUser(
  pattern: string | undefined,
  user: string | null,
  identities: readonly Identity[],
  side: Side,
): boolean {
  if (pattern === undefined) return true
  const wanted = parseUserPattern(pattern)
  if (user !== null && matchesUser(wanted, user)) return true
  return identities.some((each) => each.side === side && matchesUser(wanted, each.user))
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
  return addressesOf(leg).includes(address.toLowerCase())
}

/** Every end that the leg's messages touched. */
function addressesOf(leg: FoundLeg): readonly string[] {
  const { path } = leg.summary
  const ends = path === null ? [] : [path.src, path.dst]
  const hops = decodeTrail(leg.trail, REF_SCALE).paths.flatMap(({ src, dst }) => [src, dst])
  return [...ends, ...hops]
}
