// Frames and interfaces in, the bytes of pcapng blocks out, into memory that the caller gives.
// Little-endian, ticks exactly as captured in any resolution. Allocates nothing, and refuses to
// check room: the caller asks the length functions first. Rules: draft-ietf-opsawg-pcapng §4.
import type { CaptureInterface, Frame } from './frame.ts'
import { putU16le, putU32le } from './integers.ts'
import {
  BLOCK_ENHANCED_PACKET,
  BLOCK_INTERFACE,
  BLOCK_SECTION,
  BYTE_ORDER_MAGIC,
} from './pcapng-walker.ts'

/** Length of the block that `writeSection` writes. */
export const SECTION_BYTES = 28
/** What stands before the bytes of a frame in an enhanced packet block. */
export const ENHANCED_PACKET_HEADER_BYTES = 28
/** What the block adds to the bytes of its frame, before padding. */
const PACKET_OVERHEAD_BYTES = ENHANCED_PACKET_HEADER_BYTES + 4
const NAME_BYTES_MAX = 256
const UNKNOWN = 0xffffffff

/** The part of a Frame that a block holds. */
export type WritableFrame = Pick<
  Frame,
  'bytes' | 'start' | 'end' | 'originalLength' | 'ticksHigh' | 'ticksLow'
>

/** Length of the block that `writeEnhancedPacket` writes for a frame of `capturedBytes`. */
export function enhancedPacketBytes(capturedBytes: number): number {
  return PACKET_OVERHEAD_BYTES + padded(capturedBytes)
}

/** Writes a section header of unknown section length; returns the offset after it. §4.1 */
export function writeSection(target: Buffer, offset: number): number {
  let at = putU32le(target, offset, BLOCK_SECTION)
  at = putU32le(target, at, SECTION_BYTES)
  at = putU32le(target, at, BYTE_ORDER_MAGIC)
  at = putU16le(target, at, 1)
  at = putU16le(target, at, 0)
  at = putU32le(target, at, UNKNOWN)
  at = putU32le(target, at, UNKNOWN)
  return putU32le(target, at, SECTION_BYTES)
}

/** Length of the block that `writeInterface` writes. */
export function interfaceBytes(captureInterface: CaptureInterface): number {
  const nameBytes = nameOf(captureInterface).length
  const name = nameBytes === 0 ? 0 : 4 + padded(nameBytes)
  const offset = captureInterface.timeOffsetSeconds === 0 ? 0 : 12
  return 20 + name + 8 + offset + 4
}

/** Writes an interface description; returns the offset after it. §4.2 */
export function writeInterface(
  target: Buffer,
  offset: number,
  captureInterface: CaptureInterface,
): number {
  const length = interfaceBytes(captureInterface)
  let at = putU32le(target, offset, BLOCK_INTERFACE)
  at = putU32le(target, at, length)
  at = putU16le(target, at, captureInterface.linkType)
  at = putU16le(target, at, 0)
  at = putU32le(target, at, captureInterface.snapLength)
  const name = nameOf(captureInterface)
  if (name.length > 0) {
    at = putOption(target, at, 2, name.length)
    at = putPadding(target, at + name.copy(target, at), name.length)
  }
  at = putOption(target, at, 9, 1)
  at = putU32le(target, at, captureInterface.timeResolution)
  if (captureInterface.timeOffsetSeconds !== 0) {
    at = putOption(target, at, 14, 8)
    at = putU32le(target, at, captureInterface.timeOffsetSeconds)
    at = putU32le(target, at, Math.floor(captureInterface.timeOffsetSeconds / 2 ** 32))
  }
  at = putU32le(target, at, 0)
  return putU32le(target, at, length)
}

/** Writes a frame as an enhanced packet; returns the offset after it. §4.3 */
export function writeEnhancedPacket(
  target: Buffer,
  offset: number,
  frame: WritableFrame,
  interfaceId: number,
): number {
  const capturedBytes = frame.end - frame.start
  const length = enhancedPacketBytes(capturedBytes)
  let at = putU32le(target, offset, BLOCK_ENHANCED_PACKET)
  at = putU32le(target, at, length)
  at = putU32le(target, at, interfaceId)
  at = putU32le(target, at, frame.ticksHigh)
  at = putU32le(target, at, frame.ticksLow)
  at = putU32le(target, at, capturedBytes)
  at = putU32le(target, at, frame.originalLength)
  at += frame.bytes.copy(target, at, frame.start, frame.end)
  at = putPadding(target, at, capturedBytes)
  return putU32le(target, at, length)
}

function nameOf(captureInterface: CaptureInterface): Buffer {
  return Buffer.from(captureInterface.name ?? '').subarray(0, NAME_BYTES_MAX)
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3
}

function putOption(target: Buffer, at: number, code: number, valueBytes: number): number {
  return putU16le(target, putU16le(target, at, code), valueBytes)
}

/** Zeros up to the next 32-bit boundary after a value of `bytes`. */
function putPadding(target: Buffer, at: number, bytes: number): number {
  let next = at
  for (let left = padded(bytes) - bytes; left > 0; left--) target[next++] = 0
  return next
}
