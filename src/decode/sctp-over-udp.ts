// A UDP payload on SCTP's port in, SCTP out where it is some. RFC 6951: the SCTP packet follows the
// UDP header at once. Refuses what is not made of chunks to its end: any program may use the port.
import { u16be } from '../source/integers.ts'
import { LAYER_NONE, LAYER_SCTP, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const COMMON_HEADER_BYTES = 12
const CHUNK_HEADER_BYTES = 4

export function openSctp(packet: Packet): Layer {
  const { bytes, wireEnd } = packet
  let at = packet.at + COMMON_HEADER_BYTES
  // The captured part is enough: a chunk that a snap length cut ends the walk.
  while (at + CHUNK_HEADER_BYTES <= packet.end) {
    const length = u16be(bytes, at + 2)
    if (length < CHUNK_HEADER_BYTES || at + length > wireEnd) return LAYER_NONE
    at += (length + 3) & ~3
  }
  return at > packet.at + COMMON_HEADER_BYTES && at >= packet.end ? LAYER_SCTP : LAYER_NONE
}
