// In: UDP payloads with their ends and times. Out: a pcap file, microseconds, little-endian, with
// Ethernet and IPv4 around each payload. Written in large blocks; closed by the caller.
import { closeSync, openSync, writeSync } from 'node:fs'

const BLOCK_BYTES = 8 * 1024 * 1024
const RECORD_HEADER_BYTES = 16
const ETHERNET_BYTES = 14
const IP4_BYTES = 20
const UDP_BYTES = 8
const HEADERS_BYTES = ETHERNET_BYTES + IP4_BYTES + UDP_BYTES
const SNAP_LENGTH = 262_144

/** Two ends: IPv4 addresses as numbers, and ports. */
export interface Ends {
  readonly src: number
  readonly srcPort: number
  readonly dst: number
  readonly dstPort: number
}

export class PcapFile {
  readonly #file: number
  readonly #block = Buffer.alloc(BLOCK_BYTES)
  #used = 0
  #packets = 0
  #ipId = 0

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    const block = this.#block
    block.writeUInt32LE(0xa1b2c3d4, 0)
    block.writeUInt16LE(2, 4)
    block.writeUInt16LE(4, 6)
    block.writeUInt32LE(SNAP_LENGTH, 16)
    block.writeUInt32LE(1, 20)
    this.#used = 24
  }

  get packets(): number {
    return this.#packets
  }

  /** Adds one datagram; its payload is the first `length` bytes. */
  udp(tUs: number, ends: Ends, payload: Buffer, length: number = payload.length): void {
    const frameBytes = HEADERS_BYTES + length
    if (this.#used + RECORD_HEADER_BYTES + frameBytes > BLOCK_BYTES) this.#flush()
    const block = this.#block
    let at = this.#used
    block.writeUInt32LE(Math.floor(tUs / 1e6), at)
    block.writeUInt32LE(tUs % 1e6, at + 4)
    block.writeUInt32LE(frameBytes, at + 8)
    block.writeUInt32LE(frameBytes, at + 12)
    at += RECORD_HEADER_BYTES
    block.writeUIntBE(0x020000000002, at, 6)
    block.writeUIntBE(0x020000000001, at + 6, 6)
    block.writeUInt16BE(0x0800, at + 12)
    at += ETHERNET_BYTES
    this.#writeIp4(at, ends, UDP_BYTES + length)
    at += IP4_BYTES
    block.writeUInt16BE(ends.srcPort, at)
    block.writeUInt16BE(ends.dstPort, at + 2)
    block.writeUInt16BE(UDP_BYTES + length, at + 4)
    block.writeUInt16BE(0, at + 6) // no checksum, as RFC 768 allows
    at += UDP_BYTES
    payload.copy(block, at, 0, length)
    this.#used = at + length
    this.#packets++
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #writeIp4(at: number, ends: Ends, payloadBytes: number): void {
    const block = this.#block
    this.#ipId = (this.#ipId + 1) & 0xffff
    block.writeUInt16BE(0x4500, at)
    block.writeUInt16BE(IP4_BYTES + payloadBytes, at + 2)
    block.writeUInt16BE(this.#ipId, at + 4)
    block.writeUInt16BE(0x4000, at + 6) // do not fragment
    block.writeUInt16BE(0x4011, at + 8) // 64 hops, UDP
    block.writeUInt16BE(0, at + 10)
    block.writeUInt32BE(ends.src, at + 12)
    block.writeUInt32BE(ends.dst, at + 16)
    let sum = 0
    for (let i = 0; i < IP4_BYTES; i += 2) sum += block.readUInt16BE(at + i)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
    block.writeUInt16BE(~sum & 0xffff, at + 10)
  }

  #flush(): void {
    let at = 0
    while (at < this.#used) at += writeSync(this.#file, this.#block, at, this.#used - at)
    this.#used = 0
  }
}

/** A dotted address as a number. */
export function addressOf(text: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}
