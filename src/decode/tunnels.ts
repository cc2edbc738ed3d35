// A UDP payload and its destination port in, the layer inside out where the payload is a tunnel.
// Refuses to trust the port: only a payload whose header makes sense is opened, anything else stays
// a datagram.
import { openGeneve } from './geneve.ts'
import { openGtpU } from './gtp-u.ts'
import { openL2tp } from './l2tp.ts'
import { openMpls } from './mpls.ts'
import * as next from './next.ts'
import type { Packet } from './packet.ts'
import { openSctp } from './sctp-over-udp.ts'
import { openTzsp } from './tzsp.ts'
import { openVxlan, openVxlanGpe } from './vxlan.ts'

/**
 * Moves the packet to what the tunnel carries and names its layer; where the payload is no such
 * tunnel, LAYER_NONE, and the packet stays as it is.
 */
export type OpenTunnel = (packet: Packet) => next.Layer

const ROWS: readonly (readonly [next.Layer, OpenTunnel])[] = [
  [next.LAYER_L2TP, openL2tp],
  [next.LAYER_VXLAN, openVxlan],
  [next.LAYER_VXLAN_GPE, openVxlanGpe],
  [next.LAYER_MPLS, openMpls],
  [next.LAYER_GENEVE, openGeneve],
  [next.LAYER_GTP_U, openGtpU],
  [next.LAYER_TZSP, openTzsp],
  [next.LAYER_SCTP, openSctp],
]

const tunnels: ReadonlyMap<next.Layer, OpenTunnel> = new Map(ROWS)

/** The layer inside the tunnel that begins where the packet stands, LAYER_NONE for a datagram. */
export function openTunnel(packet: Packet, dstPort: number): next.Layer {
  const tunnel = next.layerOfTunnelPort(dstPort)
  if (tunnel === next.LAYER_NONE) return next.LAYER_NONE
  return tunnels.get(tunnel)?.(packet) ?? next.LAYER_NONE
}
