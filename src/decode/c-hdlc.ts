// A frame of Cisco's HDLC in, its payload out: address, control, then an EtherType. Refuses to tell
// unicast from broadcast. The nearest thing to a document is RFC 1547 §4.3.1.
import { u16be } from '../source/integers.ts'
import { LAYER_NONE, layerOfEtherType, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 4

export function decodeCiscoHdlc(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  const type = u16be(packet.bytes, packet.at + 2)
  packet.at += HEADER_BYTES
  return layerOfEtherType(type)
}
