// Ethernet in IP (protocol 97) in, the Ethernet frame out. Rules: RFC 3378 §3.
import { LAYER_ETHERNET, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 2
const VERSION = 3

export function decodeEtherIp(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  if ((packet.bytes[packet.at] as number) >> 4 !== VERSION) {
    return packet.refuse('decode.header.malformed')
  }
  packet.at += HEADER_BYTES
  return LAYER_ETHERNET
}
