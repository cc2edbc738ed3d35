// A payload and its two ends in, a raw IP packet out: for what reached us without one of its own,
// and for exports that other tools shall read. Link type 101, the packet begins with its IP header.
// Refuses to invent more than headers: the payload is copied as it is.
import { u16be } from './integers.ts'

/** LINKTYPE_RAW: the packet begins with its IP header, of version 4 or 6. */
export const LINK_TYPE_RAW_IP = 101

const IP4_HEADER_BYTES = 20
const IP6_HEADER_BYTES = 40
const UDP_HEADER_BYTES = 8
const TCP_HEADER_BYTES = 20
/** What a length field of 16 bits leaves beside the headers of IPv4 and UDP. */
export const UDP_PAYLOAD_BYTES_MAX = 65_535 - IP4_HEADER_BYTES - UDP_HEADER_BYTES

const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17
const HOP_LIMIT = 64
/** Acknowledgment field counts, and data is to be handed on (RFC 9293 §3.1). */
const TCP_FLAGS = 0x18
const TCP_WINDOW = 65_535

/** Addresses as they stand in an IP header: 4 bytes both, or 16 bytes both. */
export interface PacketEnds {
  readonly src: Uint8Array
  readonly srcPort: number
  readonly dst: Uint8Array
  readonly dstPort: number
}

/** Room that the headers in front of a payload take. */
export function headerBytes(ends: PacketEnds, transport: 'udp' | 'tcp'): number {
  const ip = ends.src.length === 16 ? IP6_HEADER_BYTES : IP4_HEADER_BYTES
  return ip + (transport === 'udp' ? UDP_HEADER_BYTES : TCP_HEADER_BYTES)
}

/**
 * Writes IP and UDP headers for a payload of `length` bytes, which goes right behind them; returns
 * where. A packet too long for its length field has zero there, as large segments have that a
 * network card cuts up (RFC 2675 says the same of UDP).
 */
export function writeUdpHeaders(
  target: Uint8Array,
  at: number,
  ends: PacketEnds,
  length: number,
): number {
  const udp = writeIpHeader(target, at, ends, PROTOCOL_UDP, length + UDP_HEADER_BYTES)
  putU16be(target, udp, ends.srcPort)
  putU16be(target, udp + 2, ends.dstPort)
  putU16be(target, udp + 4, atMost16Bits(length + UDP_HEADER_BYTES))
  // Zero: no checksum was made (RFC 768); IPv6 wants one (RFC 8200 §8.1), see `sealUdp`.
  putU16be(target, udp + 6, 0)
  return udp + UDP_HEADER_BYTES
}

/**
 * Puts in the checksum of a datagram whose headers were written at `at` and whose payload of
 * `length` bytes stands behind them.
 */
export function sealUdp(target: Uint8Array, at: number, ends: PacketEnds, length: number): void {
  const { src, dst } = ends
  const udp = at + headerBytes(ends, 'udp') - UDP_HEADER_BYTES
  const udpLength = UDP_HEADER_BYTES + length
  const pseudo = sumOf(src, 0, src.length) + sumOf(dst, 0, dst.length) + PROTOCOL_UDP + udpLength
  // A sum of zero is sent as all ones: zero says that there is none (RFC 768).
  putU16be(target, udp + 6, folded(pseudo + sumOf(target, udp, udp + udpLength)) || 0xffff)
}

/** `writeUdpHeaders` for a TCP segment; `sequence` is that of its first byte, below 2^32. */
export function writeTcpHeaders(
  target: Uint8Array,
  at: number,
  ends: PacketEnds,
  length: number,
  sequence: number,
): number {
  const tcp = writeIpHeader(target, at, ends, PROTOCOL_TCP, length + TCP_HEADER_BYTES)
  putU16be(target, tcp, ends.srcPort)
  putU16be(target, tcp + 2, ends.dstPort)
  putU16be(target, tcp + 4, sequence >>> 16)
  putU16be(target, tcp + 6, sequence)
  putU16be(target, tcp + 8, 0)
  putU16be(target, tcp + 10, 1)
  target[tcp + 12] = (TCP_HEADER_BYTES / 4) << 4
  target[tcp + 13] = TCP_FLAGS
  putU16be(target, tcp + 14, TCP_WINDOW)
  putU16be(target, tcp + 16, 0)
  putU16be(target, tcp + 18, 0)
  return tcp + TCP_HEADER_BYTES
}

function writeIpHeader(
  target: Uint8Array,
  at: number,
  ends: PacketEnds,
  protocol: number,
  length: number,
): number {
  const { src, dst } = ends
  if (src.length === 16) {
    putU16be(target, at, 0x6000)
    putU16be(target, at + 2, 0)
    putU16be(target, at + 4, atMost16Bits(length))
    target[at + 6] = protocol
    target[at + 7] = HOP_LIMIT
    target.set(src, at + 8)
    target.set(dst, at + 24)
    return at + IP6_HEADER_BYTES
  }
  putU16be(target, at, 0x4500)
  putU16be(target, at + 2, atMost16Bits(length + IP4_HEADER_BYTES))
  putU16be(target, at + 4, 0)
  putU16be(target, at + 6, 0)
  target[at + 8] = HOP_LIMIT
  target[at + 9] = protocol
  putU16be(target, at + 10, 0)
  putAddress(target, at + 12, src)
  putAddress(target, at + 16, dst)
  putU16be(target, at + 10, folded(sumOf(target, at, at + IP4_HEADER_BYTES)))
  return at + IP4_HEADER_BYTES
}

function atMost16Bits(length: number): number {
  return length > 0xffff ? 0 : length
}

/** Sum of 16-bit words, an odd byte at the end padded with zero (RFC 1071 §1). */
function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0
  for (let at = start; at + 1 < end; at += 2) sum += u16be(bytes, at)
  return (end - start) % 2 === 0 ? sum : sum + ((bytes[end - 1] ?? 0) << 8)
}

function folded(sum: number): number {
  let rest = sum
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x1_0000)
  return ~rest & 0xffff
}

/** Four bytes: a call into the engine costs more. */
function putAddress(target: Uint8Array, at: number, address: Uint8Array): void {
  for (let i = 0; i < 4; i++) target[at + i] = address[i] as number
}

function putU16be(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 8
  target[at + 1] = value
}
