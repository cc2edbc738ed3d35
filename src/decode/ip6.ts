// An IPv6 packet in, its payload out, past any extension headers. Refuses to follow routing
// headers: the addresses are those of the packet as captured. Rules: RFC 8200 §3 and §4.
//
//    |version| traffic class |              flow label               |
//    |         payload length        |  next header  |   hop limit   |
//    |                     source, 16 bytes                          |
//    |                  destination, 16 bytes                        |
import { u16be, u32be } from '../source/integers.ts'
import { LAYER_FRAGMENT, LAYER_NONE, layerOfIpProtocol, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 40
const EXTENSION_BYTES_MIN = 8
const FRAGMENT_HEADER_BYTES = 8

export function decodeIp6(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  if ((bytes[at] as number) >> 4 !== 6) return packet.refuse('decode.header.malformed')
  const payloadBytes = u16be(bytes, at + 4)
  packet.at = at + HEADER_BYTES
  // Zero: a jumbogram (RFC 2675), or a segment that the network card is still to cut.
  if (payloadBytes !== 0) packet.clip(packet.at + payloadBytes)
  packet.isIp6 = true
  // The upper six of the eight bits of the traffic class.
  packet.dscp = (u16be(bytes, at) >> 6) & 63
  packet.src = packet.ip6Addresses.idOf(bytes, at + 8)
  packet.dst = packet.ip6Addresses.idOf(bytes, at + 24)
  return follow(packet, bytes[at + 6] as number)
}

/** Hop-by-hop, routing, destination options and their like: next header, length in 8 bytes. */
export function decodeIp6Extension(packet: Packet): Layer {
  if (!packet.has(EXTENSION_BYTES_MIN)) return LAYER_NONE
  const { bytes, at } = packet
  const extensionBytes = ((bytes[at + 1] as number) + 1) * 8
  if (!packet.has(extensionBytes)) return LAYER_NONE
  packet.at = at + extensionBytes
  return follow(packet, bytes[at] as number)
}

/** Authentication header, of either IP version: length in 4 bytes, less two. RFC 4302 §2 */
export function decodeAuthentication(packet: Packet): Layer {
  if (!packet.has(EXTENSION_BYTES_MIN)) return LAYER_NONE
  const { bytes, at } = packet
  const headerBytes = ((bytes[at + 1] as number) + 2) * 4
  if (!packet.has(headerBytes)) return LAYER_NONE
  packet.at = at + headerBytes
  return follow(packet, bytes[at] as number)
}

/** | next 1 | zero 1 | offset 13 bits, 2 zero, M | identification 4 |  RFC 8200 §4.5 */
export function decodeIp6Fragment(packet: Packet): Layer {
  if (!packet.has(FRAGMENT_HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  const offsetAndMore = u16be(bytes, at + 2)
  packet.at = at + FRAGMENT_HEADER_BYTES
  const next = follow(packet, bytes[at] as number)
  // A datagram in one fragment is none: RFC 6946.
  if ((offsetAndMore & ~6) === 0) return next
  packet.fragmentId = u32be(bytes, at + 4)
  packet.fragmentOffset = offsetAndMore & ~7
  packet.hasMoreFragments = (offsetAndMore & 1) !== 0
  return LAYER_FRAGMENT
}

function follow(packet: Packet, protocol: number): Layer {
  packet.protocol = protocol
  return layerOfIpProtocol(protocol)
}
