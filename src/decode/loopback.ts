// A frame of the BSD loopback (link types 0 and 108) in, its IP packet out. The four bytes in front
// are an address family in the byte order of the machine that captured, so both are tried.
import { u32be, u32le } from '../source/integers.ts'
import { LAYER_IP4, LAYER_IP6, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 4
const FAMILY_IP4 = 2
/** IPv6 on Linux, on NetBSD and OpenBSD, on FreeBSD, on macOS. */
const FAMILIES_IP6: readonly number[] = [10, 24, 28, 30]

export function decodeLoopback(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  const family = Math.min(u32be(packet.bytes, packet.at), u32le(packet.bytes, packet.at))
  packet.at += HEADER_BYTES
  if (family === FAMILY_IP4) return LAYER_IP4
  return FAMILIES_IP6.includes(family) ? LAYER_IP6 : LAYER_NONE
}
