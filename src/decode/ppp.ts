// A PPP frame, bare or in PPPoE, in; its IP packet out. Reads open frames only: no compression of
// data, no encryption, no multilink. Rules: RFC 1661 §2, RFC 1662 §3.1, RFC 2516 §4.
//
//    | ff | 03 | protocol 1 or 2 | payload …        address and control may be left out
//    | 1.1 | code 1 | session 2 | length 2 | protocol 1 or 2 | payload …                  PPPoE
import { u16be } from '../source/integers.ts'
import { decodeCiscoHdlc } from './c-hdlc.ts'
import { LAYER_NONE, LAYER_PPP, layerOfPppProtocol, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const ADDRESS_AND_CONTROL = 0xff03
/** Cisco HDLC in a PPP capture: unicast, broadcast. Serial lines switch between the two. */
const CISCO_UNICAST = 0x0f00
const CISCO_BROADCAST = 0x8f00
const PPPOE_HEADER_BYTES = 6
const PPPOE_VERSION_AND_TYPE = 0x11
const PPPOE_CODE_SESSION = 0

export function decodePpp(packet: Packet): Layer {
  if (!packet.has(2)) return LAYER_NONE
  const { bytes } = packet
  const first = u16be(bytes, packet.at)
  if (first === CISCO_UNICAST || first === CISCO_BROADCAST) return decodeCiscoHdlc(packet)
  if (first === ADDRESS_AND_CONTROL) packet.at += 2
  if (!packet.has(2)) return LAYER_NONE
  const { at } = packet
  packet.at = at + (isShortProtocol(packet, at) ? 1 : 2)
  return protocolLayer(packet, at)
}

/** Whether a frame with a protocol that we read may begin at `at`. For tunnels that cannot tell. */
export function looksLikePpp(packet: Packet, at: number): boolean {
  const { bytes, end } = packet
  const protocolAt = end - at > 2 && u16be(bytes, at) === ADDRESS_AND_CONTROL ? at + 2 : at
  return end - protocolAt >= 2 && protocolLayer(packet, protocolAt) !== LAYER_NONE
}

function protocolLayer(packet: Packet, at: number): Layer {
  const { bytes } = packet
  const protocol = isShortProtocol(packet, at) ? (bytes[at] as number) : u16be(bytes, at)
  return layerOfPppProtocol(protocol)
}

/** An odd first byte is a whole protocol number: its upper byte, zero, was left out. */
function isShortProtocol({ bytes }: Packet, at: number): boolean {
  return ((bytes[at] as number) & 1) === 1
}

/** One byte in front says who sent it. Link type 204 */
export function decodePppDirected(packet: Packet): Layer {
  return packet.skip(1) ? LAYER_PPP : LAYER_NONE
}

export function decodePppoe(packet: Packet): Layer {
  if (!packet.has(PPPOE_HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  if (bytes[at] !== PPPOE_VERSION_AND_TYPE) return packet.refuse('decode.header.malformed')
  if (bytes[at + 1] !== PPPOE_CODE_SESSION) return LAYER_NONE
  packet.at = at + PPPOE_HEADER_BYTES
  packet.clip(packet.at + u16be(bytes, at + 4))
  return LAYER_PPP
}
