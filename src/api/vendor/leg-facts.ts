// Legs in, what vendors tell of a call out, in our own words: direction, addresses, parent, price
// and the figures of its sound. Each API puts it into its own form; nothing vendor-specific is
// here.
import type { Account } from '../../accounts/account.ts'
import type { Call, Leg } from '../../calls/leg.ts'
import type { Stream } from '../../calls/stream.ts'
import type { Finder } from '../../query/finder.ts'
import type { LegRule } from '../../store/leg-rule.ts'
import { directionOf, type TrunkSides } from './direction.ts'
import { type LegMedia, mediaOf } from './leg-media.ts'
import { addressOf, type NumberRules } from './phone-number.ts'
import type { Direction, Price, PricedCall, RateTable } from './rate-table.ts'

/** What the operator set for the vendors' APIs. */
export interface VendorRules {
  readonly sides: TrunkSides
  readonly numbers: NumberRules
  readonly rates: RateTable
}

export interface Address {
  readonly text: string
  readonly isNumber: boolean
}

export interface LegFacts {
  readonly leg: Leg
  /** The call that the leg is a part of; absent for a first leg of which it was not asked. */
  readonly call: Call | undefined
  /** The leg that this one carries on; null for the first of its call. */
  readonly parentLegKey: string | null
  readonly direction: Direction
  readonly from: Address
  readonly to: Address
  /** Null while the call runs, or where no rate is known. */
  readonly price: Price | null
  /** Null while the call runs. */
  readonly billedSeconds: number | null
  readonly media: LegMedia
  /** Whether any of its sound was captured. */
  readonly hasSound: boolean
  /** Nothing answered, and nothing more will: see `isTimedOut`. */
  readonly isTimedOut: boolean
}

export interface Asker {
  /** Limited to what the asker may see. */
  readonly finder: Finder
  /** Rules of the asker's scope; absent where everything is visible. */
  readonly rules?: readonly LegRule[]
  /** The account that asks; absent where none does. */
  readonly account?: Pick<Account, 'id' | 'scope'>
  /** When it is asked, µs since 1970. */
  readonly nowUs: number
  /** Whether the asker waits for the answer still; always, without it. */
  readonly isWaiting?: () => boolean
}

/**
 * Gathers the facts of these legs, in their order; streams and calls are asked for once. Calls of
 * legs that begin them are asked for where somebody wants to know who else is in them.
 */
export async function factsOf(
  legs: readonly Leg[],
  asker: Asker,
  vendor: VendorRules,
  wanted: { readonly calls: 'all' | 'of-joined' } = { calls: 'of-joined' },
): Promise<LegFacts[]> {
  const streams = Map.groupBy(await asker.finder.streamsOf(legs), ({ legKey }) => legKey)
  const calls = new Map<string, Promise<Call | undefined>>()
  return Promise.all(
    legs.map(async (leg) => {
      const isAsked = wanted.calls === 'all' || leg.callKey !== leg.legKey
      const known = calls.get(leg.callKey)
      const asked = isAsked ? (known ?? asker.finder.callByKey(leg.callKey)) : undefined
      if (asked !== undefined) calls.set(leg.callKey, asked)
      const around = { call: await asked, streams: streams.get(leg.legKey) ?? [] }
      return legFacts(leg, around, asker, vendor)
    }),
  )
}

function legFacts(
  leg: Leg,
  around: { readonly call: Call | undefined; readonly streams: readonly Stream[] },
  asker: Asker,
  vendor: VendorRules,
): LegFacts {
  const direction = directionOf(leg, vendor.sides, asker.rules)
  const from = addressOf(leg.from, leg.fromHost, vendor.numbers)
  const to = addressOf(leg.to, leg.toHost, vendor.numbers)
  const { startUs, answerUs, endUs } = leg
  const priced: PricedCall = { to: to.text, direction, startUs, answerUs, endUs }
  return {
    leg,
    call: around.call,
    parentLegKey: parentOf(leg, around.call)?.legKey ?? null,
    direction,
    from,
    to,
    price: vendor.rates.priceOf(priced) ?? null,
    billedSeconds: vendor.rates.billedSeconds(priced) ?? null,
    media: mediaOf(around.streams, direction),
    hasSound: around.streams.length > 0,
    isTimedOut: isTimedOut(leg, asker.nowUs),
  }
}

/**
 * The leg that another one carries on: the one that it names by Call-ID, else the first of the
 * call. A leg is never the parent of one that began before it.
 */
export function parentOf(leg: Leg, call: Call | undefined): Leg | undefined {
  if (call === undefined) return undefined
  const earlier = call.legs.slice(
    0,
    call.legs.findIndex(({ legKey }) => legKey === leg.legKey),
  )
  const named = call.joins
    .filter(({ legKey }) => legKey === leg.legKey)
    .map(({ value }) => earlier.find(({ callId }) => callId === value))
    .find((one) => one !== undefined)
  return named ?? earlier[0]
}

/** A proxy gives up on an INVITE that rings for longer than this (RFC 3261 §16.6, timer C). */
const TIMER_C_US = 180_000_000

/** Whether a leg without a final answer has been quiet for so long that none can come any more. */
export function isTimedOut(leg: Pick<Leg, 'state' | 'lastUs'>, nowUs: number): boolean {
  const isOpen = leg.state === 'trying' || leg.state === 'ringing'
  return isOpen && nowUs - leg.lastUs > TIMER_C_US
}
