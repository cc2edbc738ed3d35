// A UDP payload that may be a frame of L2TP in, the PPP frame inside out. Refuses control messages,
// and what is not PPP that we read: then it is somebody's datagram. Rules: RFC 2661 §3.1 and §5.3.
//
//    |T|L|x|x|S|x|O|P|x|x|x|x| version 2 |   length, where L is set   |
//    |            tunnel                 |          session           |
//    |      Ns, where S is set           |            Nr              |
//    |  size of offset, where O is set   |        offset …            |
import { u16be } from '../source/integers.ts'
import { LAYER_NONE, LAYER_PPP, type Layer } from './next.ts'
import type { Packet } from './packet.ts'
import { looksLikePpp } from './ppp.ts'

const HEADER_BYTES = 6
const IS_CONTROL = 0x8000
const HAS_LENGTH = 0x4000
const HAS_SEQUENCE = 0x0800
const HAS_OFFSET = 0x0200
/** Reserved bits, and the version. */
const FIXED = 0x34ff
const VERSION_2 = 2

/** Moves to the frame inside; leaves the packet as it is where this is no L2TP. */
export function openL2tp(packet: Packet): Layer {
  const { bytes, at, end } = packet
  if (end - at < HEADER_BYTES) return LAYER_NONE
  const flags = u16be(bytes, at)
  if ((flags & IS_CONTROL) !== 0 || (flags & FIXED) !== VERSION_2) return LAYER_NONE
  const hasLength = (flags & HAS_LENGTH) !== 0
  let inside = at + HEADER_BYTES
  if (hasLength) inside += 2
  if ((flags & HAS_SEQUENCE) !== 0) inside += 4
  if ((flags & HAS_OFFSET) !== 0) {
    if (end - inside < 2) return LAYER_NONE
    inside += 2 + u16be(bytes, inside)
  }
  const to = hasLength ? at + u16be(bytes, at + 2) : packet.wireEnd
  if (to > packet.wireEnd || inside >= to || !looksLikePpp(packet, inside)) return LAYER_NONE
  packet.at = inside
  packet.clip(to)
  return LAYER_PPP
}
