// One HEP packet in, what it says of the datagram inside out: HEPv3 chunk by chunk here, versions 1
// and 2 in hep-old.ts. Unknown chunks are passed over; a broken one ends the reading and what came
// before it counts. Refuses to copy, to unpack the payload, and to believe any length.
//
//    | "HEP3"                        | total length  | chunk …
//    chunk: | vendor | type | length, these six bytes included | value …
import { u16be, u32be } from '../../source/integers.ts'
import * as hep from './hep-chunks.ts'
import { readOldHep } from './hep-old.ts'

/** Told of a packet that was read, though not as it should be. */
export type HepProblemCode =
  | 'decode.hep.chunk-broken'
  | 'decode.hep.length-wrong'
  | 'decode.hep.without-payload'

const IP4_BYTES = 4
const IP6_BYTES = 16

/** True where a HEPv3 packet may begin: on any port, for nothing else begins so. */
export function beginsHep3(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < hep.HEADER_BYTES) return false
  const first = bytes[at]
  if (first !== 0x48 && first !== 0x45) return false
  const magic = u32be(bytes, at)
  return magic === hep.MAGIC_HEP3 || magic === hep.MAGIC_EEP3
}

/**
 * The packet in work. One object is read into again and again; offsets are into `bytes`, and -1
 * where the packet has no such part.
 */
export class HepPacket {
  bytes: Uint8Array = new Uint8Array(0)
  version = 0
  /** Where the packet ends, by its own word as far as the bytes reach. */
  end = 0
  ipProtocol = 0
  /** Addresses: 16 bytes where the flag says IPv6, else 4. One may be mapped, the other not. */
  isSrcIp6 = false
  isDstIp6 = false
  srcAt = -1
  dstAt = -1
  srcPort = 0
  dstPort = 0
  /** Time of capture as written, µs since 1970; NaN where the packet has none. */
  tUs = Number.NaN
  protocolType = 0
  /** -1 where the packet has none. */
  agentId = -1
  payloadStart = -1
  payloadEnd = -1
  isCompressed = false
  correlationStart = -1
  correlationEnd = -1
  nodeStart = -1
  nodeEnd = -1
  keyStart = -1
  keyEnd = -1
  /** Figures that some agents add; -1 where absent. MOS times 100 by custom. */
  mos = -1
  rFactor = -1
  jitter = -1
  /** Our own agent's count; -1 for all others. */
  sequence = -1
  dropped = -1
  /** 16 hex digits; empty for all others. */
  run = ''
  problem: HepProblemCode | undefined
  #seconds = -1
  #microseconds = 0

  /**
   * Reads the packet that begins at `start`. `arrivalUs` settles what versions 1 and 2 leave open.
   * False where there is none: the object then means nothing.
   */
  read(bytes: Uint8Array, start: number, end: number, arrivalUs: number): boolean {
    this.#forget(bytes)
    if (!beginsHep3(bytes, start, end)) return readOldHep(this, start, end, arrivalUs)
    this.version = 3
    const length = u16be(bytes, start + 4)
    if (length < hep.HEADER_BYTES) return false
    this.end = Math.min(start + length, end)
    if (start + length !== end) this.problem = 'decode.hep.length-wrong'
    this.#readChunks(start + hep.HEADER_BYTES)
    if (this.#seconds >= 0) this.tUs = this.#seconds * 1_000_000 + this.#microseconds
    if (this.payloadStart < 0) this.problem ??= 'decode.hep.without-payload'
    return true
  }

  /** The same packet lies in other memory as well, `by` bytes further on: goes on there. */
  moveTo(bytes: Uint8Array, by: number): void {
    this.bytes = bytes
    this.end += by
    if (this.srcAt >= 0) this.srcAt += by
    if (this.dstAt >= 0) this.dstAt += by
    if (this.payloadStart >= 0) {
      this.payloadStart += by
      this.payloadEnd += by
    }
    if (this.correlationStart >= 0) {
      this.correlationStart += by
      this.correlationEnd += by
    }
    if (this.nodeStart >= 0) {
      this.nodeStart += by
      this.nodeEnd += by
    }
    if (this.keyStart >= 0) {
      this.keyStart += by
      this.keyEnd += by
    }
  }

  text(start: number, end: number): string | null {
    if (start < 0 || end <= start) return null
    const { buffer, byteOffset } = this.bytes
    // Agents written in C send the final zero along.
    let last = end
    while (last > start && this.bytes[last - 1] === 0) last--
    return Buffer.from(buffer, byteOffset + start, last - start).toString('utf8') || null
  }

  #readChunks(start: number): void {
    const { bytes, end } = this
    let at = start
    while (at < end) {
      const length = end - at < hep.CHUNK_HEADER_BYTES ? 0 : u16be(bytes, at + 4)
      if (length < hep.CHUNK_HEADER_BYTES || at + length > end) {
        this.problem = 'decode.hep.chunk-broken'
        this.#keepRest(at, length)
        return
      }
      const vendor = u16be(bytes, at)
      const type = u16be(bytes, at + 2)
      const value = at + hep.CHUNK_HEADER_BYTES
      at += length
      if (vendor === 0) this.#readChunk(type, value, at)
      else if (vendor === hep.VENDOR_EARSHOT) this.#readOwn(type, value, at)
      else if (vendor === hep.VENDOR_OPENSIPS && type === hep.OPENSIPS_CORRELATION) {
        if (this.correlationStart < 0) this.#setCorrelation(value, at)
      }
    }
  }

  /** A datagram cut by a snap length ends inside its payload, which is the last chunk as a rule. */
  #keepRest(at: number, length: number): void {
    const value = at + hep.CHUNK_HEADER_BYTES
    if (this.payloadStart >= 0 || value >= this.end || length <= hep.CHUNK_HEADER_BYTES) return
    if (u16be(this.bytes, at) !== 0 || u16be(this.bytes, at + 2) !== hep.CHUNK_PAYLOAD) return
    this.payloadStart = value
    this.payloadEnd = this.end
  }

  #readChunk(type: number, at: number, end: number): void {
    const { bytes } = this
    const length = end - at
    switch (type) {
      case hep.CHUNK_IP_PROTOCOL:
        if (length >= 1) this.ipProtocol = bytes[at] as number
        break
      case hep.CHUNK_SRC_IP4:
      case hep.CHUNK_SRC_IP6:
        this.#readSource(at, length)
        break
      case hep.CHUNK_DST_IP4:
      case hep.CHUNK_DST_IP6:
        this.#readDestination(at, length)
        break
      case hep.CHUNK_SRC_PORT:
        if (length >= 2) this.srcPort = u16be(bytes, at)
        break
      case hep.CHUNK_DST_PORT:
        if (length >= 2) this.dstPort = u16be(bytes, at)
        break
      case hep.CHUNK_SECONDS:
        if (length >= 4) this.#seconds = u32be(bytes, at)
        break
      case hep.CHUNK_MICROSECONDS:
        if (length >= 4) this.#microseconds = u32be(bytes, at)
        break
      case hep.CHUNK_PROTOCOL_TYPE:
        if (length >= 1) this.protocolType = bytes[at] as number
        break
      case hep.CHUNK_AGENT_ID:
        if (length >= 4) this.agentId = u32be(bytes, at)
        break
      case hep.CHUNK_PAYLOAD:
      case hep.CHUNK_PAYLOAD_COMPRESSED:
        this.payloadStart = at
        this.payloadEnd = end
        this.isCompressed = type === hep.CHUNK_PAYLOAD_COMPRESSED
        break
      default:
        this.#readRareChunk(type, at, end)
    }
  }

  #readRareChunk(type: number, at: number, end: number): void {
    const isWord = end - at >= 2
    switch (type) {
      case hep.CHUNK_AUTH_KEY:
        this.keyStart = at
        this.keyEnd = end
        break
      case hep.CHUNK_CORRELATION_ID:
        this.#setCorrelation(at, end)
        break
      case hep.CHUNK_NODE_NAME:
        this.nodeStart = at
        this.nodeEnd = end
        break
      case hep.CHUNK_MOS:
        if (isWord) this.mos = u16be(this.bytes, at)
        break
      case hep.CHUNK_R_FACTOR:
        if (isWord) this.rFactor = u16be(this.bytes, at)
        break
      case hep.CHUNK_JITTER:
        if (end - at >= 4) this.jitter = u32be(this.bytes, at)
        break
    }
  }

  #readOwn(type: number, at: number, end: number): void {
    if (end - at !== 8) return
    const { bytes } = this
    const number = u32be(bytes, at) * 2 ** 32 + u32be(bytes, at + 4)
    if (type === hep.EARSHOT_SEQUENCE) this.sequence = number
    else if (type === hep.EARSHOT_DROPPED) this.dropped = number
    else if (type === hep.EARSHOT_RUN) {
      this.run = Buffer.from(bytes.buffer, bytes.byteOffset + at, 8).toString('hex')
    }
  }

  #setCorrelation(at: number, end: number): void {
    this.correlationStart = at
    this.correlationEnd = end
  }

  #readSource(at: number, length: number): void {
    if (!isAddress(length)) return
    this.isSrcIp6 = isIp6(this.bytes, at, length)
    this.srcAt = this.isSrcIp6 ? at : at + length - IP4_BYTES
  }

  #readDestination(at: number, length: number): void {
    if (!isAddress(length)) return
    this.isDstIp6 = isIp6(this.bytes, at, length)
    this.dstAt = this.isDstIp6 ? at : at + length - IP4_BYTES
  }

  #forget(bytes: Uint8Array): void {
    this.bytes = bytes
    this.ipProtocol = 0
    this.isSrcIp6 = false
    this.isDstIp6 = false
    this.srcAt = -1
    this.dstAt = -1
    this.srcPort = 0
    this.dstPort = 0
    this.tUs = Number.NaN
    this.protocolType = 0
    this.agentId = -1
    this.payloadStart = -1
    this.payloadEnd = -1
    this.isCompressed = false
    this.correlationStart = -1
    this.nodeStart = -1
    this.keyStart = -1
    this.mos = -1
    this.rFactor = -1
    this.jitter = -1
    this.sequence = -1
    this.dropped = -1
    this.run = ''
    this.problem = undefined
    this.#seconds = -1
    this.#microseconds = 0
  }
}

function isAddress(length: number): boolean {
  return length === IP4_BYTES || length === IP6_BYTES
}

/**
 * Goes by the length of the value, not by the chunk's type or the family: agents put mapped
 * addresses (::ffff:a.b.c.d, RFC 4291 §2.5.5.2) into the chunks for IPv4.
 */
function isIp6(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === IP4_BYTES) return false
  const isMapped =
    u32be(bytes, at) === 0 && u32be(bytes, at + 4) === 0 && u32be(bytes, at + 8) === 0x0000ffff
  return !isMapped
}
