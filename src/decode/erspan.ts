// A mirrored frame as switches send it over GRE in, the frame out. Type I has no header of its own
// (gre.ts goes straight on), II has 8 bytes, III has 12 and may have 8 more.
// Rules: draft-foschiano-erspan §4.
import { LAYER_ETHERNET, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_2_BYTES = 8
const HEADER_3_BYTES = 12
const SUBHEADER_BYTES = 8
/** The last bit of the header of type III: a subheader follows. */
const HAS_SUBHEADER = 1

export function decodeErspan2(packet: Packet): Layer {
  return packet.skip(HEADER_2_BYTES) ? LAYER_ETHERNET : LAYER_NONE
}

export function decodeErspan3(packet: Packet): Layer {
  if (!packet.has(HEADER_3_BYTES)) return LAYER_NONE
  const flags = packet.bytes[packet.at + HEADER_3_BYTES - 1] as number
  const headerBytes = HEADER_3_BYTES + ((flags & HAS_SUBHEADER) !== 0 ? SUBHEADER_BYTES : 0)
  return packet.skip(headerBytes) ? LAYER_ETHERNET : LAYER_NONE
}
