// The Calls resource: one call, and the list with its filters and pages. A call of this vendor is a
// leg of ours; legs after the first name their parent.
import type { FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { Leg } from '../../calls/leg.ts'
import type { Page } from '../../query/finder.ts'
import type { App } from '../http/app.ts'
import { foundAnswer, knownAnswer } from '../vendor/answered-by.ts'
import { type Asker, factsOf, parentOf } from '../vendor/leg-facts.ts'
import { shiftCursor, walkLegs } from '../vendor/leg-walk.ts'
import { paramOf } from '../vendor/path-param.ts'
import { queryOf } from '../vendor/query-text.ts'
import { askerOf } from '../vendor/vendor-rules.ts'
import { accountPath, toCallResource } from './call-resource.ts'
import { type CallSearch, readCallSearch } from './call-search.ts'
import { type ListPage, pageRequestOf, readListPage, tokensOf, wrapPage } from './list-page.ts'
import type { SignalwireParts } from './signalwire-parts.ts'
import { legKeyOf } from './sid.ts'

export function registerCalls(app: App, base: string, parts: SignalwireParts): void {
  const { vendor } = parts
  const config = { permission: parts.permission }

  const list = async (request: FastifyRequest) => {
    const asker = askerOf(request, parts)
    const fields = queryOf(request)
    const page = readListPage(fields)
    const search = readCallSearch(fields, vendor.numbers, asker.nowUs)
    const { rows, next } = await findCalls(asker, search, page)
    const accountSid = accountSidOf(request)
    const facts = await factsOf(rows, asker, vendor)
    return wrapPage(
      `${accountPath(accountSid)}/Calls`,
      { fields, page, tokens: tokensOf(page, next, shiftCursor) },
      {
        calls: await Promise.all(
          facts.map(async (one) =>
            toCallResource(one, accountSid, await knownAnswer(one, asker, parts.callSounds)),
          ),
        ),
      },
    )
  }
  app.get(`${base}/Calls`, { config }, list)
  app.get(`${base}/Calls.json`, { config }, list)

  app.get(`${base}/Calls/:sid`, { config }, async (request) => {
    const asker = askerOf(request, parts)
    const leg = await legOf(asker, paramOf(request, 'sid'))
    const [facts] = await factsOf([leg], asker, vendor)
    if (facts === undefined) throw noCall()
    const answeredBy = await foundAnswer(facts, asker, parts.callSounds)
    return toCallResource(facts, accountSidOf(request), answeredBy)
  })
}

/** The leg that a path names, with `.json` at its end or without. @throws Failure `not-found` */
export async function legOf(asker: Asker, sid: string): Promise<Leg> {
  const legKey = legKeyOf(sid.replace(/\.json$/, ''))
  const leg = legKey === undefined ? undefined : await asker.finder.legByKey(legKey)
  if (leg === undefined || leg.kind !== 'call') throw noCall()
  return leg
}

/** The account of a request that the guard let in. */
export function accountSidOf(request: FastifyRequest): string {
  return request.account?.id ?? ''
}

function noCall(): Failure {
  return new Failure('not-found', 'the call was not found')
}

async function findCalls(asker: Asker, search: CallSearch, page: ListPage): Promise<Page<Leg>> {
  if (search.isEmpty) return { rows: [], next: null }
  const { parentLegKey } = search
  const wanted = pageRequestOf(page)
  const isPartial = search.isPartial || parentLegKey !== null
  const filter = { ...search.filter, ...(await callOf(asker, parentLegKey)) }
  const isWanted = async (leg: Leg) => {
    if (!search.isWanted(leg)) return false
    return parentLegKey === null || (await parentKeyOf(asker, leg)) === parentLegKey
  }
  const found = await walkLegs(asker, {
    filter,
    ...wanted,
    ...(isPartial ? { isWanted } : {}),
  })
  return { ...found, rows: wanted.order === 'oldest' ? found.rows.toReversed() : found.rows }
}

async function callOf(asker: Asker, legKey: string | null): Promise<{ callKey?: string }> {
  if (legKey === null) return {}
  return { callKey: (await asker.finder.legByKey(legKey))?.callKey ?? legKey }
}

async function parentKeyOf({ finder }: Asker, leg: Leg): Promise<string | undefined> {
  return parentOf(leg, await finder.callByKey(leg.callKey))?.legKey
}
