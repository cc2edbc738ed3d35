// The TCP header that a packet stands at in, its fields out, with the packet moved to the payload.
// Refuses options: none of them changes which bytes follow which. Rules: RFC 9293 §3.1.
//
//    |          source port          |       destination port        |
//    |                        sequence number                        |
//    |                    acknowledgment number                      |
//    | words |       |C|E|U|A|P|R|S|F|            window             |
//    |           checksum            |         urgent pointer        |
import { u16be, u32be } from '../source/integers.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES_MIN = 20
const FIN = 1
const SYN = 2
const RST = 4
const ACK = 16

/** The fields of one segment. The object is used again for the next. */
export class TcpSegment {
  srcPort = 0
  dstPort = 0
  /** Sequence number of the first byte of payload: one more than the SYN's own. */
  sequence = 0
  acknowledged = 0
  /** Length of the payload on the wire, captured or not. */
  payloadBytes = 0
  isSyn = false
  isFin = false
  isReset = false
  /** Whether `acknowledged` means anything. */
  isAcknowledging = false

  /** Reads the header; false, with a problem noted, where there is none. */
  read(packet: Packet): boolean {
    if (!packet.has(HEADER_BYTES_MIN)) return false
    const { bytes, at } = packet
    const headerBytes = ((bytes[at + 12] as number) >> 4) * 4
    if (headerBytes < HEADER_BYTES_MIN) {
      packet.note('decode.header.malformed')
      return false
    }
    if (!packet.has(headerBytes)) return false
    const flags = bytes[at + 13] as number
    this.isFin = (flags & FIN) !== 0
    this.isSyn = (flags & SYN) !== 0
    this.isReset = (flags & RST) !== 0
    this.isAcknowledging = (flags & ACK) !== 0
    this.srcPort = u16be(bytes, at)
    this.dstPort = u16be(bytes, at + 2)
    this.sequence = (u32be(bytes, at + 4) + (this.isSyn ? 1 : 0)) >>> 0
    this.acknowledged = u32be(bytes, at + 8)
    packet.at = at + headerBytes
    this.payloadBytes = Math.max(0, packet.wireEnd - packet.at)
    return true
  }
}
