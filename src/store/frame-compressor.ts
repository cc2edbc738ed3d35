// Bytes in, one zstd frame out, over and over with the same compressor: making one for each block
// costs a third as much again as compressing, most of it for fresh memory.
import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib'

/** Level 1 packs SIP to an eighth at several hundred MB/s; higher levels gain little for much. */
const LEVEL = 1
/** Sound is as dense as it gets: a quick look finds what little there is, in half the time. */
const LEVEL_FOR_MEDIA = -3
/**
 * Results are written into it one behind the other. Memory of this size is used again by glibc;
 * from 128 KB on it comes from the system each time, and its pages are touched for the first time.
 */
const CHUNK_BYTES = 112 * 1024
/** Compressors of a level, each with some 3 MB: as many as usual machines have processors for. */
const COMPRESSORS_MAX = 3

/**
 * Compresses on the thread pool. The bytes must stay as they are until then. Gives the frame in as
 * many pieces as it was made in.
 */
export function compressFrame(bytes: Buffer, isMedia = false): Promise<readonly Buffer[]> {
  return (isMedia ? forMedia : forMessages).compress(bytes)
}

/** Compressors of one level, used by turns. */
class CompressorPool {
  readonly #level: number
  readonly #idle: FrameCompressor[] = []
  #made = 0
  /** Who waits for a compressor, in the order in which they came. */
  readonly #waiting: ((compressor: FrameCompressor) => void)[] = []

  constructor(level: number) {
    this.#level = level
  }

  async compress(bytes: Buffer): Promise<readonly Buffer[]> {
    const compressor = await this.#take()
    try {
      const frame = await compressor.compress(bytes)
      this.#giveBack(compressor)
      return frame
    } catch (error) {
      // One that failed is not used again: nobody knows what it still holds.
      this.#giveBack(new FrameCompressor(this.#level))
      throw error
    }
  }

  async #take(): Promise<FrameCompressor> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#made < COMPRESSORS_MAX) {
      this.#made++
      return new FrameCompressor(this.#level)
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #giveBack(compressor: FrameCompressor): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(compressor)
    else next(compressor)
  }
}

/** Makes one frame at a time. */
class FrameCompressor {
  readonly #stream: ZstdCompress
  #pieces: Buffer[] = []
  #reject: (error: Error) => void = () => {}

  constructor(level: number) {
    this.#stream = createZstdCompress({
      // With a checksum, a flipped bit fails whoever reads the block instead of changing a message.
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
      chunkSize: CHUNK_BYTES,
    })
    this.#stream.on('data', (piece: Buffer) => this.#pieces.push(piece))
    this.#stream.on('error', (error) => this.#reject(error))
  }

  compress(bytes: Buffer): Promise<readonly Buffer[]> {
    return new Promise((resolve, reject) => {
      this.#reject = reject
      // In two steps: told the end at once, zstd packs otherwise where it has room for the worst
      // result, and the same bytes must pack to the same frame.
      this.#stream.write(bytes)
      this.#stream.flush(constants.ZSTD_e_end, () => {
        const frame = this.#pieces
        this.#pieces = []
        resolve(frame)
      })
    })
  }
}

const forMessages = new CompressorPool(LEVEL)
const forMedia = new CompressorPool(LEVEL_FOR_MEDIA)
