// The calls resource: one call, and the list with its filters, pages and Link header. A call of
// this vendor is a leg of ours.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Leg } from '../../calls/leg.ts'
import type { Page } from '../../query/finder.ts'
import type { App } from '../http/app.ts'
import { RequestFailure } from '../http/request-failure.ts'
import type { Asker } from '../vendor/leg-facts.ts'
import { walkLegs } from '../vendor/leg-walk.ts'
import { paramOf } from '../vendor/path-param.ts'
import { filledOf, type QueryFields, queryOf } from '../vendor/query-text.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { legKeyOf } from './call-id.ts'
import { toCallResource } from './call-resource.ts'
import { type CallSearch, readCallSearch } from './call-search.ts'
import { notFound } from './errors.ts'
import { gatherFacts, sipHeadersOf, userUrlOf } from './gather.ts'
import { bandwidthLimits } from './limits.ts'
import { formatLinks } from './link-header.ts'

export function registerCalls(app: App, base: string, parts: VendorParts): void {
  const list = async (request: FastifyRequest, reply: FastifyReply) => {
    const asker = askerOf(request, parts)
    const fields = queryOf(request)
    const search = readCallSearch(fields, parts.vendor.numbers)
    const { rows, next } = await findCalls(asker, search)
    const userUrl = userUrlOf(request, parts)
    if (search.isPaged) {
      const { page, size } = search
      const query = filtersOf(fields)
      reply.header('link', formatLinks({ url: `${userUrl}/calls`, query, page, size, next }))
    }
    const facts = await gatherFacts(rows, asker, parts)
    return facts.map((one) => toCallResource(one, userUrl))
  }
  app.get(`${base}/calls`, list)
  // As the vendor's pages write it.
  app.get(`${base}/calls/`, list)

  app.get(`${base}/calls/:callId`, async (request) => {
    const asker = askerOf(request, parts)
    const leg = await legOf(asker, paramOf(request, 'callId'))
    const [facts] = await gatherFacts([leg], asker, parts)
    if (facts === undefined) throw notFound('call', paramOf(request, 'callId'))
    const sipHeaders = await sipHeadersOf(leg, asker)
    return toCallResource({ ...facts, sipHeaders }, userUrlOf(request, parts))
  })
}

/** The leg that a path names. @throws BandwidthFailure `not-found` */
export async function legOf(asker: Asker, callId: string): Promise<Leg> {
  const legKey = legKeyOf(callId)
  const leg = legKey === undefined ? undefined : await asker.finder.legByKey(legKey)
  if (leg === undefined || leg.kind !== 'call') throw notFound('call', callId)
  return leg
}

/** What a link to another page repeats. */
function filtersOf(fields: QueryFields): Record<string, string> {
  const names = ['from', 'to', 'sortOrder']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = filledOf(fields, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

async function findCalls(asker: Asker, search: CallSearch): Promise<Page<Leg>> {
  if (search.isEmpty) return { rows: [], next: null }
  const { filter, order, isWanted, page, size } = search
  const walk = { filter, order, ...(isWanted === undefined ? {} : { isWanted }) }
  let cursor = search.after
  // A page that is named by its number alone: those before it are counted off.
  let toPass = cursor === undefined ? page * size : 0
  if (toPass > bandwidthLimits.legsPassedMax) {
    throw new RequestFailure('bad-input', 'page: too far for its number, follow the Link header', {
      field: 'page',
    })
  }
  while (toPass > 0) {
    const limit = Math.min(toPass, bandwidthLimits.pageSizeMax)
    const passed = await walkLegs(asker, { ...walk, limit, ...cursorOf(cursor) })
    if (passed.next === null) return { rows: [], next: null }
    toPass -= passed.rows.length
    cursor = passed.next
  }
  return walkLegs(asker, { ...walk, limit: size, ...cursorOf(cursor) })
}

function cursorOf(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor }
}
