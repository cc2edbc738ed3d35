// A frame and the pieces of it that somebody may see in, the frame out with all other payload
// blanked: one TCP segment may carry messages of several legs, and so may an SCTP packet or a
// tunnel with one of the two in it. Lengths, headers and times stay; line ends stand where foreign
// bytes were, which SIP over TCP lets pass between messages (RFC 5626 §3.5.1). A frame whose
// headers are not understood keeps its pieces and nothing else.
import { FrameHeads, type FrameStretch } from '../decode/frame-head.ts'
import type { StoredFrame } from '../store/block-reader.ts'

const LINE_END = Buffer.from('\r\n')
/** What may follow a datagram and is nobody's: padding to 60 bytes, and a checksum. */
const TRAILER_BYTES_MAX = 64

/** Masks any number of frames, one after the other. */
export class FrameMask {
  readonly #heads = new FrameHeads()

  /** The frame itself where nothing in it is anybody else's, else a copy. */
  masked(frame: StoredFrame, pieces: readonly FrameStretch[]): StoredFrame {
    const { headers, datagramEnd } = this.#heads.read(frame)
    const length = frame.end - frame.start
    // A datagram holds one message, whole or as fragments, or one that an agent packed.
    if (datagramEnd !== undefined) {
      if (length - datagramEnd <= TRAILER_BYTES_MAX) return frame
      return keeping(frame, [{ offset: 0, length: datagramEnd }], pieces)
    }
    return keeping(frame, headers, pieces)
  }
}

function keeping(
  frame: StoredFrame,
  headers: readonly FrameStretch[],
  pieces: readonly FrameStretch[],
): StoredFrame {
  const length = frame.end - frame.start
  const bytes = Buffer.alloc(length)
  bytes.fill(LINE_END, headers[0]?.length ?? 0)
  for (const kept of [...headers, ...pieces]) {
    const end = Math.min(kept.offset + kept.length, length)
    frame.bytes.copy(bytes, kept.offset, frame.start + kept.offset, frame.start + end)
  }
  return { ...frame, bytes, start: 0, end: length }
}
