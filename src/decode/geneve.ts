// A UDP payload that may be Geneve in, what it carries out. Refuses what has not the fixed bits of
// Geneve and a known type inside. Rules: RFC 8926 §3.4.
//
//    |version|  option words |O|C|  reserved |        EtherType      |
//    |        network identifier, 24 bits            |    reserved   |
import { u16be } from '../source/integers.ts'
import { LAYER_NONE, layerOfEtherType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 8
const RESERVED_BITS = 0x3f

/** Moves to what is inside; leaves the packet as it is where this is no Geneve. */
export function openGeneve(packet: Packet): Layer {
  const { bytes, at } = packet
  if (packet.end - at < HEADER_BYTES) return LAYER_NONE
  const versionAndWords = bytes[at] as number
  const headerBytes = HEADER_BYTES + (versionAndWords & 0x3f) * 4
  const isGeneve =
    versionAndWords >> 6 === 0 &&
    ((bytes[at + 1] as number) & RESERVED_BITS) === 0 &&
    bytes[at + 7] === 0 &&
    packet.end - at >= headerBytes
  if (!isGeneve) return LAYER_NONE
  const inside = layerOfEtherType(u16be(bytes, at + 2))
  if (inside !== LAYER_NONE) packet.at = at + headerBytes
  return inside
}
