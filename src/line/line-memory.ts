// The memory of a line: one kernel for blocks, streams and messages, and for what a file is read
// into. Blocks that were stored are given back and filled again.
import { Kernel } from '../kernel/kernel.ts'
import { BLOCK_MEMORY_BYTES } from '../store/block-builder.ts'
import { asBuffer } from './line-messages.ts'
import { messageLineBytes } from './message-line.ts'

/** What rounding up may cost. */
const SLACK_BYTES = 64 * 1024

export class LineMemory {
  readonly kernel: Kernel
  readonly #blocksMax: number
  readonly #back: Uint8Array[] = []
  #blocks = 0

  /** `blocksMax`: more than these lie in other memory. `readBytes`: room for `reserve`. */
  constructor({ blocksMax, readBytes = 0 }: { blocksMax: number; readBytes?: number }) {
    this.#blocksMax = blocksMax
    const blocks = blocksMax * BLOCK_MEMORY_BYTES
    this.kernel = new Kernel(messageLineBytes() + readBytes + blocks + SLACK_BYTES)
  }

  /** Memory of `BLOCK_MEMORY_BYTES`: that of a block that was stored, else new. */
  forBlock(): Buffer {
    const back = this.#back.pop()
    if (back !== undefined) return this.#asOurs(back)
    if (this.#blocks >= this.#blocksMax) return Buffer.allocUnsafeSlow(BLOCK_MEMORY_BYTES)
    this.#blocks++
    return this.reserve(BLOCK_MEMORY_BYTES)
  }

  /** Takes back memory that `forBlock` gave, which nothing reads any more. */
  giveBack(memory: Uint8Array): void {
    if (this.#back.length < this.#blocksMax) this.#back.push(memory)
  }

  reserve(bytes: number): Buffer {
    return this.kernel.bytesAt(this.kernel.reserve(bytes), bytes)
  }

  /** What both threads see comes back as another object over the same bytes. */
  #asOurs(back: Uint8Array): Buffer {
    const isKernels = back.buffer instanceof SharedArrayBuffer
    return isKernels ? this.kernel.bytesAt(back.byteOffset, back.length) : asBuffer(back)
  }
}
