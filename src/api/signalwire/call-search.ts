// The query of the list of calls in, what is to be found out: the part that the index answers, and
// a test for the rest. It knows the vendor's parameters and none of the store's tables.
import { DAY_US } from '../../base/day.ts'
import { Failure } from '../../base/failure.ts'
import type { Leg, LegState } from '../../calls/leg.ts'
import type { LegFilter } from '../../store/leg-filter.ts'
import { inField } from '../http/request-failure.ts'
import { isTimedOut } from '../vendor/leg-facts.ts'
import { addressOf, type NumberRules, patternOf } from '../vendor/phone-number.ts'
import { filledOf, type QueryFields } from '../vendor/query-text.ts'
import { CALL_STATUSES, type CallStatus, shownAddress, statusOf } from './call-resource.ts'
import { readDate } from './date-text.ts'
import { legKeyOf } from './sid.ts'

export interface CallSearch {
  readonly filter: LegFilter
  /** Null where no parent is asked for. */
  readonly parentLegKey: string | null
  readonly isWanted: (leg: Leg) => boolean
  /** False where the index answers all of it. */
  readonly isPartial: boolean
  /** True where nothing can match: a parent that is no id of ours. */
  readonly isEmpty: boolean
}

interface Span {
  readonly startUs?: number
  readonly endUs?: number
}

/** Reads the parameters of the list. @throws RequestFailure `bad-input` */
export function readCallSearch(
  fields: QueryFields,
  numbers: NumberRules,
  nowUs: number,
): CallSearch {
  const status = readStatus(filledOf(fields, 'Status'))
  const [to, from] = [filledOf(fields, 'To'), filledOf(fields, 'From')]
  const parentSid = filledOf(fields, 'ParentCallSid')
  const parentLegKey = parentSid === undefined ? null : (legKeyOf(parentSid) ?? null)
  const started = readSpan(fields, 'StartTime')
  const ended = readSpan(fields, 'EndTime')
  const state = status === undefined ? undefined : stateOfStatus.get(status)
  // Whatever ended before a time began before it.
  const endUs = smaller(started.endUs, ended.endUs)
  return {
    filter: {
      kind: 'call',
      ...(started.startUs === undefined ? {} : { startUs: started.startUs }),
      ...(endUs === undefined ? {} : { endUs }),
      ...(to === undefined ? {} : { to: patternOf(to) }),
      ...(from === undefined ? {} : { from: patternOf(from) }),
      ...(state === undefined ? {} : { state }),
    },
    parentLegKey,
    isEmpty: parentSid !== undefined && parentLegKey === null,
    isPartial: [status, to, from, ended.startUs, ended.endUs].some((one) => one !== undefined),
    isWanted: (leg) =>
      (status === undefined || statusOf(leg, isTimedOut(leg, nowUs)) === status) &&
      isShownAs(to, leg.to, leg.toHost, numbers) &&
      isShownAs(from, leg.from, leg.fromHost, numbers) &&
      isInSpan(leg.endUs, ended),
  }
}

/** States that hold all calls of a status; without one, every state is looked at. */
const stateOfStatus: ReadonlyMap<CallStatus, LegState> = new Map([
  ['queued', 'trying'],
  ['ringing', 'ringing'],
  ['in-progress', 'in-call'],
  ['completed', 'completed'],
])

function readStatus(text: string | undefined): CallStatus | undefined {
  if (text === undefined) return undefined
  const status = CALL_STATUSES.find((known) => known === text.toLowerCase())
  if (status !== undefined) return status
  return inField('Status', () => {
    throw new Failure('bad-input', `Status: expected one of ${CALL_STATUSES.join(', ')}`)
  })
}

const SECOND_US = 1_000_000

/** `Name` means a day, `Name<` up to and `Name>` from a second, both included. */
function readSpan(fields: QueryFields, name: string): Span {
  const read = (parameter: string) => {
    const text = filledOf(fields, parameter)
    return text === undefined ? undefined : readDate(parameter, text)
  }
  const on = read(name)
  const before = read(`${name}<`)
  const after = read(`${name}>`)
  const dayUs = on === undefined ? undefined : on - (on % DAY_US)
  const startUs = larger(dayUs, after)
  const endUs = smaller(
    dayUs === undefined ? undefined : dayUs + DAY_US,
    before === undefined ? undefined : before + SECOND_US,
  )
  return {
    ...(startUs === undefined ? {} : { startUs }),
    ...(endUs === undefined ? {} : { endUs }),
  }
}

function isInSpan(tUs: number | null, { startUs, endUs }: Span): boolean {
  if (startUs === undefined && endUs === undefined) return true
  if (tUs === null) return false
  return (startUs === undefined || tUs >= startUs) && (endUs === undefined || tUs < endUs)
}

/**
 * Whether an address is shown as what was asked for; SIP addresses with their `sip:` or without.
 */
function isShownAs(
  wanted: string | undefined,
  user: string | null,
  host: string | null,
  numbers: NumberRules,
): boolean {
  if (wanted === undefined) return true
  const shown = shownAddress(addressOf(user, host, numbers))
  return shown === wanted || shown === `sip:${wanted}`
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other)
}

function larger(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.max(one, other)
}
