// A UDP payload that may be TaZmen sniffer protocol (MikroTik and Aruba mirrors) in, the mirrored
// frame out. Refuses keep-alives and frames that are neither Ethernet nor 802.11.
// No document but the vendors' own: a header of 4 bytes, then tags up to the one that ends them.
//
//    | version 1 | type | protocol 2 | tag | length | value … | … | 01 |
import { u16be } from '../source/integers.ts'
import { LAYER_ETHERNET, LAYER_IEEE80211, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 4
const VERSION = 1
/** Received at the mirror, or to be sent by it: both carry a frame. */
const TYPE_FRAME_MAX = 1
const TAG_PADDING = 0
const TAG_END = 1
const PROTOCOL_ETHERNET = 1
const PROTOCOL_IEEE80211 = 18

/** Moves to the frame inside; leaves the packet as it is where this is no TZSP. */
export function openTzsp(packet: Packet): Layer {
  const { bytes, at, end } = packet
  if (end - at < HEADER_BYTES + 1) return LAYER_NONE
  if (bytes[at] !== VERSION || (bytes[at + 1] as number) > TYPE_FRAME_MAX) return LAYER_NONE
  const protocol = u16be(bytes, at + 2)
  if (protocol !== PROTOCOL_ETHERNET && protocol !== PROTOCOL_IEEE80211) return LAYER_NONE
  let tag = at + HEADER_BYTES
  while (tag < end && bytes[tag] !== TAG_END) {
    if (bytes[tag] === TAG_PADDING) tag++
    else if (tag + 1 < end) tag += 2 + (bytes[tag + 1] as number)
    else return LAYER_NONE
  }
  if (tag >= end) return LAYER_NONE
  packet.at = tag + 1
  return protocol === PROTOCOL_ETHERNET ? LAYER_ETHERNET : LAYER_IEEE80211
}
