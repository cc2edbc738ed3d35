// Where a message lies in, the message with its bytes out: none where they are lost or damaged.
import type { LocatedMessage } from '../calls/trail-rows.ts'
import { type BlockReader, type UnreadListener, unlessUnread } from '../store/block-reader.ts'
import type { Position } from '../store/contract.ts'
import { readMessageBytes } from '../store/message-bytes.ts'
import type { StoredMessage } from './finder.ts'

const NO_BYTES = Buffer.alloc(0)

/** A message with its bytes, of a leg that stands at `position`. */
export async function readStored(
  reader: BlockReader,
  { row, pieces }: LocatedMessage,
  { day }: Position,
  onUnread: UnreadListener | undefined,
): Promise<StoredMessage> {
  const bytes = await unlessUnread(readMessageBytes(reader, pieces, day), onUnread)
  return { ...row, bytes: bytes ?? NO_BYTES }
}
