// The UDP header that a packet stands at in, the packet moved to the payload out. Refuses to verify
// the checksum: captures on the sending machine have none yet. Rules: RFC 768.
//
//    |          source port          |       destination port        |
//    |            length             |           checksum            |
import { u16be } from '../source/integers.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 8

/** Moves to the payload; false, with a problem noted, where there is no such header. */
export function passUdpHeader(packet: Packet): boolean {
  if (!packet.has(HEADER_BYTES)) return false
  const { bytes, at } = packet
  const length = u16be(bytes, at + 4)
  // Zero: a jumbogram (RFC 2675 §4), or a datagram that the network card is still to cut.
  if (length !== 0 && length < HEADER_BYTES) {
    packet.note('decode.udp.length-too-small')
    return false
  }
  if (at + length > packet.wireEnd) packet.note('decode.udp.length-beyond-ip')
  else if (length !== 0) packet.clip(at + length)
  packet.at = at + HEADER_BYTES
  return true
}
