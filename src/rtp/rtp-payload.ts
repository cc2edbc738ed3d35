// An RTP packet in, where its payload lies out. Checks lengths only; what is inconsistent yields an
// empty payload, and the packet counts all the same.
//
//     0                   1                   2                   3
//    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//    |                           timestamp                           |
//    |             synchronization source (SSRC) identifier          |
//    |             contributing sources, CC of them                  |
//    |      defined by profile       |     length in words           |  where X
//                                                          RFC 3550 §5.1, §5.3.1
import { u16be } from '../source/integers.ts'
import { RTP_HEADER_BYTES } from './packet-kind.ts'

const HAS_PADDING = 0x20
const HAS_EXTENSION = 0x10

/** First byte of the payload; `end` where the header leaves none. */
export function payloadStart(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] as number
  let at = start + RTP_HEADER_BYTES + (first & 15) * 4
  if ((first & HAS_EXTENSION) !== 0) {
    if (at + 4 > end) return end
    at += 4 + u16be(bytes, at + 2) * 4
  }
  return at > end ? end : at
}

/**
 * End of the payload: padding is left out where it can be (its length is the last byte, RFC 3550
 * §5.1). `isCut` says that the last byte captured is not the last one of the packet.
 */
export function payloadEnd(bytes: Uint8Array, start: number, end: number, isCut: boolean): number {
  if (((bytes[start] as number) & HAS_PADDING) === 0 || isCut) return end
  const padding = bytes[end - 1] as number
  const at = payloadStart(bytes, start, end)
  return padding === 0 || end - padding < at ? end : end - padding
}
