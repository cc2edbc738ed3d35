// The siptraces resource: a search for messages, and the request of their packets as a file.
import type { FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { Leg } from '../../calls/leg.ts'
import type { Finder } from '../../query/finder.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { inTurns } from '../http/in-turns.ts'
import { GenesysCloudFailure, tooLarge } from './errors.ts'
import { type HomerRecord, toHomerRecord } from './homer-record.ts'
import { vendorLimits } from './limits.ts'
import type { ResourceParts } from './resource-parts.ts'
import { findTraces, readTraceSearch, type TraceFields, type TraceSearch } from './search.ts'

const PATH = '/api/v2/telephony/siptraces'

export function registerSiptraces(app: App, parts: ResourceParts): void {
  const { jobs, settings } = parts
  const windowSecondsMax = settings.genesysCloudWindowSecondsMax

  app.get(PATH, { config: { permission: 'telephony:pcap:view' } }, async (request) => {
    const search = readTraceSearch(fieldsOf(request.query), windowSecondsMax)
    const data = await findRecords(finderOf(request, parts), search)
    return {
      id: request.id,
      status: 200,
      sid: request.id,
      message: `${data.length} records`,
      data,
      count: data.length,
      selfUri: request.url,
    }
  })

  app.post(
    `${PATH}/download`,
    { config: { permission: 'telephony:pcap:add' } },
    async (request) => {
      const search = readTraceSearch(bodyOf(request), windowSecondsMax)
      const finder = finderOf(request, parts)
      const { legs } = await findTraces(finder, search)
      if (!(await hasMessageInside(finder, legs, search))) {
        throw new Failure('not-found', 'no record matches the search')
      }
      return jobs.create(accountOf(request), search)
    },
  )
}

/** The records that answer a search, in order of time. @throws GenesysCloudFailure */
async function findRecords(finder: Finder, search: TraceSearch): Promise<HomerRecord[]> {
  const { legs, calls } = await findTraces(finder, search)
  const byKey = new Map(legs.map((leg) => [leg.legKey, leg]))
  const records: HomerRecord[] = []
  const all = inTurns(finder.messagesWithBytes(legs), ({ bytes }) => bytes.length)
  for await (const message of all) {
    if (message.tUs < search.startUs || message.tUs >= search.endUs) continue
    // A record is its message: of one whose bytes are lost there is none.
    if (message.bytes.length === 0) continue
    const leg = byKey.get(message.legKey)
    if (leg === undefined) continue
    const record = toHomerRecord(message, leg, calls.get(leg.callKey)?.legs[0] ?? leg)
    if (search.isExact && !hasValues(record, search)) continue
    if (records.length >= vendorLimits.recordsMax) {
      throw tooLarge('records', vendorLimits.recordsMax)
    }
    records.push(record)
  }
  return records
}

/** Whether a record itself has what was asked for; its leg matches already. */
function hasValues(record: HomerRecord, search: TraceSearch): boolean {
  return (
    (search.toUser === undefined || record.toUser === search.toUser) &&
    (search.fromUser === undefined || record.fromUser === search.fromUser)
  )
}

async function hasMessageInside(
  finder: Finder,
  legs: readonly Leg[],
  search: TraceSearch,
): Promise<boolean> {
  if (legs.length === 0) return false
  const messages = await finder.messagesOf(legs)
  return messages.some(({ tUs }) => tUs >= search.startUs && tUs < search.endUs)
}

function bodyOf(request: FastifyRequest): TraceFields {
  const { body } = request
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return fieldsOf(body)
  throw new GenesysCloudFailure('bad-input', {
    code: 'bad.request',
    text: 'The body must be a JSON object with dateStart and dateEnd',
  })
}

function fieldsOf(value: unknown): TraceFields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
