// A leg in, whether it came in or went out for whoever asks out. Told by the trunks that it ran
// between, else by the asker's own numbers, else by its place in the call: what the first leg
// brought in, the others carried on.
import type { Leg } from '../../calls/leg.ts'
import { isUserMeant, type LegRule, type UserSide } from '../../store/leg-rule.ts'
import { isInNetworks } from '../../store/networks.ts'
import type { Direction } from './rate-table.ts'

/** The networks of both sides of the house, as far as the operator named them. */
export interface TrunkSides {
  /** Carriers, and whoever else calls come from and go to outside. */
  readonly carrier: readonly string[]
  /** Our own exchanges, phones and gateways. */
  readonly internal: readonly string[]
}

/** Tells a leg's direction. `rules` are those of the asker's scope, absent for all traffic. */
export function directionOf(
  leg: Leg,
  sides: TrunkSides,
  rules: readonly LegRule[] = [],
): Direction {
  return byTrunk(leg, sides) ?? byNumber(leg, rules) ?? byPlace(leg)
}

function byTrunk({ src, dst }: Leg, { carrier, internal }: TrunkSides): Direction | undefined {
  const isFromCarrier = src !== null && isInNetworks(carrier, src)
  const isToCarrier = dst !== null && isInNetworks(carrier, dst)
  if (isFromCarrier !== isToCarrier) return isFromCarrier ? 'inbound' : 'outbound'
  // A call between two carriers, or one that stays inside, has its direction from elsewhere.
  if (isFromCarrier) return undefined
  const isFromInside = src !== null && isInNetworks(internal, src)
  const isToInside = dst !== null && isInNetworks(internal, dst)
  if (isFromInside === isToInside) return undefined
  return isFromInside ? 'outbound' : 'inbound'
}

function byNumber(leg: Leg, rules: readonly LegRule[]): Direction | undefined {
  const isOwn = (user: string | null, side: UserSide) =>
    rules.some((rule) =>
      rule.some((term) => isUserTerm(term) && isOf(term.field, side) && isUserMeant(term, user)),
    )
  const isFromOwn = isOwn(leg.from, 'from')
  const isToOwn = isOwn(leg.to, 'to')
  if (isFromOwn === isToOwn) return undefined
  return isFromOwn ? 'outbound' : 'inbound'
}

function byPlace({ legKey, callKey }: Leg): Direction {
  return legKey === callKey ? 'inbound' : 'outbound'
}

type Term = LegRule[number]
type UserTerm = Extract<Term, { readonly field: UserSide }>

function isUserTerm(term: Term): term is UserTerm {
  return term.field === 'from' || term.field === 'to' || term.field === 'user'
}

function isOf(field: UserSide, side: UserSide): boolean {
  return field === 'user' || field === side
}
