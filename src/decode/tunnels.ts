// A UDP payload and its destination port in, the tunnel that it is out, or none. Refuses to trust
// the port: only a payload whose header makes sense is opened, anything else stays a datagram.
import { LAYER_NONE, layerOfTunnelPort, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

/** Whether the packet stands at a header of this tunnel. Moves and notes nothing. */
export type LooksLike = (packet: Packet) => boolean

const ROWS: readonly (readonly [Layer, LooksLike])[] = []

const looksLike: readonly (LooksLike | undefined)[] = Array.from(
  { length: 32 },
  (_, layer) => ROWS.find(([number]) => number === layer)?.[1],
)

/** The tunnel that begins where the packet stands, LAYER_NONE for a plain datagram. */
export function tunnelOf(packet: Packet, dstPort: number): Layer {
  const tunnel = layerOfTunnelPort(dstPort)
  if (tunnel === LAYER_NONE) return LAYER_NONE
  return looksLike[tunnel]?.(packet) === true ? tunnel : LAYER_NONE
}
