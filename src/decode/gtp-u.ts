// A UDP payload that may be user data of a mobile network in, the subscriber's IP packet out.
// Refuses signalling messages, and what has not an IP version where one must be.
// Rules: 3GPP TS 29.281 §5.1 and §5.2.
//
//    |version|P|0|E|S|N|  message type |            length             |
//    |                     tunnel endpoint identifier                  |
//    |        sequence number          |    N-PDU     | next extension |   where E, S or N is set
import { u16be } from '../source/integers.ts'
import { LAYER_IP, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 8
const OPTIONAL_BYTES = 4
/** Version 1, protocol type GTP. */
const VERSION_1 = 0x30
const HAS_EXTENSION = 4
const HAS_OPTIONAL = 7
const MESSAGE_USER_DATA = 255

/** Moves to the packet inside; leaves the packet as it is where this is no user data. */
export function openGtpU(packet: Packet): Layer {
  const { bytes, at, end } = packet
  if (end - at < HEADER_BYTES) return LAYER_NONE
  if (((bytes[at] as number) & 0xf8) !== VERSION_1) return LAYER_NONE
  if (bytes[at + 1] !== MESSAGE_USER_DATA) return LAYER_NONE
  const to = at + HEADER_BYTES + u16be(bytes, at + 2)
  const inside = skipOptional(packet)
  if (inside >= end || to > packet.wireEnd) return LAYER_NONE
  const version = (bytes[inside] as number) >> 4
  if (version !== 4 && version !== 6) return LAYER_NONE
  packet.at = inside
  packet.clip(to)
  return LAYER_IP
}

/** Offset of the payload, behind optional fields and extension headers; the end where broken. */
function skipOptional(packet: Packet): number {
  const { bytes, at, end } = packet
  const flags = bytes[at] as number
  let next = at + HEADER_BYTES
  if ((flags & HAS_OPTIONAL) === 0) return next
  next += OPTIONAL_BYTES
  let hasExtension = (flags & HAS_EXTENSION) !== 0
  while (hasExtension) {
    if (next > end || bytes[next - 1] === 0) return next
    if (next >= end) return end
    const extensionBytes = (bytes[next] as number) * 4
    if (extensionBytes === 0) return end
    next += extensionBytes
    hasExtension = next <= end
  }
  return next
}
