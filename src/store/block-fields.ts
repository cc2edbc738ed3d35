// What the kernel must know of a block to fill it: the place of each field. Numbers alone, because
// this file is read by both compilers, that of the server and that of the kernel
// (kernel/README.md).

/** Fields are float64. Bytes of the block that are filled, and from which on it is full. */
export const BLOCK_LENGTH = 0
export const BLOCK_FULL = 1
/** Address of the block, -1 where the kernel cannot reach it; ref of its first byte. */
export const BLOCK_AT = 2
export const BLOCK_REF = 3
/** Frames in it, and their times, µs since 1970. */
export const BLOCK_FRAMES = 4
export const BLOCK_FIRST_US = 5
export const BLOCK_LAST_US = 6
/** The block takes frames from the first time on, before the second. */
export const BLOCK_FROM_US = 7
export const BLOCK_BEFORE_US = 8
/** Number of the interface that frames are of. */
export const BLOCK_INTERFACE = 9
/** Of the frame that was put in last: its time and ref. */
export const BLOCK_TAKEN_US = 10
export const BLOCK_TAKEN_REF = 11
export const BLOCK_FIELDS = 12
