// A frame's place in the store as one number: which block, and how far into it once unpacked.

/**
 * No frame of a block begins so far: `limits.blockBytes`, and what describes interfaces, fit below.
 */
export const REF_SCALE = 2 ** 20

/** The ref of the packet block at `offset` of block `block` (numbered from 1, never reused). */
export function frameRef(block: number, offset: number): number {
  return block * REF_SCALE + offset
}

export function blockOf(ref: number): number {
  return Math.floor(ref / REF_SCALE)
}

export function offsetOf(ref: number): number {
  return ref % REF_SCALE
}
