// A UDP payload and its ports in, the layer inside out where the payload is a tunnel. Refuses to
// trust a port: only a payload whose header makes sense is opened, anything else stays a datagram.
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

/**
 * Tunnels whose port answers to whatever port asked (RFC 2661 §8.1, RFC 6951 §5.4). The others go
 * by destination alone: their source port tells flows apart, and may be any (RFC 7348 §5).
 */
const ANSWERING: ReadonlySet<next.Layer> = new Set([next.LAYER_L2TP, next.LAYER_SCTP])

/** The layer inside the tunnel that begins where the packet stands, LAYER_NONE for a datagram. */
export function openTunnel(packet: Packet, srcPort: number, dstPort: number): next.Layer {
  const inside = openBy(packet, next.layerOfTunnelPort(dstPort))
  if (inside !== next.LAYER_NONE) return inside
  const answering = next.layerOfTunnelPort(srcPort)
  return ANSWERING.has(answering) ? openBy(packet, answering) : next.LAYER_NONE
}

function openBy(packet: Packet, tunnel: next.Layer): next.Layer {
  if (tunnel === next.LAYER_NONE) return next.LAYER_NONE
  return tunnels.get(tunnel)?.(packet) ?? next.LAYER_NONE
}
