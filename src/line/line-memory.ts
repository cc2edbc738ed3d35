// The memory of a line that reads files: one kernel for what is read, blocks, and streams. Blocks
// that were stored come back through a port and are filled again.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { limits } from '../base/limits.ts'
import { Kernel } from '../kernel/kernel.ts'
import { READ_BYTES } from '../source/capture-file.ts'
import { BLOCK_MEMORY_BYTES } from '../store/block-builder.ts'
import { asBuffer } from './line-messages.ts'
import { messageLineBytes } from './message-line.ts'

/** Blocks in the kernel's memory; more are on their way only where days alternate. */
const BLOCKS_MAX = 2 * limits.batchesInFlightMax
/** What rounding up may cost. */
const SLACK_BYTES = 64 * 1024

export class LineMemory {
  readonly kernel = new Kernel(
    messageLineBytes() + READ_BYTES + BLOCKS_MAX * BLOCK_MEMORY_BYTES + SLACK_BYTES,
  )
  /** What a file is read into, piece by piece. */
  readonly forReading: Buffer
  readonly #back: MessagePort
  #blocks = 0

  constructor(back: MessagePort) {
    this.#back = back
    // Blocks of an earlier line lie in the memory of its kernel, not of this one.
    while (receiveMessageOnPort(back) !== undefined);
    this.forReading = this.#reserve(READ_BYTES)
  }

  /** Memory of `BLOCK_MEMORY_BYTES`: that of a block that was stored, else new. */
  forBlock(): Buffer {
    const back: unknown = receiveMessageOnPort(this.#back)?.message
    if (back instanceof Uint8Array) {
      // What both threads see arrives here as another object over the same bytes.
      const isKernels = back.buffer instanceof SharedArrayBuffer
      return isKernels ? this.kernel.bytesAt(back.byteOffset, back.length) : asBuffer(back)
    }
    if (this.#blocks >= BLOCKS_MAX) return Buffer.allocUnsafeSlow(BLOCK_MEMORY_BYTES)
    this.#blocks++
    return this.#reserve(BLOCK_MEMORY_BYTES)
  }

  #reserve(bytes: number): Buffer {
    return this.kernel.bytesAt(this.kernel.reserve(bytes), bytes)
  }
}
