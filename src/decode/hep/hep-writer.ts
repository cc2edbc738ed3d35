// What a datagram is in, HEP packets of version 1, 2 or 3 out: for whoever sends to a HEP server.
// Addresses are bytes as they stand in an IP header. Refuses payloads that no packet can hold.
import { putU16le, putU32le } from '../../source/integers.ts'
import * as hep from './hep-chunks.ts'

/** What a packet is about. */
export interface HepFacts {
  /** IP protocol of the transport: 17, 6 or 132. */
  readonly ipProtocol: number
  /** 4 bytes each, or 16 bytes each. */
  readonly src: Uint8Array
  readonly dst: Uint8Array
  readonly srcPort: number
  readonly dstPort: number
  /** µs since 1970. */
  readonly tUs: number
  /** Capture protocol type: see hep-chunks.ts. */
  readonly protocolType: number
  readonly agentId: number
  readonly authKey?: string
  readonly node?: string
  readonly correlationId?: string
  /** Our own agent's count: see EARSHOT_SEQUENCE. */
  readonly count?: { readonly sequence: number; readonly dropped: number; readonly run: Uint8Array }
}

/** Room that a packet needs beside its payload and its texts. */
const FIXED_BYTES_MAX = 256
const OLD_HEADER_BYTES = 8

/** Appends chunks to memory that is large enough. */
class ChunkWriter {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  byte(type: number, value: number): void {
    this.#head(0, type, 1)
    this.bytes[this.at++] = value
  }

  u16(type: number, value: number): void {
    this.#head(0, type, 2)
    this.at = this.bytes.writeUInt16BE(value, this.at)
  }

  u32(type: number, value: number): void {
    this.#head(0, type, 4)
    this.at = this.bytes.writeUInt32BE(value, this.at)
  }

  u64(vendor: number, type: number, value: number): void {
    this.#head(vendor, type, 8)
    this.at = this.bytes.writeUInt32BE(Math.floor(value / 2 ** 32), this.at)
    this.at = this.bytes.writeUInt32BE(value % 2 ** 32, this.at)
  }

  raw(vendor: number, type: number, value: Uint8Array): void {
    this.#head(vendor, type, value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  #head(vendor: number, type: number, length: number): void {
    const { bytes } = this
    bytes[this.at++] = vendor >>> 8
    bytes[this.at++] = vendor
    bytes[this.at++] = type >>> 8
    bytes[this.at++] = type
    const whole = length + hep.CHUNK_HEADER_BYTES
    bytes[this.at++] = whole >>> 8
    bytes[this.at++] = whole
  }
}

/** Writes one packet of version 3. Undefined where it would be too long for its length field. */
export function writeHep3(facts: HepFacts, payload: Uint8Array): Buffer | undefined {
  const { authKey = '', node = '', correlationId = '', count } = facts
  const texts = [authKey, node, correlationId].map((text) => Buffer.from(text))
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0)
  const bytes = Buffer.allocUnsafe(FIXED_BYTES_MAX + textBytes + payload.length)
  bytes.writeUInt32BE(hep.MAGIC_HEP3, 0)
  const out = new ChunkWriter(bytes, hep.HEADER_BYTES)
  const isIp6 = facts.src.length === 16
  out.byte(hep.CHUNK_IP_FAMILY, isIp6 ? 10 : hep.FAMILY_IP4)
  out.byte(hep.CHUNK_IP_PROTOCOL, facts.ipProtocol)
  out.raw(0, isIp6 ? hep.CHUNK_SRC_IP6 : hep.CHUNK_SRC_IP4, facts.src)
  out.raw(0, isIp6 ? hep.CHUNK_DST_IP6 : hep.CHUNK_DST_IP4, facts.dst)
  out.u16(hep.CHUNK_SRC_PORT, facts.srcPort)
  out.u16(hep.CHUNK_DST_PORT, facts.dstPort)
  out.u32(hep.CHUNK_SECONDS, Math.floor(facts.tUs / 1_000_000))
  out.u32(hep.CHUNK_MICROSECONDS, facts.tUs % 1_000_000)
  out.byte(hep.CHUNK_PROTOCOL_TYPE, facts.protocolType)
  out.u32(hep.CHUNK_AGENT_ID, facts.agentId)
  const types = [hep.CHUNK_AUTH_KEY, hep.CHUNK_NODE_NAME, hep.CHUNK_CORRELATION_ID]
  for (const [i, text] of texts.entries()) {
    if (text.length > 0) out.raw(0, types[i] ?? 0, text)
  }
  if (count !== undefined) {
    out.u64(hep.VENDOR_EARSHOT, hep.EARSHOT_SEQUENCE, count.sequence)
    out.u64(hep.VENDOR_EARSHOT, hep.EARSHOT_DROPPED, count.dropped)
    out.raw(hep.VENDOR_EARSHOT, hep.EARSHOT_RUN, count.run)
  }
  if (out.at + hep.CHUNK_HEADER_BYTES + payload.length > hep.HEP_PACKET_BYTES_MAX) return undefined
  out.raw(0, hep.CHUNK_PAYLOAD, payload)
  bytes.writeUInt16BE(out.at, 4)
  return bytes.subarray(0, out.at)
}

/**
 * Writes one packet of version 1 or 2, the latter as the C structure lies in memory, which is what
 * Kamailio sends. They carry SIP alone; version 1 has no time.
 */
export function writeOldHep(version: 1 | 2, facts: HepFacts, payload: Uint8Array): Buffer {
  const addressBytes = facts.src.length
  const headerBytes = OLD_HEADER_BYTES + 2 * addressBytes
  const timeBytes = version === 2 ? 12 : 0
  const bytes = Buffer.alloc(headerBytes + timeBytes + payload.length)
  bytes[0] = version
  bytes[1] = headerBytes
  bytes[2] = addressBytes === 16 ? 10 : hep.FAMILY_IP4
  bytes[3] = facts.ipProtocol
  bytes.writeUInt16BE(facts.srcPort, 4)
  bytes.writeUInt16BE(facts.dstPort, 6)
  bytes.set(facts.src, OLD_HEADER_BYTES)
  bytes.set(facts.dst, OLD_HEADER_BYTES + addressBytes)
  if (version === 2) {
    putU32le(bytes, headerBytes, Math.floor(facts.tUs / 1_000_000))
    putU32le(bytes, headerBytes + 4, facts.tUs % 1_000_000)
    putU16le(bytes, headerBytes + 8, facts.agentId & 0xffff)
  }
  bytes.set(payload, headerBytes + timeBytes)
  return bytes
}
