// The errors of a user. The vendor keeps there what became of calls and messages that it was asked
// to make; nothing is made here, so that there are none.
import type { App } from '../http/app.ts'
import { paramOf } from '../vendor/path-param.ts'
import { queryOf } from '../vendor/query-text.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { readListPage } from './call-search.ts'
import { notFound } from './errors.ts'
import { userUrlOf } from './gather.ts'
import { formatLinks } from './link-header.ts'

export function registerUserErrors(app: App, base: string, parts: VendorParts): void {
  app.get(`${base}/errors`, async (request, reply) => {
    const { page, size } = readListPage(queryOf(request))
    const url = `${userUrlOf(request, parts)}/errors`
    reply.header('link', formatLinks({ url, query: {}, page, size, next: null }))
    return []
  })

  app.get(`${base}/errors/:errorId`, async (request) => {
    throw notFound('resource', paramOf(request, 'errorId'))
  })
}
