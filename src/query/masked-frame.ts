// A frame and the pieces of it that somebody may see in, the frame out with all other payload
// blanked: one TCP segment may carry messages of several legs. Lengths, headers and times stay;
// line ends stand where foreign bytes were, which SIP over TCP lets pass between messages
// (RFC 5626 §3.5.1). A frame whose headers are not understood keeps its pieces and nothing else.
import { u16be } from '../source/integers.ts'
import type { StoredFrame } from './finder.ts'
import { ipPartOf } from './ip-part.ts'

/** `length` bytes from `offset` after the frame's first byte. */
export interface SeenPiece {
  readonly offset: number
  readonly length: number
}

const UDP = 17
const TCP = 6
const LINK_TYPE_EXPORTED_PDU = 252
const LINE_END = Buffer.from('\r\n')

/** The frame itself where nothing in it is anybody else's, else a copy. */
export function maskedFrame(frame: StoredFrame, pieces: readonly SeenPiece[]): StoredFrame {
  const payload = payloadOf(frame)
  if (payload === 'whole') return frame
  const length = frame.end - frame.start
  const bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end))
  bytes.fill(LINE_END, payload)
  for (const piece of pieces) {
    const end = Math.min(piece.offset + piece.length, length)
    frame.bytes.copy(bytes, piece.offset, frame.start + piece.offset, frame.start + end)
  }
  return { ...frame, bytes, start: 0, end: length }
}

/** Where the payload begins, after the frame's first byte; `whole` where it is one message's. */
function payloadOf(frame: StoredFrame): number | 'whole' {
  const { bytes, start, end } = frame
  if (frame.interface.linkType === LINK_TYPE_EXPORTED_PDU) return afterTags(frame)
  const ip = ipPartOf(frame)
  if (ip === undefined) return 0
  const isIp4 = (bytes[start + ip] ?? 0) >> 4 === 4
  const header = isIp4 ? ((bytes[start + ip] ?? 0) & 15) * 4 : 40
  const protocol = bytes[start + ip + (isIp4 ? 9 : 6)]
  // A datagram holds one message, whole or as fragments, or one that an agent packed.
  if (protocol === UDP) return 'whole'
  const transport = ip + header
  if (protocol !== TCP || start + transport + 20 > end) return transport
  return transport + ((bytes[start + transport + 12] ?? 0) >> 4) * 4
}

/** Behind the tags of an exported PDU: type and length, 16 bits each, until type 0. */
function afterTags({ bytes, start, end }: StoredFrame): number {
  let at = start
  while (at + 4 <= end) {
    const tag = u16be(bytes, at)
    at += 4 + u16be(bytes, at + 2)
    if (tag === 0) return Math.min(at, end) - start
  }
  return 0
}
