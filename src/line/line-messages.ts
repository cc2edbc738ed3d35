// A line's output as it crosses to the thread that stores it: made into messages on one side, put
// into the store on the other. Memory moves with the message; nothing of it is copied.
import type { MediaNotice } from '../calls/sdp-backlog.ts'
import type { BuiltBlock } from '../store/block-builder.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import type { LineOutput } from './capture-line.ts'

/** What a line hands on, in the order in which it must be stored. */
export type LineMessage =
  | { readonly kind: 'block'; readonly block: BuiltBlock }
  | { readonly kind: 'legs'; readonly packed: Uint8Array }
  | { readonly kind: 'streams' | 'notes'; readonly packed: Uint8Array }
  | {
      readonly kind: 'checkpoint'
      readonly nextBlock: number
      readonly indexedBefore: number
      readonly isLast: boolean
    }

/** Posts one message, with the memory that moves with it. */
export type HandMessage = (message: LineMessage, transfer: ArrayBufferLike[]) => void

/** A line's output that becomes messages. */
export function messageOutput(hand: HandMessage): LineOutput {
  return {
    block: (block) => hand({ kind: 'block', block }, [block.bytes.buffer]),
    legs: (packed) => hand({ kind: 'legs', packed }, [packed.buffer]),
    streams: (packed) => hand({ kind: 'streams', packed }, [packed.buffer]),
    notes: (packed) => hand({ kind: 'notes', packed }, [packed.buffer]),
    checkpoint: (at) => hand({ kind: 'checkpoint', ...at }, []),
  }
}

/** Puts what a message holds, and gives whether it was stored when nothing reads it any more. */
export function keepLineMessage(message: LineMessage, writer: StoreWriter): Promise<boolean> {
  switch (message.kind) {
    case 'block':
      return writer.putBlock({ ...message.block, bytes: asBuffer(message.block.bytes) })
    case 'legs':
      return writer.putLegs(message.packed)
    case 'streams':
      return writer.putStreams(message.packed)
    case 'notes':
      return writer.putNotes(message.packed)
    case 'checkpoint':
      return writer.commit(message, message.isLast)
  }
}

/** The memory of a block, which can be used again once it was put. */
export function memoryOf(message: LineMessage): Uint8Array | undefined {
  return message.kind === 'block' ? message.block.bytes : undefined
}

/** What moves with these bytes to another thread: nothing where both threads see them. */
export function transferOf({ buffer }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer ? [buffer] : []
}

/** Notices as they arrive from another thread. */
export function noticesFrom(message: readonly MediaNotice[]): MediaNotice[] {
  return message.map((notice) => ({ ...notice, sdp: asBuffer(notice.sdp) }))
}

/** A Buffer arrives from another thread as a plain Uint8Array. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
