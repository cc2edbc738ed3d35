// Where a message lies in, its bytes as captured out.
import type { Day } from '../base/day.ts'
import type { FramePiece } from '../decode/datagram.ts'
import { unwrapPayload } from '../decode/hep/wrapped-payload.ts'
import { looksLikeSip } from '../sip/detect.ts'
import type { BlockReader } from './block-reader.ts'

/** `hint` is the day of the leg. The bytes may share memory with the block they came from. */
export async function readMessageBytes(
  reader: BlockReader,
  pieces: readonly FramePiece[],
  hint: Day,
): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const { ref, offset, length } of pieces) {
    const frame = await reader.frame(ref, hint)
    const start = frame.start + offset
    parts.push(frame.bytes.subarray(start, Math.min(start + length, frame.end)))
  }
  const [only] = parts
  const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  if (looksLikeSip(bytes, 0, bytes.length)) return bytes
  // What a HEP agent packed is kept as it came.
  const inside = unwrapPayload(bytes) ?? unwrapPayload(bytes, 'surely')
  return inside !== undefined && looksLikeSip(inside, 0, inside.length) ? inside : bytes
}
