// For tests of what stores frames: frames made by number, and frames as a test compares them.
import type { CaptureInterface, Frame } from '../source/frame.ts'

export const ETHERNET: CaptureInterface = {
  linkType: 1,
  snapLength: 262_144,
  timeResolution: 6,
  timeOffsetSeconds: 0,
  name: undefined,
}

/** 2026-11-21, noon. */
export const NOON_US = Date.UTC(2026, 10, 21, 12) * 1000

/** A frame of these bytes at this time, in ticks of its interface. */
export function makeFrame(bytes: Buffer, tUs: number, parts: Partial<Frame> = {}): Frame {
  return {
    bytes,
    start: 0,
    end: bytes.length,
    originalLength: bytes.length,
    tUs,
    ticksHigh: Math.floor(tUs / 2 ** 32),
    ticksLow: tUs % 2 ** 32,
    interface: ETHERNET,
    ref: 0,
    ...parts,
  }
}

/** Bytes that tell which frame they are, and look like nothing that repeats. */
export function frameBytes(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = (number + 1) * 2_654_435_761
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** A frame without the memory it lies in. */
export function seen(frame: Readonly<Frame>): Record<string, unknown> {
  const { bytes, start, end, ref, ...rest } = frame
  return { ...rest, hex: bytes.toString('hex', start, end) }
}
