// A GRE packet in, what it carries out; also the variant of PPTP. Refuses routing entries, which
// nobody sends any more. Rules: RFC 2784 §2, RFC 2890 §2, RFC 2637 §4.1.
//
//    |C|R|K|S|  …  |A|  … |version| EtherType |   then, where C, K, S, A say so, four bytes each:
//    | checksum and zero | key | sequence number | acknowledgment number |
import { u16be } from '../source/integers.ts'
import { LAYER_ETHERNET, LAYER_NONE, layerOfEtherType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 4
const HAS_CHECKSUM = 0x8000
const HAS_ROUTING = 0x4000
const HAS_KEY = 0x2000
const HAS_SEQUENCE = 0x1000
/** PPTP only, which is version 1. */
const HAS_ACKNOWLEDGMENT = 0x0080
const VERSION = 0x0007
const TYPE_ERSPAN = 0x88be

export function decodeGre(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  const flags = u16be(bytes, at)
  const version = flags & VERSION
  if (version > 1 || (flags & HAS_ROUTING) !== 0) return packet.refuse('decode.header.malformed')
  let headerBytes = HEADER_BYTES
  if ((flags & HAS_CHECKSUM) !== 0) headerBytes += 4
  if ((flags & HAS_KEY) !== 0) headerBytes += 4
  if ((flags & HAS_SEQUENCE) !== 0) headerBytes += 4
  if (version === 1 && (flags & HAS_ACKNOWLEDGMENT) !== 0) headerBytes += 4
  if (!packet.has(headerBytes)) return LAYER_NONE
  packet.at = at + headerBytes
  const type = u16be(bytes, at + 2)
  // ERSPAN of the first type is the mirrored frame at once, and has no sequence number.
  if (type === TYPE_ERSPAN && (flags & HAS_SEQUENCE) === 0) return LAYER_ETHERNET
  return layerOfEtherType(type)
}
