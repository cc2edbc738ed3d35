// What the headline of a call says: a call in, facts in words out. Pure.
import type { Call, IdentityHeader, Leg, Side } from '../../../src/calls/leg.ts'
import { formatEnd } from '../paint/ladder-columns.ts'
import { formatDeltaUs } from '../text/quantity.ts'

/** A moment or a span of the call, with what it is measured from. */
export interface Span {
  readonly label: string
  readonly spanUs: number
  /** The definition, for the tooltip. */
  readonly tip: string
}

/** Spans that are known: until it rang, until it was answered, how long they talked. */
export function spansOf(call: Call): Span[] {
  const spans: Span[] = []
  const add = (label: string, endUs: number | null, startUs: number | null, tip: string) => {
    if (startUs !== null && endUs !== null) spans.push({ label, spanUs: endUs - startUs, tip })
  }
  const { startUs, ringUs, answerUs, endUs } = call
  add('Rang after', ringUs, startUs, 'from the first request to the first 180 or 183')
  add('Answered after', answerUs, startUs, 'setup time: from the first request to the first 2xx')
  add('Duration', endUs, answerUs, 'from the answer to the BYE')
  if (answerUs === null) {
    add('Ended after', endUs, startUs, 'from the first request to the final answer')
  }
  return spans
}

/** Who ended the call, by the leg whose end is the call's: the first one's own may be another. */
export function endedByOf({ legs, answerUs, endUs }: Call): Side | null {
  const telling = legs.find((leg) => leg.answerUs === answerUs && leg.endUs === endUs)
  return telling?.endedBy ?? null
}

/** The users that one header of a call's INVITEs names beside those of From and To. */
export interface NamedUsers {
  readonly header: IdentityHeader
  readonly users: readonly string[]
  /** The definition, for the tooltip. */
  readonly tip: string
}

const IDENTITY_TIPS: Readonly<Record<IdentityHeader, string>> = {
  'P-Asserted-Identity': 'who the caller is, as the network asserts (RFC 3325)',
  'P-Preferred-Identity': 'who the caller wants to be called (RFC 3325)',
  'Remote-Party-ID': 'who calls or is called, as a switch says',
  Diversion: 'who was called before and forwarded the call (RFC 5806)',
  'History-Info': 'who was called before, one after the other (RFC 7044)',
}

/** The headers of any leg, each once, with the users that they name, each once. */
export function identitiesOf(call: Call): NamedUsers[] {
  const usersBy = new Map<IdentityHeader, Set<string>>()
  for (const { header, user } of call.legs.flatMap((leg) => leg.identities)) {
    usersBy.set(header, (usersBy.get(header) ?? new Set()).add(user))
  }
  return [...usersBy].map(([header, users]) => {
    return { header, users: [...users], tip: IDENTITY_TIPS[header] }
  })
}

/** Why each leg after the first belongs here, one sentence for all that have the same evidence. */
export function joinsInWords(call: Call): string[] {
  const numbersBy = new Map<string, number[]>()
  for (const join of call.joins) {
    const number = call.legs.findIndex((leg) => leg.legKey === join.legKey) + 1
    const evidence = evidenceOf(join, call)
    const numbers = numbersBy.get(evidence) ?? []
    numbersBy.set(evidence, number > 0 ? [...numbers, number] : numbers)
  }
  return [...numbersBy].map(([evidence, numbers]) => {
    return `${legsInWords(numbers)} belongs to this call: ${evidence}`
  })
}

/** `Leg 2`, `Each of legs 2 to 5, 7`; a leg that is not shown has no number. */
function legsInWords(numbers: readonly number[]): string {
  if (numbers.length < 2) return numbers[0] === undefined ? 'A leg' : `Leg ${numbers[0]}`
  const runs: { first: number; last: number }[] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && number === run.last + 1) run.last = number
    else runs.push({ first: number, last: number })
  }
  const words = runs.map(({ first, last }) => (first === last ? first : `${first} to ${last}`))
  return `Each of legs ${words.join(', ')}`
}

/** A header may hold another leg's Call-ID, or a value that several legs carry. */
function evidenceOf(join: Call['joins'][number], { legs }: Call): string {
  const { legKey, header, value } = join
  const named = legs.findIndex((leg) => leg.callId === value)
  if (header === null) return inCommon(join, legs, named)
  if (named < 0) return `its ${header} is that of another leg, ${value}`
  if (legs[named]?.legKey === legKey) return `another leg names its Call-ID in ${header}, ${value}`
  return `its ${header} is the Call-ID of leg ${named + 1}, ${value}`
}

/** `named`: the place of the leg that went on, -1 where it is not shown. */
function inCommon(join: Call['joins'][number], legs: readonly Leg[], named: number): string {
  const { legKey, evidence } = join
  const before = legs[named]
  const leg = legs.find((each) => each.legKey === legKey)
  if (before === undefined || leg === undefined) return 'what it shares with a leg not shown'
  if (evidence.includes('referral')) {
    if (before.legKey === legKey) return 'a REFER within it asked for another leg'
    return `no header says so, but a REFER within leg ${named + 1} had asked for it`
  }
  const said = evidence.flatMap((each) => inWords.get(each) ?? [])
  const shared = `the same ${said.join(' and ')}`
  if (before.legKey === legKey) return `no header says so, but another leg with ${shared} went on`
  const after = `${formatDeltaUs(leg.startUs - before.startUs)} after leg ${named + 1}`
  const what = evidence.includes('place') ? 'was sent from where that had gone' : 'began'
  return `no header says so, but ${after} it ${what}, with ${shared}`
}

const inWords: ReadonlyMap<string, string> = new Map([
  ['caller', 'caller'],
  ['callee', 'callee'],
  ['sdp-origin', 'SDP origin (o=)'],
])

/** Names of participants by `address:port`: what the one who began each leg calls itself. */
export function namesOf(legs: readonly Leg[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const leg of legs) {
    if (leg.src === null || leg.srcPort === null || leg.userAgent === null) continue
    const end = formatEnd(leg.src, leg.srcPort)
    if (!names.has(end)) names.set(end, leg.userAgent)
  }
  return names
}

/** Codes of the problems in any leg, each once. */
export function problemsOf(call: Call): string[] {
  return [...new Set(call.legs.flatMap((leg) => leg.problems))]
}
