// A HEP packet of version 1 or 2 in, what it says of the SIP message inside out. They carry nothing
// but SIP, and have no magic: a packet counts only when every field of the header is one that
// senders write and a start line stands right behind it.
//
//    | version | header length | IP family | IP protocol | source port | destination port |
//    | source address | destination address |   then, in version 2, one of
//    | seconds | µs | agent id, 16 | padding, 16 |   in the sender's byte order (a C structure), or
//    | seconds | µs | agent id, 16 |                 in network order
import { DAY_US } from '../../base/day.ts'
import { u16be, u16le, u32be, u32le } from '../../source/integers.ts'
import * as hep from './hep-chunks.ts'

const HEADER_BYTES = 8
/** Bytes of the time block: as the C structure lies in memory, and without its padding. */
const PADDED_TIME_BYTES = 12
const PLAIN_TIME_BYTES = 10
/** UDP, TCP, SCTP, and 22, which Kamailio writes for TLS. */
const IP_PROTOCOLS = new Set([6, 17, 22, 132])
/** Methods are short; a look further would be a look into whatever else this is. */
const METHOD_BYTES_MAX = 32
/** A time this near to the arrival is the one that was meant. */
const NEAR_US = DAY_US

interface Layout {
  readonly timeBytes: number
  readonly isLittleEndian: boolean
}

/** The two that senders write come first: a time that both read alike is the first one's. */
const LAYOUTS: readonly Layout[] = [
  { timeBytes: PADDED_TIME_BYTES, isLittleEndian: true },
  { timeBytes: PLAIN_TIME_BYTES, isLittleEndian: false },
  { timeBytes: PLAIN_TIME_BYTES, isLittleEndian: true },
  { timeBytes: PADDED_TIME_BYTES, isLittleEndian: false },
]

/** What an old packet tells: the part of HepPacket that is filled in here. */
export interface OldHep {
  readonly bytes: Uint8Array
  version: number
  end: number
  ipProtocol: number
  isSrcIp6: boolean
  isDstIp6: boolean
  srcAt: number
  dstAt: number
  srcPort: number
  dstPort: number
  tUs: number
  protocolType: number
  agentId: number
  payloadStart: number
  payloadEnd: number
}

/** Reads a version 1 or 2 packet into `packet`, whose bytes are set. False where there is none. */
export function readOldHep(packet: OldHep, start: number, end: number, arrivalUs: number): boolean {
  const { bytes } = packet
  const version = bytes[start]
  if ((version !== 1 && version !== 2) || end - start < HEADER_BYTES) return false
  const isIp6 = hep.isIp6Family(bytes[start + 2] as number)
  if (!isIp6 && bytes[start + 2] !== hep.FAMILY_IP4) return false
  if (!IP_PROTOCOLS.has(bytes[start + 3] as number)) return false
  const addressBytes = isIp6 ? 16 : 4
  const timeAt = start + HEADER_BYTES + 2 * addressBytes
  // Some count the time block into the header's length.
  const length = (bytes[start + 1] as number) - HEADER_BYTES - 2 * addressBytes
  if (length !== 0 && length !== PADDED_TIME_BYTES && length !== PLAIN_TIME_BYTES) return false
  packet.version = version
  packet.end = end
  packet.isSrcIp6 = isIp6
  packet.isDstIp6 = isIp6
  packet.ipProtocol = bytes[start + 3] as number
  packet.srcPort = u16be(bytes, start + 4)
  packet.dstPort = u16be(bytes, start + 6)
  packet.srcAt = start + HEADER_BYTES
  packet.dstAt = packet.srcAt + addressBytes
  packet.protocolType = hep.PROTOCOL_SIP
  packet.payloadEnd = end
  packet.payloadStart = timeAt
  if (version === 1) return beginsText(bytes, timeAt, end)
  return readTime(packet, timeAt, end, arrivalUs)
}

/** Tells the layouts apart: by where the start line begins, then by which time makes sense. */
function readTime(packet: OldHep, at: number, end: number, arrivalUs: number): boolean {
  const { bytes } = packet
  let nearestUs = Number.POSITIVE_INFINITY
  for (const layout of LAYOUTS) {
    const payloadStart = at + layout.timeBytes
    if (!beginsText(bytes, payloadStart, end)) continue
    const u32 = layout.isLittleEndian ? u32le : u32be
    const tUs = u32(bytes, at) * 1_000_000 + u32(bytes, at + 4)
    const distanceUs = Math.abs(tUs - arrivalUs)
    if (distanceUs >= nearestUs) continue
    nearestUs = distanceUs
    packet.tUs = tUs
    packet.payloadStart = payloadStart
    packet.agentId = (layout.isLittleEndian ? u16le : u16be)(bytes, at + 8)
    if (distanceUs < NEAR_US) break
  }
  return nearestUs !== Number.POSITIVE_INFINITY
}

/** A method and a space, or `SIP/`: what a start line begins with (RFC 3261 §7). */
function beginsText(bytes: Uint8Array, start: number, end: number): boolean {
  const last = Math.min(end, start + METHOD_BYTES_MAX)
  for (let at = start; at < last; at++) {
    const byte = bytes[at] as number
    const isLetter = byte >= 0x41 && byte <= 0x5a
    if (isLetter) continue
    return at - start >= 3 && (byte === 0x20 || byte === 0x2f)
  }
  return false
}
