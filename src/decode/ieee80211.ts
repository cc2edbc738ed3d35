// An 802.11 frame in, its payload out: data frames with or without quality of service. Refuses
// encrypted frames, and of an aggregate reads the first frame only. Rules: IEEE 802.11 §9.2 and
// §9.3.2.
//
//    | control 2 | duration 2 | address 6 | address 6 | address 6 | sequence 2 |
//    | address 6, to and from a relay | service 2, with QoS | more control 4, ordered QoS | LLC …
import { u16be } from '../source/integers.ts'
import { LAYER_LLC, LAYER_NONE, type Layer } from './next.ts'
import type { Packet } from './packet.ts'

const HEADER_BYTES = 24
const ADDRESS_BYTES = 6
const QOS_BYTES = 2
const HIGH_THROUGHPUT_BYTES = 4
const AGGREGATE_HEADER_BYTES = 14
/** First byte of control: version, type data, and subtype bits. */
const TYPE_AND_VERSION = 0x0f
const TYPE_DATA = 0x08
const SUBTYPE_NO_DATA = 0x40
const SUBTYPE_QOS = 0x80
/** Second byte of control. */
const BOTH_DIRECTIONS = 0x03
const IS_PROTECTED = 0x40
const IS_ORDERED = 0x80
/** First byte of the service field. */
const IS_AGGREGATE = 0x80

export function decodeIeee80211(packet: Packet): Layer {
  if (!packet.has(HEADER_BYTES)) return LAYER_NONE
  const { bytes, at } = packet
  const kind = bytes[at] as number
  const flags = bytes[at + 1] as number
  if ((kind & TYPE_AND_VERSION) !== TYPE_DATA || (kind & SUBTYPE_NO_DATA) !== 0) return LAYER_NONE
  if ((flags & IS_PROTECTED) !== 0) return LAYER_NONE
  let headerBytes = HEADER_BYTES
  if ((flags & BOTH_DIRECTIONS) === BOTH_DIRECTIONS) headerBytes += ADDRESS_BYTES
  const hasQos = (kind & SUBTYPE_QOS) !== 0
  const serviceAt = at + headerBytes
  if (hasQos) headerBytes += QOS_BYTES
  if (hasQos && (flags & IS_ORDERED) !== 0) headerBytes += HIGH_THROUGHPUT_BYTES
  if (!packet.has(headerBytes)) return LAYER_NONE
  packet.at = at + headerBytes
  const isAggregate = hasQos && ((bytes[serviceAt] as number) & IS_AGGREGATE) !== 0
  return isAggregate ? openAggregate(packet) : LAYER_LLC
}

/** | destination 6 | source 6 | length 2 | LLC … |, padded, several times */
function openAggregate(packet: Packet): Layer {
  if (!packet.has(AGGREGATE_HEADER_BYTES)) return LAYER_NONE
  const length = u16be(packet.bytes, packet.at + AGGREGATE_HEADER_BYTES - 2)
  packet.at += AGGREGATE_HEADER_BYTES
  if (packet.at + length < packet.wireEnd) packet.note('decode.aggregate.rest-unread')
  packet.clip(packet.at + length)
  return LAYER_LLC
}
