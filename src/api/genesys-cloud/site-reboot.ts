// The reboot of a site's edges and phones, taken on as a job: the answer says no more than that.
import { Type } from '@fastify/type-provider-typebox'
import { targetsOf } from '../../inventory/reboot/targets.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { entityNotFound } from './errors.ts'
import type { ResourceParts } from './resource-parts.ts'

export function registerSiteReboot(app: App, parts: ResourceParts): void {
  const { phoneBook, reboots } = parts.inventory
  app.post(
    '/api/v2/telephony/providers/edges/sites/:siteId/schedulereboot',
    {
      config: { permission: 'internal:site:edit', isAnyPermission: true },
      schema: { params: Type.Object({ siteId: Type.String() }) },
    },
    async (request, reply) => {
      const account = accountOf(request)
      const { siteId } = request.params
      const site = phoneBook.sites(account).find(({ id }) => id === siteId)
      if (site === undefined) throw entityNotFound('site', siteId)
      const devices = {
        phones: await phoneBook.phones(account, finderOf(request, parts)),
        edges: phoneBook.edges(account),
      }
      const targets = targetsOf(site, devices, parts.clock.nowUs())
      reboots.schedule(site, targets, `${account.dialect} ${account.id}`)
      return reply.code(202).send()
    },
  )
}
