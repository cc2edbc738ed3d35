// A packet that a firewall or IPsec logged in, with what they say of it in front; the packet out.
// Refuses to read rules, interfaces and keys: only how long the header is matters here.
// Link types 109, 117 and 239; no document but tcpdump.org's pages and the headers of the systems.
//
//    PFLOG:  | length 1 | family 1 | action, interface, rule … | padding | packet …
//    NFLOG:  | family 1 | version 1 | group 2 | length 2 | type 2 | value … | padding | …
//    enc(4): | family 4 | security parameter index 4 | flags 4 | packet …
import { u16be, u16le } from '../source/integers.ts'
import { LAYER_IP, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

/** Of the oldest form, up to the rule: nobody wrote less. */
const PFLOG_BYTES_MIN = 48
const NFLOG_HEADER_BYTES = 4
const NFLOG_VERSION = 0
const NFLOG_VALUE_HEADER_BYTES = 4
const NFLOG_TYPE_PACKET = 9
/** IPv4 and IPv6 of Linux. Bridges and ARP log the same way, without an IP packet. */
const NFLOG_FAMILIES: readonly number[] = [2, 10]
const ENC_HEADER_BYTES = 12

/** The length leaves out the padding to whole words. */
export function decodePflog(packet: Packet): Layer {
  if (!packet.has(PFLOG_BYTES_MIN)) return LAYER_NONE
  const headerBytes = toWords(packet.bytes[packet.at] as number)
  if (headerBytes < PFLOG_BYTES_MIN) return packet.refuse('decode.header.malformed')
  return packet.skip(headerBytes) ? LAYER_IP : LAYER_NONE
}

/** Values of this and that, one of them the packet; in the byte order of who captured. */
export function decodeNflog(packet: Packet): Layer {
  if (!packet.has(NFLOG_HEADER_BYTES)) return LAYER_NONE
  const { bytes } = packet
  if (bytes[packet.at + 1] !== NFLOG_VERSION) return packet.refuse('decode.header.malformed')
  if (!NFLOG_FAMILIES.includes(bytes[packet.at] as number)) return LAYER_NONE
  packet.at += NFLOG_HEADER_BYTES
  for (;;) {
    if (!packet.has(NFLOG_VALUE_HEADER_BYTES)) return LAYER_NONE
    const u16 = orderOf(packet)
    const valueBytes = u16(bytes, packet.at)
    if (valueBytes < NFLOG_VALUE_HEADER_BYTES) return packet.refuse('decode.header.malformed')
    if (u16(bytes, packet.at + 2) === NFLOG_TYPE_PACKET) {
      packet.clip(packet.at + valueBytes)
      packet.at += NFLOG_VALUE_HEADER_BYTES
      return LAYER_IP
    }
    if (!packet.skip(toWords(valueBytes))) return LAYER_NONE
  }
}

export function decodeEnc(packet: Packet): Layer {
  return packet.skip(ENC_HEADER_BYTES) ? LAYER_IP : LAYER_NONE
}

/** Types are below 256, so whichever way round gives one. */
function orderOf({ bytes, at }: Packet): typeof u16le {
  return bytes[at + 2] === 0 && bytes[at + 3] !== 0 ? u16be : u16le
}

function toWords(bytes: number): number {
  return (bytes + 3) & ~3
}
