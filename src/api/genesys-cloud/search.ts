// What a siptraces search asks for, read from its query or its body; and the legs that answer it.
// The vendor says little of how its search joins records: what we decided stands with each step
// here and in docs/protocols/genesys-cloud.md.
import { Failure, isFailure } from '../../base/failure.ts'
import type { Call, Leg } from '../../calls/leg.ts'
import type { Finder } from '../../query/finder.ts'
import { readTimeText } from '../../query/time-text.ts'
import { badDate, GenesysCloudFailure, tooLarge } from './errors.ts'
import { vendorLimits } from './limits.ts'

/** A search that was understood. All parts that are given must hold. */
export interface TraceSearch {
  readonly startUs: number
  /** Not included. */
  readonly endUs: number
  readonly callId?: string
  readonly toUser?: string
  readonly fromUser?: string
  readonly conversationId?: string
  /** Only records that themselves have the values, instead of all that share their Call-IDs. */
  readonly isExact: boolean
}

/** The fields of a search as they came: texts, or whatever else a stranger sends. */
export type TraceFields = Readonly<Record<string, unknown>>

const filterNames = ['callId', 'toUser', 'fromUser', 'conversationId'] as const

/**
 * Reads a search. `participantId` is accepted and narrows nothing: no header that we see names it.
 * @throws GenesysCloudFailure
 */
export function readTraceSearch(fields: TraceFields, windowSecondsMax: number): TraceSearch {
  const start = readDate(fields, 'dateStart')
  const end = readDate(fields, 'dateEnd')
  // Clients cut times to ms, so the end takes in all of its ms, unless it was written finer.
  const endUs = end.us + Math.min(end.unitUs, 1_000)
  if (end.us < start.us) throw badDate('dateEnd', 'dateEnd is before dateStart')
  if (windowSecondsMax > 0 && end.us - start.us > windowSecondsMax * 1_000_000) {
    throw badDate('dateEnd', `the interval is longer than ${windowSecondsMax} seconds`)
  }
  const filters = Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = readText(fields, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return { startUs: start.us, endUs, ...filters, isExact: readExactMatch(fields) }
}

/** What a search found. */
export interface FoundTraces {
  /** The legs whose messages answer it, oldest first. */
  readonly legs: readonly Leg[]
  /** The calls that they belong to, by key. */
  readonly calls: ReadonlyMap<string, Call>
}

/**
 * Finds the legs that answer a search: those that match. A leg is all that shares one Call-ID, so
 * the records of a hit's Call-ID come with it, and those of the call's other legs do not. Every leg
 * of a conversation matches its id, also one that does not name it.
 * @throws GenesysCloudFailure where there are more than one answer may hold
 */
export async function findTraces(finder: Finder, search: TraceSearch): Promise<FoundTraces> {
  const hits = (await findCandidates(finder, search)).filter((leg) => isHit(leg, search))
  const legKeys = new Set(hits.map((leg) => leg.legKey))
  const keys = new Set(hits.map((leg) => leg.callKey))
  if (keys.size > vendorLimits.callsMax) throw tooLarge('calls', vendorLimits.callsMax)
  const calls = new Map<string, Call>()
  for (const key of keys) {
    const call = await finder.callByKey(key)
    if (call !== undefined) calls.set(key, call)
  }
  // As legs of their calls they know the conversation, whichever leg names it.
  const legs = [...calls.values()]
    .flatMap((call) => call.legs)
    .filter((leg) => legKeys.has(leg.legKey) && isOfConversation(leg, search))
  return { legs: legs.toSorted((one, other) => one.startUs - other.startUs), calls }
}

/** Legs among which all hits are. */
async function findCandidates(finder: Finder, search: TraceSearch): Promise<readonly Leg[]> {
  if (search.callId !== undefined) return finder.legsByCallId(search.callId)
  if (search.conversationId !== undefined) {
    const calls: readonly Call[] = await finder.callsByConversation(search.conversationId)
    return calls.flatMap((call) => call.legs)
  }
  const { fromUser, toUser } = search
  // A call may have begun before the window that it has messages in. Without a user that would
  // mean to look at all traffic of hours, so such a search takes calls that begin in the window.
  const hasUser = fromUser !== undefined || toUser !== undefined
  const lookBackUs = hasUser ? vendorLimits.lookBackUs : 0
  const filter = {
    startUs: Math.max(0, search.startUs - lookBackUs),
    endUs: search.endUs,
    ...(fromUser === undefined ? {} : { from: plainPattern(fromUser, 'fromUser') }),
    ...(toUser === undefined ? {} : { to: plainPattern(toUser, 'toUser') }),
  }
  const legs: Leg[] = []
  let cursor: string | null = null
  do {
    const page = { limit: vendorLimits.legsPerPage, ...(cursor === null ? {} : { cursor }) }
    const { rows, next } = await finder.findLegs(filter, page)
    legs.push(...rows)
    if (legs.length > vendorLimits.legsMax) throw tooLarge('calls', vendorLimits.legsMax)
    cursor = next
  } while (cursor !== null)
  return legs
}

/** Whether a leg matches, but for its conversation. */
function isHit(leg: Leg, search: TraceSearch): boolean {
  const { callId, toUser, fromUser } = search
  return (
    leg.startUs < search.endUs &&
    leg.lastUs >= search.startUs &&
    (callId === undefined || leg.callId === callId) &&
    (toUser === undefined || leg.to === toUser) &&
    (fromUser === undefined || leg.from === fromUser)
  )
}

function isOfConversation(leg: Leg, { conversationId }: TraceSearch): boolean {
  return (
    conversationId === undefined ||
    leg.conversationId.toLowerCase() === conversationId.toLowerCase()
  )
}

/**
 * The pattern among whose users one is, matched whole: a star is no wildcard here, and a feature
 * code such as `*97` is a user like others. Between stars of ours its own mean themselves.
 */
function plainPattern(user: string, field: string): string {
  if (/^\*+$/.test(user)) {
    throw new GenesysCloudFailure('bad-input', {
      code: 'invalid.value',
      text: '{field} is matched as a whole and takes no wildcard',
      params: { field },
      field,
    })
  }
  return user.startsWith('*') || user.endsWith('*') ? `*${user}*` : user
}

function readText(fields: TraceFields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string' && value.length <= vendorLimits.valueLengthMax) return value
  throw new GenesysCloudFailure('bad-input', {
    code: 'invalid.value',
    text: '{field} must be one text of at most {max} characters',
    params: { field: name, max: String(vendorLimits.valueLengthMax) },
    field: name,
  })
}

function readDate(fields: TraceFields, name: string): { us: number; unitUs: number } {
  const text = readText(fields, name)
  if (text === undefined) {
    throw new GenesysCloudFailure('bad-input', {
      code: 'bad.request',
      text: '{field} is required',
      params: { field: name },
      field: name,
    })
  }
  try {
    if (!text.includes('T')) throw new Failure('bad-input', 'a date without a time')
    return readTimeText(text)
  } catch (error) {
    if (!isFailure(error)) throw error
    throw badDate(name, `${name} must be an ISO-8601 date and time: yyyy-MM-ddTHH:mm:ss.SSSZ`)
  }
}

/** No client sends it as a parameter, but the vendor's text names it. */
function readExactMatch(fields: TraceFields): boolean {
  const value = fields.exactMatch
  if (value === undefined || value === '' || value === 'false' || value === false) return false
  if (value === 'true' || value === true) return true
  throw new GenesysCloudFailure('bad-input', {
    code: 'invalid.query.param.value',
    text: 'exactMatch must be true or false',
    field: 'exactMatch',
  })
}
