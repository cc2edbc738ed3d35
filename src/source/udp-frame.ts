// A datagram that a socket of ours received or sent in, the frame that a capture would hold of it
// out: raw IP with headers made anew, since sockets do not hand them over. Refuses payloads that no
// UDP datagram can hold.
//
//    IPv4 (20 bytes, RFC 791 §3.1) or IPv6 (40 bytes, RFC 8200 §3), UDP (8 bytes, RFC 768), payload
import type { CaptureInterface, Frame } from './frame.ts'
import { emptyFrame } from './record-walker.ts'

const LINK_TYPE_RAW_IP = 101
const SNAP_LENGTH = 262_144
const IP4_BYTES = 20
const IP6_BYTES = 40
const UDP_BYTES = 8
const PROTOCOL_UDP = 17
const HOP_LIMIT = 64
/** What a length field of 16 bits leaves beside the headers. */
const PAYLOAD_BYTES_MAX = 65_535 - IP4_BYTES - UDP_BYTES

/** One datagram. Addresses are 4 or 16 bytes each, both alike. */
export interface UdpDatagram {
  readonly tUs: number
  readonly src: Uint8Array
  readonly srcPort: number
  readonly dst: Uint8Array
  readonly dstPort: number
  readonly payload: Uint8Array
}

/** Makes frames of datagrams. The frame and its memory are used again for the next one. */
export class UdpFrameWriter {
  readonly #frame: Frame
  #memory = Buffer.alloc(4096)

  /** `name` is that of the interface under which they are kept. */
  constructor(name: string) {
    const source: CaptureInterface = {
      linkType: LINK_TYPE_RAW_IP,
      snapLength: SNAP_LENGTH,
      timeResolution: 6,
      timeOffsetSeconds: 0,
      name,
    }
    this.#frame = { ...emptyFrame(), interface: source }
  }

  /** The frame of a datagram, undefined where its payload is too long for one. */
  write(datagram: UdpDatagram): Frame | undefined {
    const { payload, src, tUs } = datagram
    if (payload.length > PAYLOAD_BYTES_MAX) return undefined
    const ipBytes = src.length > 4 ? IP6_BYTES : IP4_BYTES
    const length = ipBytes + UDP_BYTES + payload.length
    if (this.#memory.length < length) this.#memory = Buffer.alloc(2 * length)
    const memory = this.#memory
    if (src.length > 4) writeIp6(memory, datagram, length - IP6_BYTES)
    else writeIp4(memory, datagram, length)
    writeUdp(memory, ipBytes, datagram)
    const frame = this.#frame
    frame.bytes = memory
    frame.start = 0
    frame.end = length
    frame.originalLength = length
    frame.tUs = tUs
    frame.ticksHigh = Math.floor(tUs / 2 ** 32)
    frame.ticksLow = tUs % 2 ** 32
    return frame
  }
}

function writeIp4(memory: Buffer, { src, dst }: UdpDatagram, length: number): void {
  memory.fill(0, 0, IP4_BYTES)
  memory[0] = 0x45
  memory.writeUInt16BE(length, 2)
  memory[8] = HOP_LIMIT
  memory[9] = PROTOCOL_UDP
  memory.set(src.subarray(0, 4), 12)
  memory.set(dst.subarray(0, 4), 16)
  memory.writeUInt16BE(folded(sumOf(memory, 0, IP4_BYTES)), 10)
}

function writeIp6(memory: Buffer, { src, dst }: UdpDatagram, payloadLength: number): void {
  memory.fill(0, 0, IP6_BYTES)
  memory[0] = 0x60
  memory.writeUInt16BE(payloadLength, 4)
  memory[6] = PROTOCOL_UDP
  memory[7] = HOP_LIMIT
  memory.set(src.subarray(0, 16), 8)
  memory.set(dst.subarray(0, 16), 24)
}

function writeUdp(memory: Buffer, at: number, datagram: UdpDatagram): void {
  const { src, dst, srcPort, dstPort, payload } = datagram
  const length = UDP_BYTES + payload.length
  memory.writeUInt16BE(srcPort, at)
  memory.writeUInt16BE(dstPort, at + 2)
  memory.writeUInt16BE(length, at + 4)
  memory.writeUInt16BE(0, at + 6)
  memory.set(payload, at + UDP_BYTES)
  const pseudo = sumOf(src, 0, src.length) + sumOf(dst, 0, dst.length) + PROTOCOL_UDP + length
  // A sum of zero is sent as all ones: zero says that there is none (RFC 768).
  memory.writeUInt16BE(folded(pseudo + sumOf(memory, at, at + length)) || 0xffff, at + 6)
}

/** Sum of 16-bit words, an odd byte at the end padded with zero (RFC 1071 §1). */
function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0
  for (let at = start; at + 1 < end; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  return (end - start) % 2 === 0 ? sum : sum + ((bytes[end - 1] ?? 0) << 8)
}

function folded(sum: number): number {
  let rest = sum
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x1_0000)
  return ~rest & 0xffff
}
