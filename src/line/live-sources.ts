// Which sources feed the live line: orders that may cross into another thread in, the sources
// themselves out. To add one: its orders here, a case below, and its settings where the server
// makes the orders (serve/live-orders.ts).
import type { MessagePort } from 'node:worker_threads'
import { type HepOrders, HepSource } from './hep-source.ts'
import { type InterfaceOrders, InterfaceSource } from './interface-source.ts'
import type { LiveSource } from './live-source.ts'
import { type SiprecOrders, SiprecSource } from './siprec-source.ts'

/** What one source needs to know; plain values, since they cross into the capture thread. */
export type SourceOrders = HepOrders | InterfaceOrders | SiprecOrders

/** The source for some orders. It is not started yet. */
export function makeSource(orders: SourceOrders): LiveSource {
  switch (orders.kind) {
    case 'hep':
      return new HepSource(orders)
    case 'interface':
      return new InterfaceSource(orders)
    case 'siprec':
      return new SiprecSource(orders)
  }
}

/** Memory and ports that must move with the orders into another thread. */
export function portsOf(sources: readonly SourceOrders[]): MessagePort[] {
  return sources.flatMap((orders) => {
    return orders.kind === 'hep' && orders.webSockets !== undefined ? [orders.webSockets] : []
  })
}
