// Settings in, what the live line takes in out: one entry for each source that is wanted.
import type { Settings } from '../config/settings.ts'
import type { SourceOrders } from '../line/live-sources.ts'

export function liveOrders(settings: Settings): SourceOrders[] {
  const orders: SourceOrders[] = []
  const { hepHost, hepPort, hepKey } = settings
  if (hepPort !== 0) {
    orders.push({ kind: 'hep', host: hepHost, port: hepPort, authKey: hepKey ?? '' })
  }
  const { captureBufferMegabytes: bufferMegabytes } = settings
  const filter = settings.captureFilter ?? filterWithout(settings)
  for (const device of settings.interfaces) {
    orders.push({ kind: 'interface', device, filter, bufferMegabytes })
  }
  return orders
}

/**
 * Everything but what our own ports take in and give out: it would be seen twice. Says what is left
 * out, not what is wanted, so that fragments and tunnels, which show no port, stay.
 */
function filterWithout({ port, hepPort }: Settings): string {
  const own = [port === 0 ? '' : `tcp port ${port}`, hepPort === 0 ? '' : `port ${hepPort}`]
  const terms = own.filter((term) => term !== '')
  return terms.length === 0 ? '' : `not (${terms.join(' or ')})`
}
