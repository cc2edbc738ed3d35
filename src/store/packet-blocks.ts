// One unpacked block in, its frames out: by ref, or all of them in order. The block is a pcapng
// section that we wrote ourselves, little-endian; what does not look like that ends the walk.
import { ticksToUs } from '../source/capture-time.ts'
import type { CaptureInterface, Frame } from '../source/frame.ts'
import { u32le } from '../source/integers.ts'
import { readInterface } from '../source/pcapng-interface.ts'
import { BLOCK_ENHANCED_PACKET, BLOCK_INTERFACE } from '../source/pcapng-walker.ts'
import { frameRef } from './frame-ref.ts'

const BLOCK_OVERHEAD_BYTES = 12
const PACKET_HEADER_BYTES = 28

export class PacketBlocks {
  readonly #bytes: Buffer
  readonly #interfaces: CaptureInterface[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    for (const { type, at, length } of this.#walk()) {
      if (type !== BLOCK_INTERFACE) continue
      this.#interfaces.push(readInterface(bytes, at, length, true).interface)
    }
  }

  /** The frame whose packet block begins at `offset`; undefined where none does. */
  frame(ref: number, offset: number): Frame | undefined {
    const bytes = this.#bytes
    if (offset + PACKET_HEADER_BYTES > bytes.length) return undefined
    if (u32le(bytes, offset) !== BLOCK_ENHANCED_PACKET) return undefined
    const start = offset + PACKET_HEADER_BYTES
    const end = start + u32le(bytes, offset + 20)
    const captureInterface = this.#interfaces[u32le(bytes, offset + 8)]
    if (captureInterface === undefined || end > bytes.length) return undefined
    const ticksHigh = u32le(bytes, offset + 12)
    const ticksLow = u32le(bytes, offset + 16)
    const { timeResolution, timeOffsetSeconds } = captureInterface
    return {
      bytes,
      start,
      end,
      originalLength: u32le(bytes, offset + 24),
      tUs: ticksToUs(ticksHigh, ticksLow, timeResolution, timeOffsetSeconds),
      ticksHigh,
      ticksLow,
      interface: captureInterface,
      ref,
    }
  }

  /** All frames in the order in which they were stored. */
  *frames(block: number): Generator<Frame> {
    for (const { type, at } of this.#walk()) {
      if (type !== BLOCK_ENHANCED_PACKET) continue
      const frame = this.frame(frameRef(block, at), at)
      if (frame !== undefined) yield frame
    }
  }

  *#walk(): Generator<{ type: number; at: number; length: number }> {
    const bytes = this.#bytes
    for (let at = 0; at + BLOCK_OVERHEAD_BYTES <= bytes.length; ) {
      const length = u32le(bytes, at + 4)
      if (length < BLOCK_OVERHEAD_BYTES || at + length > bytes.length) return
      yield { type: u32le(bytes, at), at, length }
      at += length
    }
  }
}
