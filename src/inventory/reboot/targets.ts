// A site with its phones and edges in, whom to tell and by which way out: each device's own way,
// else the site's, else a NOTIFY to where it listens.
import type { Edge, Phone, Site } from '../device.ts'
import type { RebootWay } from '../entries.ts'
import { inventoryLimits } from '../limits.ts'
import type { RebootTarget } from './job.ts'

const NOTIFY: RebootWay = { by: 'notify' }

/** Phones first: an edge that restarts first could take the way to them along. */
export function targetsOf(
  site: Site,
  devices: { readonly phones: readonly Phone[]; readonly edges: readonly Edge[] },
  nowUs: number,
): RebootTarget[] {
  const phones = devices.phones
    .filter((phone) => phone.siteId === site.id && isThere(phone, nowUs))
    .map((phone) => ({
      kind: 'phone' as const,
      id: phone.id,
      name: phone.name,
      uri: phone.contact,
      aor: phone.aor,
      way: phone.reboot ?? site.phoneReboot ?? NOTIFY,
    }))
  const edges = devices.edges
    .filter((edge) => edge.siteId === site.id)
    .map((edge) => ({
      kind: 'edge' as const,
      id: edge.id,
      name: edge.name,
      uri: uriOf(edge),
      aor: null,
      way: edge.reboot ?? site.edgeReboot ?? NOTIFY,
    }))
  return [...phones, ...edges]
}

/** A way without what only the device and we shall know. */
export function withoutSecrets(way: RebootWay): RebootWay {
  if (way.by === 'notify') {
    const { password: _, ...rest } = way
    return rest
  }
  if (way.by === 'command') return way
  const { headers = {}, body: _, ...rest } = way
  const names = Object.keys(headers)
  // Which headers there are may help; what stands in them is for the server alone.
  return names.length === 0
    ? rest
    : { ...rest, headers: Object.fromEntries(names.map((name) => [name, '…'])) }
}

/** A phone that was only seen must have registered a short while ago. */
function isThere({ source, seenAtUs }: Phone, nowUs: number): boolean {
  if (source !== 'seen') return true
  return seenAtUs !== null && nowUs - seenAtUs <= inventoryLimits.seenPhoneToldUsMax
}

function uriOf({ address, port, transport }: Edge): string {
  const host = address.includes(':') ? `[${address}]` : address
  return `sip:${host}:${port}${transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`}`
}
