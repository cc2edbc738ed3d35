// One whole RTP packet in, where its parts lie out; undefined for bytes that are no RTP. For those
// who take a packet apart (decryption, sound), not for the walk over all packets.
//
// RFC 3550 §5.1:
//
//     0                   1                   2                   3
//     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//     |                           timestamp                           |
//     |                             SSRC                              |
//     |                  CSRC, CC times four bytes                    |
//     |  extension (X): profile, length in words  |  …                |

const HEADER_BYTES = 12

export interface PacketParts {
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly ssrc: number
  readonly payloadType: number
  readonly isMarked: boolean
  /** Offset of the first byte after header, CSRCs and extension. */
  readonly payloadStart: number
  readonly hasPadding: boolean
}

/** Reads the header; padding is left in, for in SRTP it is encrypted (RFC 3711 §3.1). */
export function packetParts(bytes: Uint8Array): PacketParts | undefined {
  const [first = 0, second = 0] = bytes
  if (bytes.length < HEADER_BYTES || first >> 6 !== 2) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let payloadStart = HEADER_BYTES + (first & 15) * 4
  if ((first & 0x10) !== 0) {
    if (payloadStart + 4 > bytes.length) return undefined
    payloadStart += 4 + view.getUint16(payloadStart + 2) * 4
  }
  if (payloadStart > bytes.length) return undefined
  return {
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payloadType: second & 127,
    isMarked: (second & 128) !== 0,
    payloadStart,
    hasPadding: (first & 0x20) !== 0,
  }
}

/** The payload of a packet in the clear, without its padding. */
export function payloadOf(bytes: Uint8Array, parts: PacketParts): Uint8Array {
  const padding = parts.hasPadding ? (bytes[bytes.length - 1] ?? 0) : 0
  const end = bytes.length - padding
  // More padding than payload is damage: then there is nothing to hear.
  return bytes.subarray(parts.payloadStart, Math.max(parts.payloadStart, end))
}
