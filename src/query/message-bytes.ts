// Where a message lies in, its bytes as captured out.
import type { Day } from '../base/day.ts'
import type { FramePiece } from '../decode/datagram.ts'
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
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}
