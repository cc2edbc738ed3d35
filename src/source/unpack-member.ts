// One gzip member's deflate data or one zstd frame in, its plain bytes out, through Node's own
// streams. Knows how many bytes belonged to it, and refuses to read on into the next.
import type { InflateRaw, ZstdDecompress } from 'node:zlib'

/** Takes the plain bytes. A promise holds the unpacking up until it settles. */
export type TakeBytes = (chunk: Buffer) => void | Promise<void>

export class UnpackMember {
  /** Code of zlib's or zstd's error, once there was one. */
  errorCode: string | undefined
  /** True once the end of the member was found inside what was fed. */
  hasEnded = false
  /** Plain bytes that came out. */
  bytes = 0
  readonly #stream: InflateRaw | ZstdDecompress
  #wake: () => void = () => {}
  #thrown: { readonly error: unknown } | undefined

  constructor(stream: InflateRaw | ZstdDecompress, take: TakeBytes) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      this.#give(chunk, take)
    })
    stream.on('end', () => {
      this.hasEnded = true
      this.#wake()
    })
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code ?? 'unknown'
      this.#wake()
    })
    stream.on('close', () => this.#wake())
  }

  /** Feeds bytes; resolves to how many of them belonged to the member. */
  async feed(chunk: Buffer): Promise<number> {
    const before = this.#stream.bytesWritten
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#stream.write(chunk, () => resolve())
    })
    this.#rethrow()
    return this.hasEnded ? this.#stream.bytesWritten - before : chunk.length
  }

  /** Says that nothing more comes; an unfinished member ends with `errorCode`. */
  async finish(): Promise<void> {
    if (this.hasEnded || this.errorCode !== undefined) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#stream.end()
    })
    this.#rethrow()
  }

  destroy(): void {
    this.#stream.destroy()
  }

  #give(chunk: Buffer, take: TakeBytes): void {
    try {
      const held = take(chunk)
      if (held === undefined) return
      this.#stream.pause()
      held.then(
        () => this.#stream.resume(),
        (error: unknown) => this.#abandon(error),
      )
    } catch (error) {
      this.#abandon(error)
    }
  }

  /** What the taker throws is the caller's affair: it comes out of `feed`, not of the stream. */
  #abandon(error: unknown): void {
    this.#thrown ??= { error }
    this.destroy()
  }

  #rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error
  }
}
