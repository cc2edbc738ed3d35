// The first bytes of a datagram that is no SIP in, what protocol of the media family it may be out.
// Several of them share one port, told apart by their first byte. Looks at no more than the header,
// so what is called RTP here is only shaped like it.
//
//      0 … 3    STUN           20 … 63   DTLS             128 … 191  RTP or RTCP
//     16 … 19   ZRTP           64 … 79   TURN channel                    RFC 7983 §7
//
// RTCP is what has 192 … 223 in the second byte (RFC 5761 §4).

export const KIND_OTHER = 0
export const KIND_RTP = 1
export const KIND_RTCP = 2
export const KIND_STUN = 3
export const KIND_DTLS = 4
export type PacketKind =
  | typeof KIND_OTHER
  | typeof KIND_RTP
  | typeof KIND_RTCP
  | typeof KIND_STUN
  | typeof KIND_DTLS

export const RTP_HEADER_BYTES = 12
const RTCP_HEADER_BYTES = 8
const STUN_HEADER_BYTES = 20
const DTLS_HEADER_BYTES = 13
/** Bytes 4 to 7 of every STUN message (RFC 8489 §5). */
const STUN_COOKIE = 0x2112a442

/** What the bytes from `start` to `end` look like. */
export function kindOfPacket(bytes: Uint8Array, start: number, end: number): PacketKind {
  const first = bytes[start] as number
  const length = end - start
  if (first >>> 6 === 2) {
    const second = bytes[start + 1] as number
    if (second >= 192 && second <= 223) return length >= RTCP_HEADER_BYTES ? KIND_RTCP : KIND_OTHER
    return length >= RTP_HEADER_BYTES ? KIND_RTP : KIND_OTHER
  }
  if (first < 4) return length >= STUN_HEADER_BYTES && hasCookie(bytes, start) ? KIND_STUN : 0
  if (first >= 20 && first < 64) return length >= DTLS_HEADER_BYTES ? KIND_DTLS : KIND_OTHER
  return KIND_OTHER
}

function hasCookie(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 4] === STUN_COOKIE >>> 24 &&
    bytes[start + 5] === ((STUN_COOKIE >>> 16) & 255) &&
    bytes[start + 6] === ((STUN_COOKIE >>> 8) & 255) &&
    bytes[start + 7] === (STUN_COOKIE & 255)
  )
}
