// A Linux cooked frame (`tcpdump -i any`) in, its payload out, for both versions of the header.
// Refuses to read which interface and direction it was: pieces of one call may come from several.
//
//    v1, 16 bytes: | direction 2 | hardware 2 | length 2 | address 8 | type 2 |
//    v2, 20 bytes: | type 2 | zero 2 | interface 4 | hardware 2 | direction 1 | length 1 |
//                  | address 8 |
import { u16be } from '../source/integers.ts'
import { LAYER_LLC, LAYER_NONE, layerOfEtherType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 16
const HEADER_2_BYTES = 20
/** Linux's own number for a frame that goes on with LLC. */
const TYPE_LLC = 0x0004

export function decodeCooked(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  const type = u16be(packet.bytes, packet.at + 14)
  packet.at += HEADER_BYTES
  return type === TYPE_LLC ? LAYER_LLC : layerOfEtherType(type)
}

export function decodeCooked2(packet: Packet): Layer {
  if (!packet.has(HEADER_2_BYTES)) return LAYER_NONE
  const type = u16be(packet.bytes, packet.at)
  packet.at += HEADER_2_BYTES
  return type === TYPE_LLC ? LAYER_LLC : layerOfEtherType(type)
}
