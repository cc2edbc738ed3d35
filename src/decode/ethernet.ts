// An Ethernet frame in, its payload out: tags of any number, and the older 802.3 form with LLC and
// SNAP. Refuses to read addresses; who talks to whom is IP's word. Rules: IEEE 802.3 §3.2, 802.1Q.
//
//    | destination 6 | source 6 | type 2 | payload …                    Ethernet II
//    | destination 6 | source 6 | 8100 | tag 2 | type 2 | payload …     802.1Q; 88a8, 9100 alike
//    | destination 6 | source 6 | length 2 | LLC 3 | SNAP 5 | payload … 802.3
import { u16be } from '../source/integers.ts'
import { LAYER_IP4, LAYER_LLC, LAYER_NONE, layerOfEtherType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const ADDRESSES_BYTES = 12
/** Numbers below are lengths, from here up types. IEEE 802.3 §3.2.6 */
const ETHER_TYPE_MIN = 0x600

export function decodeEthernet(packet: Packet): Layer {
  if (!packet.has(ADDRESSES_BYTES + 2)) return LAYER_NONE
  return followTypeOrLength(packet, packet.at + ADDRESSES_BYTES)
}

/** A tag: two bytes of priority and VLAN, then a type or length again. */
export function decodeVlan(packet: Packet): Layer {
  if (!packet.has(4)) return LAYER_NONE
  return followTypeOrLength(packet, packet.at + 2)
}

/** Logical link control, with or without SNAP. IEEE 802.2 §3, RFC 1042 */
export function decodeLlc(packet: Packet): Layer {
  if (!packet.has(3)) return LAYER_NONE
  const { bytes, at } = packet
  const services = u16be(bytes, at)
  if (services === 0x0606) {
    packet.at = at + 3
    return LAYER_IP4
  }
  if (services !== 0xaaaa) return LAYER_NONE
  packet.at = at + 3
  return followSnap(packet)
}

/** Three bytes that name who gave the number, two bytes of EtherType. RFC 1042 */
export function followSnap(packet: Packet): Layer {
  if (!packet.has(5)) return LAYER_NONE
  const { bytes, at } = packet
  packet.at = at + 5
  return layerOfEtherType(u16be(bytes, at + 3))
}

/** Whether a frame with a type that we read may begin at `at`. For tunnels that cannot tell. */
export function looksLikeEthernet(packet: Packet, at: number): boolean {
  if (packet.end - at < ADDRESSES_BYTES + 2) return false
  return layerOfEtherType(u16be(packet.bytes, at + ADDRESSES_BYTES)) !== LAYER_NONE
}

function followTypeOrLength(packet: Packet, at: number): Layer {
  const number = u16be(packet.bytes, at)
  packet.at = at + 2
  if (number >= ETHER_TYPE_MIN) return layerOfEtherType(number)
  packet.clip(at + 2 + number)
  return LAYER_LLC
}
