// Frames that no card ever saw, made of what a socket of ours received or of what was opened: the
// interface that they are kept under, and one Frame that is filled again and again.
import type { CaptureInterface, Frame } from './frame.ts'
import { emptyFrame } from './record-walker.ts'

/** Bounds no frame; other tools want a length. */
const SNAP_LENGTH = 262_144

/** An interface of made frames, whose times are whole microseconds. */
export function madeInterface(linkType: number, name: string): CaptureInterface {
  return { linkType, snapLength: SNAP_LENGTH, timeResolution: 6, timeOffsetSeconds: 0, name }
}

/** The Frame to fill with what comes by this interface. */
export function madeFrame(source: CaptureInterface): Frame {
  return { ...emptyFrame(), interface: source }
}

/** Fills the Frame with the bytes of `memory` up to `end`. */
export function fillFrame(frame: Frame, memory: Buffer, end: number, tUs: number): Frame {
  frame.bytes = memory
  frame.start = 0
  frame.end = end
  frame.originalLength = end
  frame.tUs = tUs
  frame.ticksHigh = Math.floor(tUs / 2 ** 32)
  frame.ticksLow = tUs % 2 ** 32
  return frame
}
