// Settings in, what the live line takes in out: one entry for each source that is wanted.
import type { Settings } from '../config/settings.ts'
import type { SourceOrders } from '../line/live-sources.ts'

export function liveOrders(settings: Settings): SourceOrders[] {
  const orders: SourceOrders[] = []
  const { hepHost, hepPort, hepKey } = settings
  if (hepPort !== 0) {
    orders.push({ kind: 'hep', host: hepHost, port: hepPort, authKey: hepKey ?? '' })
  }
  return orders
}
