// Sites, edges, phones and media regions: shown to whoever may see them, put and removed by
// administrators. Secrets of a way to reboot go in and never come out.
import { Type } from '@fastify/type-provider-typebox'
import type { Edge, Phone, Site } from '../../inventory/device.ts'
import { ENTRY_KINDS, type EntryKind, type WrittenEntry } from '../../inventory/entries.ts'
import { withoutSecrets } from '../../inventory/reboot/targets.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import type { ApiParts } from '../http/parts.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'

// Entries differ in what they may hold; the document tells it by their own schemas.
const rowsOf = <Row>(description: string) =>
  Type.Unsafe<readonly Row[]>({
    type: 'array',
    description,
    items: { type: 'object', additionalProperties: true },
  })
const Kind = Type.Unsafe<EntryKind>({
  type: 'string',
  enum: [...ENTRY_KINDS],
  description: 'What it is',
})
// What an entry of which kind may hold is checked where it is put, and told there by name.
const Entry = Type.Unsafe<WrittenEntry>({
  type: 'object',
  additionalProperties: true,
  description: 'As in the inventory file: docs/operate/inventory.md',
})
const removed = {
  204: Type.Null({ description: 'Removed' }),
  ...errorsOf(...CHANGE_ERRORS, 401, 403, 404, 409),
}
const Place = Type.Object({
  kind: Kind,
  id: Type.String({ minLength: 1, maxLength: 200, description: '`id` of the entry' }),
})

export function registerInventory(app: App, parts: ApiParts): void {
  const { entries, phoneBook } = parts.inventory
  const tags = ['inventory']
  app.get(
    '/api/v1/inventory',
    {
      schema: {
        tags,
        summary: 'Sites, edges and phones',
        description:
          'Those of the inventory file, those that were put here, and phones that registered. ' +
          '`source` tells which: `file`, `api` or `seen`.',
        response: {
          200: Type.Object({
            sites: rowsOf<Site>('By name'),
            edges: rowsOf<Edge>('By name'),
            phones: rowsOf<Phone>('Of the inventory by name, then the others, the newest first'),
          }),
          ...errorsOf(401, 403),
        },
      },
    },
    async (request) => {
      const account = accountOf(request)
      const phones = await phoneBook.phones(account, finderOf(request, parts))
      return {
        sites: phoneBook.sites(account).map(shownSite),
        edges: phoneBook.edges(account).map(shownDevice),
        phones: phones.map(shownPhone),
      }
    },
  )

  app.put(
    '/api/v1/inventory/:kind/:id',
    {
      config: { permission: 'admin' },
      schema: {
        tags,
        summary: 'Put a site, an edge or a phone',
        description: 'Adds it or replaces it. Those of the inventory file are changed there.',
        params: Place,
        body: Entry,
        response: { 204: Type.Null(), ...errorsOf(...CHANGE_ERRORS, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const { kind, id } = request.params
      entries.put(kind, id, request.body)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/v1/inventory/:kind/:id',
    {
      config: { permission: 'admin' },
      schema: {
        tags,
        summary: 'Remove a site, an edge or a phone',
        params: Place,
        response: removed,
      },
    },
    async (request, reply) => {
      entries.remove(request.params.kind, request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function shownSite(site: Site): Site {
  const { phoneReboot, edgeReboot } = site
  return {
    ...site,
    phoneReboot: phoneReboot === null ? null : withoutSecrets(phoneReboot),
    edgeReboot: edgeReboot === null ? null : withoutSecrets(edgeReboot),
  }
}

function shownDevice<Device extends Edge | Phone>(device: Device): Device {
  const { reboot } = device
  return { ...device, reboot: reboot === null ? null : withoutSecrets(reboot) }
}

/** The values of a phone are passwords as often as not: their names are shown. */
function shownPhone(phone: Phone): Phone {
  const values = Object.fromEntries(Object.keys(phone.values).map((name) => [name, '…']))
  return { ...shownDevice(phone), values }
}
