// An 802.11 frame with radio measurements in front in, the 802.11 frame out. Refuses to read the
// measurements; their length is all that matters here. Rules: radiotap.org, little-endian.
//
//    | version 0 | pad | length 2 | which fields 4 | fields … |
import { u16le } from '../source/integers.ts'
import { LAYER_IEEE80211, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES_MIN = 8

export function decodeRadiotap(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES_MIN)) return LAYER_NONE
  const headerBytes = u16le(packet.bytes, packet.at + 2)
  if (packet.bytes[packet.at] !== 0 || headerBytes < HEADER_BYTES_MIN) {
    return packet.refuse('decode.header.malformed')
  }
  return packet.skip(headerBytes) ? LAYER_IEEE80211 : LAYER_NONE
}
