// Which participants get a column of their own: the ends that messages touch in, columns out, in
// the order in which they first take part. Decides when an address's ports share a column.
import type { LadderMessage } from '../api/types.ts'

/** One participant. */
export interface LadderColumn {
  /** `10.0.0.1:5060`, or the address alone where its ports share the column. */
  readonly key: string
  readonly address: string
  readonly ports: readonly number[]
  /** Who it says it is, where a message told. */
  readonly name: string | null
  /** Middle of the column; set when the ladder is laid out. */
  readonly x: number
}

/** `auto` joins the ports of an address when they are many and no message stays inside it. */
export type PortsMode = 'auto' | 'apart' | 'together'

/** An address with more ports than this is one participant that opens many connections. */
const PORTS_APART_MAX = 3

type EndsOnly = Pick<LadderMessage, 'src' | 'srcPort' | 'dst' | 'dstPort'>

/** Columns, and which of them an end stands in. */
export function columnsOf(
  messages: readonly EndsOnly[],
  options: { ports: PortsMode; names: ReadonlyMap<string, string> },
): { columns: LadderColumn[]; indexOf: (address: string, port: number) => number } {
  const portsOf = portsByAddress(messages)
  const joined = addressesJoined(messages, portsOf, options.ports)
  const columns: LadderColumn[] = []
  const indexes = new Map<string, number>()
  const keyOf = (address: string, port: number) =>
    joined.has(address) ? address : formatEnd(address, port)
  const add = (address: string, port: number) => {
    const key = keyOf(address, port)
    if (indexes.has(key)) return
    indexes.set(key, columns.length)
    const ports = joined.has(address) ? [...(portsOf.get(address) ?? [])] : [port]
    columns.push({ key, address, ports, name: nameOf(address, ports, options.names), x: 0 })
  }
  for (const message of messages) {
    add(message.src, message.srcPort)
    add(message.dst, message.dstPort)
  }
  return { columns, indexOf: (address, port) => indexes.get(keyOf(address, port)) ?? 0 }
}

/** `10.0.0.1:5060`, `[2001:db8::1]:5060`. */
export function formatEnd(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function portsByAddress(messages: readonly EndsOnly[]): Map<string, Set<number>> {
  const ports = new Map<string, Set<number>>()
  const add = (address: string, port: number) => {
    const known = ports.get(address)
    if (known === undefined) ports.set(address, new Set([port]))
    else known.add(port)
  }
  for (const message of messages) {
    add(message.src, message.srcPort)
    add(message.dst, message.dstPort)
  }
  return ports
}

function addressesJoined(
  messages: readonly EndsOnly[],
  portsOf: ReadonlyMap<string, ReadonlySet<number>>,
  mode: PortsMode,
): Set<string> {
  if (mode === 'apart') return new Set()
  if (mode === 'together') return new Set(portsOf.keys())
  // Programs on one machine talk through its ports; joined, their arrows would all be loops.
  const talksToItself = new Set<string>()
  for (const { src, dst } of messages) if (src === dst) talksToItself.add(src)
  const joined = new Set<string>()
  for (const [address, ports] of portsOf) {
    if (ports.size > PORTS_APART_MAX && !talksToItself.has(address)) joined.add(address)
  }
  return joined
}

function nameOf(
  address: string,
  ports: readonly number[],
  names: ReadonlyMap<string, string>,
): string | null {
  for (const port of ports) {
    const name = names.get(formatEnd(address, port))
    if (name !== undefined) return name
  }
  return null
}
