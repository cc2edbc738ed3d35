// A UDP payload that may be VXLAN in, the Ethernet frame inside out. Refuses what has not the fixed
// bits of VXLAN and a known type inside: then it is somebody's datagram. Rules: RFC 7348 §5.
//
//    |R|R|R|R|I|R|R|R|       reserved (group policy sets some)       |
//    |        network identifier, 24 bits            |    reserved   |
import { looksLikeEthernet } from './ethernet.ts'
import { LAYER_ETHERNET, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 8
const FLAG_IDENTIFIER = 0x08
/** Cisco and Open vSwitch: bytes 2 and 3 hold a policy group. */
const FLAG_GROUP = 0x80

/** Moves to the frame inside; leaves the packet as it is where this is no VXLAN. */
export function openVxlan(packet: Packet): Layer {
  const { bytes, at } = packet
  if (packet.end - at < HEADER_BYTES) return LAYER_NONE
  const flags = bytes[at] as number
  const isVxlan =
    (flags & ~FLAG_GROUP) === FLAG_IDENTIFIER &&
    bytes[at + 7] === 0 &&
    looksLikeEthernet(packet, at + HEADER_BYTES)
  if (!isVxlan) return LAYER_NONE
  packet.at = at + HEADER_BYTES
  return LAYER_ETHERNET
}
