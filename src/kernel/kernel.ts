// The kernel: the innermost loop of the line, compiled from kernel/ to WebAssembly, with memory of
// its own that blocks, captured bytes and records of streams lie in. Reads its one file when the
// first one is made; refuses to start where that was not built.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'

const FILE = join(import.meta.dirname, '..', '..', 'kernel', 'dist', 'kernel.wasm')

const PAGE_BYTES = 65_536
/** What the compiler puts there itself lies below. */
const FIRST_BYTE = PAGE_BYTES
/** What may be read beyond the last byte given out: sixteen bytes are looked at at once. */
const SLACK_BYTES = 16
/** Lines of the processor's cache: nothing that is given out shares one. */
const ALIGNED_TO = 64

/** What the kernel calls back for: see kernel/measure.ts. */
export interface KernelCalls {
  endStretch(stream: number, tUs: number): void
  turnBlock(stream: number, ref: number): void
}

/** The functions of kernel/index.ts. Addresses are offsets into the kernel's memory. */
export interface KernelFunctions {
  placeStreams(records: number, buckets: number, bucketCount: number): void
  placeProfiles(profiles: number, refScale: number, stretchUs: number): void
  findStream(src: number, dst: number, ports: number, ssrc: number): number
  linkStream(stream: number): void
  unlinkStream(stream: number): void
  measurePacket(
    stream: number,
    tUs: number,
    ref: number,
    second: number,
    seq: number,
    timestamp: number,
    payloadBytes: number,
    dscp: number,
  ): void
  finishStream(stream: number): void
  expectedOf(stream: number): number
  copyBytes(to: number, from: number, length: number): void
  /** As an int32, whose bits are the hash. */
  hash32(start: number, end: number): number
  hash53(start: number, end: number, seed: number): number
  placeNames(tables: number): void
  readHeaders(origin: number, from: number, end: number, lineEnd: number, index: number): void
  takeFrame(from: number, length: number, tUs: number, ref: number): number
  takeRecords(at: number, end: number, block: number): number
  writePacket(
    to: number,
    from: number,
    length: number,
    originalLength: number,
    ticksHigh: number,
    ticksLow: number,
    interfaceId: number,
  ): number
}

let compiled: WebAssembly.Module | undefined

export class Kernel {
  readonly call: KernelFunctions
  /** All of its memory. Only what was used of it is real: the system gives a page when it is. */
  readonly buffer: SharedArrayBuffer
  /** The same as bytes, whose offsets are addresses. */
  readonly bytes: Buffer
  /** Replaced by whoever measures streams. */
  calls: KernelCalls = { endStretch: () => {}, turnBlock: () => {} }
  #used = FIRST_BYTE

  /** @param bytes memory that can be given out */
  constructor(bytes: number) {
    compiled ??= compile()
    const pages = Math.ceil((FIRST_BYTE + bytes + SLACK_BYTES) / PAGE_BYTES)
    // Shared, so that another thread compresses a block where it lies.
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
    // The pages are checked beside the types of browsers, which know no shared memory.
    const { exports }: { exports: unknown } = new WebAssembly.Instance(compiled, {
      env: { memory, abort: () => {} },
      measure: {
        endStretch: (stream: number, tUs: number) => this.calls.endStretch(stream, tUs),
        turnBlock: (stream: number, ref: number) => this.calls.turnBlock(stream, ref),
      },
    })
    this.call = exports as KernelFunctions
    const { buffer }: { buffer: unknown } = memory
    this.buffer = buffer as SharedArrayBuffer
    this.bytes = Buffer.from(this.buffer)
  }

  /** Gives out memory, all zeros, for as long as the kernel lives; returns its address. */
  reserve(bytes: number): number {
    const at = this.#used
    const end = at + Math.ceil(bytes / ALIGNED_TO) * ALIGNED_TO
    if (end > this.buffer.byteLength - SLACK_BYTES) {
      throw new Failure(
        'internal',
        `kernel: ${bytes} bytes wanted beyond ${this.buffer.byteLength}`,
      )
    }
    this.#used = end
    return at
  }

  /** Memory that was given out, as bytes. */
  bytesAt(at: number, length: number): Buffer {
    return Buffer.from(this.buffer, at, length)
  }

  /** Copies bytes from `start` to `end`, wherever they lie, to an address; returns the next one. */
  put(to: number, bytes: Buffer, start: number, end: number): number {
    if (bytes === this.bytes) this.call.copyBytes(to, start, end - start)
    else bytes.copy(this.bytes, to, start, end)
    return to + end - start
  }

  /** Address of the first of these bytes; -1 where they lie in other memory. */
  addressOf(bytes: Uint8Array): number {
    return bytes.buffer === this.buffer ? bytes.byteOffset : -1
  }
}

function compile(): WebAssembly.Module {
  if (!existsSync(FILE)) {
    throw new Failure('internal', 'the kernel is not built yet; run this once: npm start')
  }
  return new WebAssembly.Module(readFileSync(FILE))
}
