// Reboots of a site's devices: asked for, listed with their progress, and told device by device.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import type { RebootDevice, RebootJob } from '../../inventory/reboot/job.ts'
import { targetsOf } from '../../inventory/reboot/targets.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import type { ApiParts } from '../http/parts.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'

const nullable = (type: string, description: string) => ({ type: [type, 'null'], description })

const JobSchema = Type.Unsafe<RebootJob>({
  type: 'object',
  properties: {
    jobId: { type: 'string' },
    siteId: { type: 'string' },
    siteName: { type: 'string' },
    askedBy: { type: 'string', description: 'Dialect and account' },
    state: { type: 'string', enum: ['pending', 'running', 'done'] },
    createdAtUs: { type: 'integer', description: 'µs since 1970' },
    startAtUs: { type: 'integer', description: 'When the first device is told' },
    endedAtUs: nullable('integer', 'When the last device had ended'),
  },
})

/** A device as it is shown. */
interface ShownDevice {
  readonly kind: string
  readonly id: string
  readonly name: string
  readonly by: string
  readonly state: string
  readonly toldAtUs: number | null
  readonly endedAtUs: number | null
  readonly result: string | null
}

const DeviceSchema = Type.Unsafe<ShownDevice>({
  type: 'object',
  properties: {
    kind: { type: 'string', enum: ['phone', 'edge'] },
    id: { type: 'string' },
    name: { type: 'string' },
    by: { type: 'string', description: 'notify, http or command' },
    state: { type: 'string', enum: ['waiting', 'telling', 'done', 'failed', 'unknown'] },
    toldAtUs: nullable('integer', 'Just before the first byte was sent'),
    endedAtUs: nullable('integer', 'When its answer was known, or given up'),
    result: nullable('string', 'What it answered, or why it was not told'),
  },
})

export function registerReboots(app: App, parts: ApiParts): void {
  const { phoneBook, reboots } = parts.inventory
  const tags = ['inventory']
  app.get(
    '/api/v1/reboots',
    {
      schema: {
        tags,
        summary: 'Reboots of sites, the newest first',
        response: { 200: Type.Object({ reboots: Type.Array(JobSchema) }), ...errorsOf(401, 403) },
      },
    },
    async (request) => {
      const sites = new Set(phoneBook.sites(accountOf(request)).map(({ id }) => id))
      const isAll = accountOf(request).scope.length === 0
      return { reboots: reboots.jobs().filter(({ siteId }) => isAll || sites.has(siteId)) }
    },
  )

  app.get(
    '/api/v1/reboots/:jobId',
    {
      schema: {
        tags,
        summary: 'One reboot with its devices',
        params: Type.Object({ jobId: Type.String({ description: '`jobId` of the reboot' }) }),
        response: {
          200: Type.Object({ reboot: JobSchema, devices: Type.Array(DeviceSchema) }),
          ...errorsOf(401, 403, 404),
        },
      },
    },
    async (request) => {
      const account = accountOf(request)
      const reboot = reboots.job(request.params.jobId)
      const isTheirs =
        account.scope.length === 0 ||
        phoneBook.sites(account).some(({ id }) => id === reboot?.siteId)
      if (reboot === undefined || !isTheirs) throw new Failure('not-found', 'no such reboot')
      return { reboot, devices: reboots.devices(reboot.jobId).map(shownDevice) }
    },
  )

  app.post(
    '/api/v1/sites/:siteId/reboots',
    {
      config: { permission: 'admin' },
      schema: {
        tags,
        summary: 'Reboot the phones and edges of a site',
        description: 'While one of the site is pending or running, that one is the answer.',
        params: Type.Object({ siteId: Type.String({ description: '`id` of the site' }) }),
        response: { 202: JobSchema, ...errorsOf(...CHANGE_ERRORS, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const account = accountOf(request)
      const site = phoneBook.sites(account).find(({ id }) => id === request.params.siteId)
      if (site === undefined) throw new Failure('not-found', 'there is no such site')
      const devices = {
        phones: await phoneBook.phones(account, finderOf(request, parts)),
        edges: phoneBook.edges(account),
      }
      const targets = targetsOf(site, devices, parts.clock.nowUs())
      return reply.code(202).send(reboots.schedule(site, targets, `own ${account.id}`))
    },
  )
}

function shownDevice({ target, ...device }: RebootDevice): ShownDevice {
  const { state, toldAtUs, endedAtUs, result } = device
  const { kind, id, name, way } = target
  return { kind, id, name, by: way.by, state, toldAtUs, endedAtUs, result }
}
