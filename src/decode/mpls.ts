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
  const { bytes, end } = packet
  let { at } = packet
  let isBottom = false
  while (!isBottom && end - at >= LABEL_BYTES) {
    isBottom = ((bytes[at + 2] as number) & 1) === 1
    at += LABEL_BYTES
  }
  const layer = isBottom ? wholeIpAt(packet, at) : LAYER_NONE
  if (layer !== LAYER_NONE) packet.at = at
  return layer
}

export function decodeMpls(packet: Packet): Layer {
  for (;;) {
    if (!packet.has(LABEL_BYTES + 1)) return LAYER_NONE
    const isBottom = ((packet.bytes[packet.at + 2] as number) & 1) === 1
    packet.at += LABEL_BYTES
    if (isBottom) break
  }
  const firstBits = (packet.bytes[packet.at] as number) >> 4
  if (firstBits === 4) return LAYER_IP4
  if (firstBits === 6) return LAYER_IP6
  if (firstBits === 0 && looksLikeEthernet(packet, packet.at + CONTROL_WORD_BYTES)) {
    packet.at += CONTROL_WORD_BYTES
    return LAYER_ETHERNET
  }
  return looksLikeEthernet(packet, packet.at) ? LAYER_ETHERNET : LAYER_NONE
}

/** Letters look like either version, so its length must be right too. */
function wholeIpAt({ bytes, end, wireEnd }: Packet, at: number): Layer {
  if (end - at < IP_HEADER_BYTES_MIN) return LAYER_NONE
  const version = (bytes[at] as number) >> 4
  if (version === 4) return u16be(bytes, at + 2) === wireEnd - at ? LAYER_IP4 : LAYER_NONE
  const isIp6 = version === 6 && u16be(bytes, at + 4) + IP6_HEADER_BYTES === wireEnd - at
  return isIp6 ? LAYER_IP6 : LAYER_NONE
}
