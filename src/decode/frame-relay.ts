// A frame relay frame in, its payload out: multiprotocol encapsulation (RFC 2427 §3 and §4) and
// Cisco's own, which puts an EtherType behind the address.
//
//    | address 2 to 4 | 03 | 00? | NLPID 1 | payload …          | address 2 to 4 | EtherType 2 | …
import { u16be } from '../source/integers.ts'
import { followSnap } from './ethernet.ts'
import {
  LAYER_IP4,
  LAYER_IP6,
  LAYER_NONE,
  LAYER_PPP,
  layerOfEtherType,
  type Layer,
} from './next.ts'
import type { Packet } from './packet.ts'

const ADDRESS_BYTES_MIN = 2
const ADDRESS_BYTES_MAX = 4
/** The lowest bit of an address byte says that it is the last. */
const IS_LAST = 1
const CONTROL_UNNUMBERED = 0x03
const PADDING = 0x00
const NLPID_SNAP = 0x80
const NLPID_IP6 = 0x8e
const NLPID_IP4 = 0xcc
const NLPID_PPP = 0xcf

export function decodeFrameRelay(packet: Packet): Layer {
  if (!packet.has(ADDRESS_BYTES_MAX)) return LAYER_NONE
  const { bytes, at } = packet
  let addressBytes = ADDRESS_BYTES_MIN
  while (((bytes[at + addressBytes - 1] as number) & IS_LAST) === 0) {
    if (addressBytes === ADDRESS_BYTES_MAX) return packet.refuse('decode.header.malformed')
    addressBytes++
  }
  packet.at = at + addressBytes
  if (!packet.has(3)) return LAYER_NONE
  if (bytes[packet.at] === CONTROL_UNNUMBERED) return followNlpid(packet)
  const type = u16be(bytes, packet.at)
  packet.at += 2
  return layerOfEtherType(type)
}

function followNlpid(packet: Packet): Layer {
  const { bytes } = packet
  packet.at += bytes[packet.at + 1] === PADDING ? 2 : 1
  const nlpid = bytes[packet.at] as number
  packet.at++
  switch (nlpid) {
    case NLPID_IP4:
      return LAYER_IP4
    case NLPID_IP6:
      return LAYER_IP6
    case NLPID_PPP:
      return LAYER_PPP
    case NLPID_SNAP:
      return followSnap(packet)
    default:
      return LAYER_NONE
  }
}
