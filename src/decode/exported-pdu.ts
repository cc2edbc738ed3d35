// An exported PDU (link type 252) in, the packet moved to the message inside and its two ends out.
// Reads what this house writes (source/exported-pdu.ts) and what Wireshark's "Export PDUs" does;
// refuses PDUs that are not SIP by their dissector's name. Rules: LINKTYPE_WIRESHARK_UPPER_PDU.
import { u16be, u32be } from '../source/integers.ts'
import {
  PDU_COLUMN_TEXT,
  PDU_DISSECTOR,
  PDU_DST_PORT,
  PDU_END,
  PDU_IP4_DST,
  PDU_IP4_SRC,
  PDU_IP6_DST,
  PDU_IP6_SRC,
  PDU_PORT_KIND,
  PDU_SRC_PORT,
  PORT_KIND_SCTP,
  PORT_KIND_UDP,
} from '../source/exported-pdu.ts'
import {
  TRANSPORT_SCTP,
  TRANSPORT_TCP,
  TRANSPORT_TLS,
  TRANSPORT_UDP,
  TRANSPORT_WS,
  TRANSPORT_WSS,
  type TransportNumber,
} from './datagram.ts'
import type { Packet } from './packet.ts'

const TAG_HEADER_BYTES = 4

/** What the tags told beside the addresses, which are in the packet. Used again for the next. */
export interface PduEnds {
  srcPort: number
  dstPort: number
  transport: TransportNumber
}

const COLUMNS: readonly (readonly [column: string, transport: TransportNumber])[] = [
  ['SIP/TLS', TRANSPORT_TLS],
  ['SIP/WS', TRANSPORT_WS],
  ['SIP/WSS', TRANSPORT_WSS],
]

/** What Wireshark shall show as the protocol of a message that was opened. */
export function columnOf(transport: TransportNumber): string {
  return COLUMNS.find(([, number]) => number === transport)?.[0] ?? 'SIP'
}

/** Moves the packet to the message and fills `ends`. False where there is none that we read. */
export function readExportedPdu(packet: Packet, ends: PduEnds): boolean {
  const { bytes } = packet
  let isSip = false
  ends.srcPort = 0
  ends.dstPort = 0
  ends.transport = TRANSPORT_TCP
  while (packet.has(TAG_HEADER_BYTES)) {
    const tag = u16be(bytes, packet.at)
    const length = u16be(bytes, packet.at + 2)
    packet.at += TAG_HEADER_BYTES
    if (tag === PDU_END) return isSip
    if (!packet.has(length)) return false
    if (tag === PDU_DISSECTOR) isSip = textAt(packet, length) === 'sip'
    else readTag(packet, tag, length, ends)
    packet.at += length
  }
  return false
}

function readTag(packet: Packet, tag: number, length: number, ends: PduEnds): void {
  const { bytes, at } = packet
  switch (tag) {
    case PDU_IP4_SRC:
      if (length >= 4) packet.src = u32be(bytes, at)
      break
    case PDU_IP4_DST:
      if (length >= 4) packet.dst = u32be(bytes, at)
      break
    case PDU_IP6_SRC:
      if (length >= 16) packet.src = packet.ip6Addresses.idOf(bytes, at)
      break
    case PDU_IP6_DST:
      if (length >= 16) packet.dst = packet.ip6Addresses.idOf(bytes, at)
      break
    case PDU_SRC_PORT:
      if (length >= 4) ends.srcPort = u16be(bytes, at + 2)
      break
    case PDU_DST_PORT:
      if (length >= 4) ends.dstPort = u16be(bytes, at + 2)
      break
    case PDU_PORT_KIND:
      if (length >= 4) ends.transport = transportOf(u32be(bytes, at))
      break
    case PDU_COLUMN_TEXT: {
      const text = textAt(packet, length)
      ends.transport = COLUMNS.find(([column]) => column === text)?.[1] ?? ends.transport
      break
    }
  }
}

function transportOf(portKind: number): TransportNumber {
  if (portKind === PORT_KIND_UDP) return TRANSPORT_UDP
  return portKind === PORT_KIND_SCTP ? TRANSPORT_SCTP : TRANSPORT_TCP
}

/** A text is padded with zeros to a multiple of four. */
function textAt(packet: Packet, length: number): string {
  const end = packet.at + Math.min(length, 32)
  return packet.bytes.toString('latin1', packet.at, end).split('\0', 1)[0] ?? ''
}
