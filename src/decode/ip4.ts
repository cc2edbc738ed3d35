// An IPv4 packet in, its payload out, with padding and trailers left behind. Refuses to verify
// checksums: captures on the sending machine have none yet, the card fills them in. Rules: RFC 791.
//
//     0                   1                   2                   3
//    |version|  words|  service      |          total length         |
//    |         identification        |0|D|M|     fragment offset     |
//    |  time to live |   protocol    |           checksum            |
//    |                             source                            |
//    |                          destination                          |
import { u16be, u32be } from '../source/integers.ts'
import {
  LAYER_FRAGMENT,
  LAYER_IP6,
  LAYER_NONE,
  LAYER_UDP,
  layerOfIpProtocol,
  type Layer,
} from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES_MIN = 20
const MORE_FRAGMENTS = 0x2000
const FRAGMENT_OFFSET = 0x1fff
const PROTOCOL_UDP = 17

/** Either version, told by its first four bits. */
export function decodeIp(packet: Packet): Layer {
  if (!packet.has(1)) return LAYER_NONE
  return (packet.bytes[packet.at] as number) >> 4 === 6 ? LAYER_IP6 : decodeIp4(packet)
}

export function decodeIp4(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES_MIN)) return LAYER_NONE
  const { bytes, at } = packet
  const first = bytes[at] as number
  const headerBytes = (first & 15) * 4
  if (first >> 4 !== 4 || headerBytes < HEADER_BYTES_MIN) {
    return packet.refuse('decode.header.malformed')
  }
  if (!packet.has(headerBytes)) return LAYER_NONE
  const totalBytes = u16be(bytes, at + 2)
  // Zero: captured before a network card that cuts large segments itself wrote the length.
  if (totalBytes !== 0) {
    if (totalBytes < headerBytes) return packet.refuse('decode.header.malformed')
    packet.clip(at + totalBytes)
  }
  const protocol = bytes[at + 9] as number
  packet.isIp6 = false
  packet.protocol = protocol
  packet.dscp = (bytes[at + 1] as number) >> 2
  packet.src = u32be(bytes, at + 12)
  packet.dst = u32be(bytes, at + 16)
  packet.at = at + headerBytes
  const fragment = u16be(bytes, at + 6)
  if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
    packet.fragmentId = u16be(bytes, at + 4)
    packet.fragmentOffset = (fragment & FRAGMENT_OFFSET) * 8
    packet.hasMoreFragments = (fragment & MORE_FRAGMENTS) !== 0
    return LAYER_FRAGMENT
  }
  return protocol === PROTOCOL_UDP ? LAYER_UDP : layerOfIpProtocol(protocol)
}
