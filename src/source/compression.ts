// The first bytes of a file in, the way it is packed out; then packed bytes in, plain bytes out, in
// pieces. Refuses to hold more than one piece, so a file that unpacks to terabytes costs no memory.
//
// A packed file may be many members (gzip, RFC 1952 §2.2) or frames (zstd, RFC 8878 §3.1) one after
// the other; tools that append, and this house's own store, write such files. Node's streams read
// one zstd frame only, and lose good bytes at the end of a damaged gzip member, so the members are
// told apart here and each stream sees one.
import { crc32, createInflateRaw, createZstdDecompress } from 'node:zlib'
import { GzipHeader } from './gzip-header.ts'
import { u32le } from './integers.ts'
import type { SourceProblemCode } from './problems.ts'
import { type TakeBytes, UnpackMember } from './unpack-member.ts'

export type Compression = 'gzip' | 'zstd'

/** Size of the pieces that come out. At most one is lost where damaged data ends. */
const OUTPUT_BYTES = 64 * 1024
const GZIP_TRAILER_BYTES = 8
const ZSTD_MAGIC = 0xfd2fb528
/** RFC 8878 §3.1.2: sixteen magics of frames that hold no data; the library passes over them. */
const ZSTD_SKIPPABLE_MAGIC = 0x184d2a50

/** How bytes are packed, by their first four; undefined for anything else. */
export function detectCompression(bytes: Uint8Array): Compression | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip'
  if (bytes.length < 4) return undefined
  const magic = u32le(bytes, 0)
  return magic === ZSTD_MAGIC || (magic & ~15) >>> 0 === ZSTD_SKIPPABLE_MAGIC ? 'zstd' : undefined
}

/** Unpacks a file piece by piece. After `isDone` nothing more comes, whatever is written. */
export interface Unpacker {
  readonly isDone: boolean
  readonly problem: UnpackProblem | undefined
  /** Resolves when the piece is used up and its memory may be filled again. */
  write(chunk: Buffer): Promise<void>
  finish(): Promise<void>
  /** Ends early, and lets go of the library's memory. */
  stop(): void
}

/** What was wrong with the packed data; `at` is an offset in the packed file. */
export interface UnpackProblem {
  readonly code: SourceProblemCode
  readonly at: number
  readonly detail: string
}

export function createUnpacker(compression: Compression, take: TakeBytes): Unpacker {
  return compression === 'gzip' ? new GzipUnpacker(take) : new ZstdUnpacker(take)
}

class GzipUnpacker implements Unpacker {
  isDone = false
  problem: UnpackProblem | undefined
  readonly #take: TakeBytes
  #at = 0
  #members = 0
  #header = new GzipHeader()
  #body: UnpackMember | undefined
  #crc = 0
  readonly #trailer = Buffer.alloc(GZIP_TRAILER_BYTES)
  #trailerBytes = 0

  constructor(take: TakeBytes) {
    this.#take = take
  }

  async write(chunk: Buffer): Promise<void> {
    let at = 0
    while (at < chunk.length && !this.isDone) {
      const next = await this.#step(chunk, at)
      this.#at += next - at
      at = next
    }
  }

  async finish(): Promise<void> {
    if (this.isDone) return
    await this.#body?.finish()
    const isBetweenMembers = this.#members > 0 && !this.#header.isBegun
    if (this.isDone || isBetweenMembers) this.stop()
    else if (this.#body?.errorCode === undefined || this.#body.errorCode === 'Z_BUF_ERROR') {
      this.#fail('source.compression.cut', 'end of gzip member expected, end of file found')
    } else this.#fail('source.compression.damaged', this.#body.errorCode)
  }

  stop(): void {
    this.isDone = true
    this.#body?.destroy()
  }

  /** Reads one part of a member (header, body or trailer); returns the offset after it. */
  async #step(chunk: Buffer, at: number): Promise<number> {
    if (!this.#header.isDone) return this.#readHeader(chunk, at)
    const body = this.#body
    if (body !== undefined && !body.hasEnded) {
      const used = await body.feed(chunk.subarray(at))
      if (body.errorCode !== undefined) this.#fail('source.compression.damaged', body.errorCode)
      return at + used
    }
    const used = chunk.copy(this.#trailer, this.#trailerBytes, at)
    this.#trailerBytes += used
    if (this.#trailerBytes === GZIP_TRAILER_BYTES) this.#endMember()
    return at + used
  }

  #readHeader(chunk: Buffer, at: number): number {
    const next = this.#header.push(chunk, at)
    if (this.#header.isBroken) {
      const code = this.#members > 0 ? 'trailing-bytes' : 'damaged'
      this.#fail(`source.compression.${code}`, 'gzip header expected')
    } else if (this.#header.isDone) {
      this.#crc = 0
      this.#trailerBytes = 0
      this.#body = new UnpackMember(createInflateRaw({ chunkSize: OUTPUT_BYTES }), (bytes) => {
        this.#crc = crc32(bytes, this.#crc)
        return this.#take(bytes)
      })
    }
    return next
  }

  /** RFC 1952 §2.3.1: CRC-32, and length modulo 2³². The bytes are out: we can but say it. */
  #endMember(): void {
    const crc = u32le(this.#trailer, 0)
    const length = u32le(this.#trailer, 4)
    const bytes = this.#body?.bytes ?? 0
    this.#body?.destroy()
    this.#body = undefined
    this.#header = new GzipHeader()
    this.#members++
    if (crc === this.#crc && length === bytes >>> 0) return
    this.problem ??= {
      code: 'source.compression.damaged',
      at: this.#at,
      detail: `checksum ${crc} over ${length} bytes expected, ${this.#crc} over ${bytes} found`,
    }
  }

  #fail(code: SourceProblemCode, detail: string): void {
    this.problem ??= { code, at: this.#at, detail }
    this.stop()
  }
}

class ZstdUnpacker implements Unpacker {
  isDone = false
  problem: UnpackProblem | undefined
  readonly #take: TakeBytes
  #at = 0
  #frames = 0
  #frame: UnpackMember | undefined

  constructor(take: TakeBytes) {
    this.#take = take
  }

  async write(chunk: Buffer): Promise<void> {
    let at = 0
    while (at < chunk.length && !this.isDone) {
      this.#frame ??= new UnpackMember(
        createZstdDecompress({ chunkSize: OUTPUT_BYTES }),
        this.#take,
      )
      const frame = this.#frame
      const used = await frame.feed(chunk.subarray(at))
      at += used
      this.#at += used
      if (frame.errorCode !== undefined) this.#failFrame(frame)
      if (!frame.hasEnded) continue
      this.#frames++
      frame.destroy()
      this.#frame = undefined
    }
  }

  async finish(): Promise<void> {
    await this.#frame?.finish()
    if (!this.isDone && this.#frame?.errorCode !== undefined) this.#failFrame(this.#frame)
    this.stop()
  }

  stop(): void {
    this.isDone = true
    this.#frame?.destroy()
  }

  #failFrame(frame: UnpackMember): void {
    const error = frame.errorCode ?? ''
    const isTrailing =
      error === 'ZSTD_error_prefix_unknown' && this.#frames > 0 && frame.bytes === 0
    if (isTrailing) this.#fail('source.compression.trailing-bytes', 'zstd frame expected')
    else if (error === 'Z_BUF_ERROR') {
      this.#fail('source.compression.cut', 'end of zstd frame expected, end of file found')
    } else this.#fail('source.compression.damaged', error)
  }

  #fail(code: SourceProblemCode, detail: string): void {
    this.problem ??= { code, at: this.#at, detail }
    this.stop()
  }
}
