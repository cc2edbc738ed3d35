// A UDP payload that may be VXLAN in, the Ethernet frame inside out, or the IP packet where the
// header names what is inside. Refuses what has not the fixed bits of VXLAN and a known type
// inside: then it is somebody's datagram. Rules: RFC 7348 §5, draft-ietf-nvo3-vxlan-gpe-13 §3.
//
//    |R|R|R|R|I|R|R|R|       reserved (group policy sets some)       |
//    |        network identifier, 24 bits            |    reserved   |
//
//    |R|R|version|I|P|B|O|       reserved                |   inside   |    the generic extension
import { u16be } from '../source/integers.ts'
import { looksLikeEthernet } from './ethernet.ts'
import { LAYER_ETHERNET, LAYER_IP4, LAYER_IP6, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 8
const FLAG_IDENTIFIER = 0x08
/** Cisco and Open vSwitch: bytes 2 and 3 hold a policy group. */
const FLAG_GROUP = 0x80
/** The generic extension: the header names what is inside. */
const FLAG_NEXT = 0x04
const GPE_FLAGS_ZERO = 0xf1
const LAYERS_INSIDE = [LAYER_NONE, LAYER_IP4, LAYER_IP6, LAYER_ETHERNET]

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

/** The same for the generic extension, which tells IP from Ethernet. */
export function openVxlanGpe(packet: Packet): Layer {
  const { bytes, at, end } = packet
  if (end - at < HEADER_BYTES) return LAYER_NONE
  const flags = bytes[at] as number
  const isGpe = (flags & FLAG_NEXT) !== 0 && (flags & GPE_FLAGS_ZERO) === 0
  if (!isGpe || u16be(bytes, at + 1) !== 0 || bytes[at + 7] !== 0) return LAYER_NONE
  const layer = LAYERS_INSIDE[bytes[at + 3] as number] ?? LAYER_NONE
  if (layer !== LAYER_NONE) packet.at = at + HEADER_BYTES
  return layer
}
