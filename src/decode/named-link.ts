// A frame with a header in front that names the frame's own link type; that layer out. Refuses to
// read the rest of the header: radio measurements, or on a Mac the interface and the process.
// Link types 192 and 258, little-endian; no document but tcpdump.org's pages.
//
//    PPI:    | version 0 | flags | length 2 | link type 4 | fields … | frame …
//    PKTAP:  | length 4 | record type 4 | link type 4 | interface name … | frame …
import { u16le, u32le } from '../source/integers.ts'
import { LAYER_NONE, layerOfLinkType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const PPI_HEADER_BYTES = 8
const PKTAP_HEADER_BYTES = 12
const PKTAP_TYPE_PACKET = 1

export function decodePpi(packet: Packet): Layer {
  if (!packet.has(PPI_HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  const headerBytes = u16le(bytes, at + 2)
  if (bytes[at] !== 0 || headerBytes < PPI_HEADER_BYTES) {
    return packet.refuse('decode.header.malformed')
  }
  return behind(packet, headerBytes, u32le(bytes, at + 4))
}

export function decodePktap(packet: Packet): Layer {
  if (!packet.has(PKTAP_HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  const headerBytes = u32le(bytes, at)
  if (headerBytes < PKTAP_HEADER_BYTES) return packet.refuse('decode.header.malformed')
  if (u32le(bytes, at + 4) !== PKTAP_TYPE_PACKET) return LAYER_NONE
  return behind(packet, headerBytes, u32le(bytes, at + 8))
}

function behind(packet: Packet, headerBytes: number, linkType: number): Layer {
  if (!packet.skip(headerBytes)) return LAYER_NONE
  const layer = layerOfLinkType(linkType)
  return layer === LAYER_NONE ? packet.refuse('decode.link-type.unknown') : layer
}
