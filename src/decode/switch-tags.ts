// Tags that switches put between the addresses of an Ethernet frame and its type; what follows the
// tag out. Refuses to read ports and groups. Rules: IEEE 802.1BR §7.5; of VN-Tag and the metadata
// of TrustSec no document but the vendor's.
//
//    802.1BR E-Tag:  | port and priority 6 | type 2 | …
//    VN-Tag:         | interfaces 4 | type 2 | …
//    metadata:       | version 1 | words 1 | options, group … | type 2 | …
import { u16be } from '../source/integers.ts'
import { LAYER_NONE, layerOfEtherType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const E_TAG_BYTES = 6
const VN_TAG_BYTES = 4
const METADATA_VERSION = 1
const METADATA_HEADER_BYTES = 2
const METADATA_WORD_BYTES = 4

export function decodeETag(packet: Packet): Layer {
  return behind(packet, E_TAG_BYTES)
}

export function decodeVnTag(packet: Packet): Layer {
  return behind(packet, VN_TAG_BYTES)
}

export function decodeMetadata(packet: Packet): Layer {
  if (!packet.has(METADATA_HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  if (bytes[at] !== METADATA_VERSION) return packet.refuse('decode.header.malformed')
  const words = bytes[at + 1] as number
  return behind(packet, METADATA_HEADER_BYTES + words * METADATA_WORD_BYTES)
}

function behind(packet: Packet, tagBytes: number): Layer {
  if (!packet.skip(tagBytes + 2)) return LAYER_NONE
  return layerOfEtherType(u16be(packet.bytes, packet.at - 2))
}
