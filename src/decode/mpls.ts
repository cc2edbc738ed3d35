// A stack of MPLS labels in, what lies under it out. The labels do not say what that is, so its
// first bits are looked at. Rules: RFC 3032 §2.1, RFC 4385 §2, RFC 4928 §3, RFC 7510 §3.
//
//    | label 20 bits | class 3 | bottom 1 | time to live 8 |   as often as it takes
import { u16be } from '../source/integers.ts'
import { looksLikeEthernet } from './ethernet.ts'
import { LAYER_ETHERNET, LAYER_IP4, LAYER_IP6, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const LABEL_BYTES = 4
/** A pseudo-wire's own word between the labels and the frame that it carries. */
const CONTROL_WORD_BYTES = 4
const IP_HEADER_BYTES_MIN = 20
const IP6_HEADER_BYTES = 40

/** MPLS in UDP: moves past the labels to an IP packet that ends where the datagram does. */
export function openMpls(packet: Packet): Layer {
  const inside = behindLabels(packet)
  const layer = inside < 0 ? LAYER_NONE : wholeIpAt(packet, inside)
  if (layer !== LAYER_NONE) packet.at = inside
  return layer
}

export function decodeMpls(packet: Packet): Layer {
  const inside = behindLabels(packet)
  if (inside < 0) return packet.refuse('decode.header.cut')
  packet.at = inside
  const firstBits = (packet.bytes[packet.at] as number) >> 4
  if (firstBits === 4) return LAYER_IP4
  if (firstBits === 6) return LAYER_IP6
  if (firstBits === 0 && looksLikeEthernet(packet, packet.at + CONTROL_WORD_BYTES)) {
    packet.at += CONTROL_WORD_BYTES
    return LAYER_ETHERNET
  }
  return looksLikeEthernet(packet, packet.at) ? LAYER_ETHERNET : LAYER_NONE
}

/** Where the first byte behind the labels stands; -1 where none is left. */
function behindLabels({ bytes, at, end }: Packet): number {
  for (let label = at; end - label > LABEL_BYTES; label += LABEL_BYTES) {
    if (((bytes[label + 2] as number) & 1) === 1) return label + LABEL_BYTES
  }
  return -1
}

/** Letters look like either version, so its length must be right too. */
function wholeIpAt({ bytes, end, wireEnd }: Packet, at: number): Layer {
  if (end - at < IP_HEADER_BYTES_MIN) return LAYER_NONE
  const version = (bytes[at] as number) >> 4
  if (version === 4) return u16be(bytes, at + 2) === wireEnd - at ? LAYER_IP4 : LAYER_NONE
  const isIp6 = version === 6 && u16be(bytes, at + 4) + IP6_HEADER_BYTES === wireEnd - at
  return isIp6 ? LAYER_IP6 : LAYER_NONE
}
