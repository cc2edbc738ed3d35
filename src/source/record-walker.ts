// What a capture format must offer so that capture-reader can feed it bytes in any pieces.
import type { CaptureInterface, Frame } from './frame.ts'

export type EmitFrame = (frame: Frame) => void

/**
 * Takes records before they become frames, as many at once as it can. `bytes` hold them from `at`
 * to `end`, in the form of a pcap file in little-endian µs. Returns where the first one begins that
 * it did not take, which is to become a frame; `taken` says how many there were before it.
 */
export interface TakeAhead {
  records(bytes: Buffer, at: number, end: number, from: CaptureInterface): number
  readonly taken: number
}

/** Reads the records of one format out of memory that holds some of them. */
export interface RecordWalker {
  /**
   * Reads the whole records between `start` and `end` and returns where the first incomplete one
   * begins; `wanted` then says how many bytes from there are needed to go on.
   * `origin` is the file offset of the memory's first byte, for problems.
   */
  walk(bytes: Buffer, start: number, end: number, origin: number, emit: EmitFrame): number
  /** Bytes needed from the place that `walk` returned; always more than there were. */
  readonly wanted: number
  /** True once nothing after can be found; `walk` is not called again. */
  readonly isBroken: boolean
  readonly frames: number
}

/** Makes the one Frame that a walker fills again and again. */
export function emptyFrame(): Frame {
  return {
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    originalLength: 0,
    tUs: 0,
    ticksHigh: 0,
    ticksLow: 0,
    interface: {
      linkType: 0,
      snapLength: 0,
      timeResolution: 6,
      timeOffsetSeconds: 0,
      name: undefined,
    },
    ref: 0,
  }
}
