// Phones: where one registers, for those who look after it; and its configuration, for the phone
// itself, which has no account and is known by its hardware id alone.
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../../base/failure.ts'
import type { Registration } from '../../inventory/device.ts'
import { isInNetworks } from '../../store/networks.ts'
import { accountOf } from '../http/account-of.ts'
import type { App } from '../http/app.ts'
import { finderOf } from '../http/finder-of.ts'
import { entityNotFound } from './errors.ts'
import type { ResourceParts } from './resource-parts.ts'

export function registerPhones(app: App, parts: ResourceParts): void {
  const { entries, phoneBook, templates } = parts.inventory

  app.get(
    '/api/v2/telephony/phone/:phoneId/settings',
    {
      config: { permission: 'telephony:plugin:all', isAnyPermission: true },
      schema: { params: Type.Object({ phoneId: Type.String() }) },
    },
    async (request) => {
      const { phoneId } = request.params
      const phones = await phoneBook.phones(accountOf(request), finderOf(request, parts))
      const phone = phones.find(({ id }) => id === phoneId)
      if (phone === undefined) throw entityNotFound('phone', phoneId)
      return {
        primary: phone.primary.map(toRegistrationConfiguration),
        secondary: phone.secondary.map(toRegistrationConfiguration),
      }
    },
  )

  app.get(
    '/api/v2/telephony/phonehome/phoneconfiguration/:hardwareId',
    {
      config: { isOpen: true },
      schema: { params: Type.Object({ hardwareId: Type.String() }) },
    },
    async (request) => {
      refuseFarPhones(request, parts)
      const { hardwareId } = request.params
      // A phone has no account whose part of the traffic could be asked: it is looked up in the
      // inventory, and only its own registration is added.
      const phone = await phoneBook.phoneByHardwareId(hardwareId, parts.finder)
      const site = entries.sites().find(({ id }) => id === phone?.siteId)
      const rendered = phone === undefined ? undefined : templates.render(phone, site)
      if (rendered === undefined) throw entityNotFound('phone', hardwareId)
      if (rendered.missing.length > 0) {
        request.log.warn({ hardwareId, missing: rendered.missing }, 'a template lacks values')
      }
      return rendered.value
    },
  )
}

/** @throws Failure `forbidden` where configurations are given to some networks alone */
function refuseFarPhones(request: FastifyRequest, { settings }: ResourceParts): void {
  const { phonehomeNetworks: networks } = settings
  if (networks.length === 0 || isInNetworks(networks, request.ip)) return
  throw new Failure('forbidden', 'phones fetch their configuration from other networks')
}

function toRegistrationConfiguration(registration: Registration): object {
  const { registrar, port, transport, edge, trunkBase } = registration
  const edges = '/api/v2/telephony/providers/edges'
  return {
    ...(trunkBase === null
      ? {}
      : {
          trunkBase: {
            ...trunkBase,
            ...(trunkBase.id === undefined
              ? {}
              : { selfUri: `${edges}/trunkbasesettings/${encodeURIComponent(trunkBase.id)}` }),
          },
        }),
    ...(edge === null
      ? {}
      : { edge: { ...edge, selfUri: `${edges}/${encodeURIComponent(edge.id)}` } }),
    registrar,
    port,
    transportProtocol: transport,
  }
}
