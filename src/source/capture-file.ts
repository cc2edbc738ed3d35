// A path, or bytes that arrive in pieces, in; frames out. Finds out by itself whether the bytes are
// packed. Refuses to hold a file in memory, whatever its size, and to judge what it read: the
// result says how far it came, and the caller decides whether that is an error.
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import { CaptureReader, type CaptureResult } from './capture-reader.ts'
import { type Compression, createUnpacker, detectCompression } from './compression.ts'
import type { EmitSecrets } from './pcapng-walker.ts'
import type { EmitFrame, TakeAhead } from './record-walker.ts'

/** Large enough that a read costs little, small enough to stay in the processor's cache. */
export const READ_BYTES = 512 * 1024
const MAGIC_BYTES = 4

export interface ReadCaptureOptions {
  readonly emit: EmitFrame
  /** What is read into, `READ_BYTES` of it: where frames lie that are given out. Else our own. */
  readonly memory?: Buffer
  /** Takes what needs not become a frame, where it lies in `memory`. */
  readonly ahead?: TakeAhead
  /** Takes the key logs that a pcapng carries, before the frames that follow them. */
  readonly emitSecrets?: EmitSecrets
  /**
   * Called after each piece with the bytes of the file read so far, and their total where it is
   * known. Where it returns a promise, reading waits for it: this is how a full queue holds a file.
   */
  readonly onProgress?: (bytesRead: number, bytesTotal: number | undefined) => void | Promise<void>
}

/** What became of a file. */
export interface CaptureFileResult extends CaptureResult {
  readonly compression: Compression | undefined
  /** Bytes of the file itself, packed or not. */
  readonly fileBytes: number
}

/**
 * Reads the capture at `path`. Frames are good only until `emit` returns.
 * Throws what the file system throws (see fileFailureOf); nothing for what is inside.
 */
export async function readCaptureFile(
  path: string,
  options: ReadCaptureOptions,
): Promise<CaptureFileResult> {
  const file = openSync(path, 'r')
  let isOpen = true
  try {
    const magic = Buffer.alloc(MAGIC_BYTES)
    const stat = fstatSync(file)
    // A pipe has no size and cannot be read twice: it is read as a stream.
    if (!stat.isFile()) {
      isOpen = false
      return await readCaptureStream(createReadStream(path, { fd: file }), options)
    }
    const magicBytes = readSync(file, magic, 0, MAGIC_BYTES, 0)
    if (detectCompression(magic.subarray(0, magicBytes)) === undefined) {
      return await readPlain(file, stat.size, options)
    }
    isOpen = false
    const chunks = createReadStream(path, { fd: file, start: 0, highWaterMark: READ_BYTES })
    return await readCaptureStream(chunks, options, stat.size)
  } finally {
    if (isOpen) closeSync(file)
  }
}

/** What the system says is wrong with a file; undefined for anything else. */
export function fileFailureOf(error: unknown): Failure | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return new Failure('not-found', 'no such file')
    case 'ENOTDIR':
      return new Failure('not-found', 'no such file: its folder is none')
    case 'EACCES':
    case 'EPERM':
      return new Failure('forbidden', 'no right to read it')
    case 'EISDIR':
      return new Failure('bad-input', 'a folder, not a file')
    default:
      return undefined
  }
}

/** Synchronous reads into one buffer: no promise but the caller's own. */
async function readPlain(
  file: number,
  bytesTotal: number,
  options: ReadCaptureOptions,
): Promise<CaptureFileResult> {
  const reader = new CaptureReader(options.emitSecrets, options.ahead)
  const buffer = options.memory ?? Buffer.allocUnsafeSlow(READ_BYTES)
  let fileBytes = 0
  while (!reader.isDone) {
    const bytes = readSync(file, buffer, 0, READ_BYTES, fileBytes)
    if (bytes === 0) break
    fileBytes += bytes
    reader.push(bytes === READ_BYTES ? buffer : buffer.subarray(0, bytes), options.emit)
    const held = options.onProgress?.(fileBytes, bytesTotal)
    if (held !== undefined) await held
  }
  reader.finish()
  return { ...reader.result(), compression: undefined, fileBytes }
}

/**
 * Reads a capture that arrives in pieces: an upload, a pipe. `bytesTotal` is for progress only.
 * Throws what the iteration throws.
 */
export async function readCaptureStream(
  chunks: AsyncIterable<Buffer>,
  options: ReadCaptureOptions,
  bytesTotal?: number,
): Promise<CaptureFileResult> {
  const reading = new StreamReading(options, bytesTotal)
  try {
    for await (const chunk of chunks) {
      await reading.write(chunk)
      if (reading.isDone) break
    }
    return await reading.finish()
  } finally {
    reading.stop()
  }
}

class StreamReading {
  readonly #reader: CaptureReader
  readonly #options: ReadCaptureOptions
  readonly #bytesTotal: number | undefined
  /** Less than a magic number, while nobody can say what the bytes are. */
  #head: Buffer | undefined = Buffer.alloc(0)
  #compression: Compression | undefined
  #unpacker: ReturnType<typeof createUnpacker> | undefined
  #fileBytes = 0

  constructor(options: ReadCaptureOptions, bytesTotal: number | undefined) {
    this.#options = options
    this.#reader = new CaptureReader(options.emitSecrets, options.ahead)
    this.#bytesTotal = bytesTotal
  }

  get isDone(): boolean {
    return this.#reader.isDone || this.#unpacker?.isDone === true
  }

  async write(chunk: Buffer): Promise<void> {
    this.#fileBytes += chunk.length
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    if (this.#head !== undefined) {
      this.#head = bytes.length < MAGIC_BYTES ? bytes : undefined
      if (this.#head !== undefined) return
      this.#choose(bytes)
    }
    if (this.#unpacker !== undefined) await this.#unpacker.write(bytes)
    else this.#reader.push(bytes, this.#options.emit)
    await this.#options.onProgress?.(this.#fileBytes, this.#bytesTotal)
  }

  async finish(): Promise<CaptureFileResult> {
    if (this.#head !== undefined) this.#reader.push(this.#head, this.#options.emit)
    if (this.#reader.isDone) this.#unpacker?.stop()
    else await this.#unpacker?.finish()
    const problem = this.#unpacker?.problem
    // A capture that was unpacked to its end but whose packing is damaged is still not complete.
    const isDamaged = problem !== undefined && problem.code !== 'source.compression.trailing-bytes'
    if (problem !== undefined) this.#reader.problems.add(problem.code, problem.at, problem.detail)
    this.#reader.finish()
    const result = this.#reader.result()
    return {
      ...result,
      isComplete: result.isComplete && !isDamaged,
      compression: this.#compression,
      fileBytes: this.#fileBytes,
    }
  }

  /** Lets go of the unpacking library's memory, however the reading ended. */
  stop(): void {
    this.#unpacker?.stop()
  }

  #choose(bytes: Buffer): void {
    this.#compression = detectCompression(bytes)
    if (this.#compression === undefined) return
    this.#unpacker = createUnpacker(this.#compression, (chunk) => this.#take(chunk))
  }

  #take(chunk: Buffer): void | Promise<void> {
    if (this.#reader.isDone) return
    this.#reader.push(chunk, this.#options.emit)
    // What is inside is no capture, or damaged: unpacking the rest would be for nothing.
    if (this.#reader.isDone) this.#unpacker?.stop()
    return this.#options.onProgress?.(this.#fileBytes, this.#bytesTotal)
  }
}
