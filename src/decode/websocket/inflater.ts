// Deflated WebSocket messages of one direction in, in order; their bytes out. Each may refer to
// what came before it, so the last 32 KB are kept. Refuses to unpack beyond a bound.
// Rules: RFC 7692 §7.2.2.
import { constants, inflateRawSync } from 'node:zlib'
import { unpackedBytesMax } from '../unpacked-bytes.ts'

const WINDOW_BYTES = 32 * 1024
/** The end of a deflate block that senders leave out. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff])

export class Inflater {
  #window = Buffer.alloc(0)

  get heldBytes(): number {
    return this.#window.length
  }

  /** Undefined where the bytes are damaged, or too many once unpacked. */
  inflate(bytes: Buffer): Buffer | undefined {
    try {
      const inflated = inflateRawSync(Buffer.concat([bytes, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: unpackedBytesMax(bytes.length),
        ...(this.#window.length === 0 ? {} : { dictionary: this.#window }),
      })
      const seen = Buffer.concat([this.#window, inflated])
      this.#window = Buffer.from(seen.subarray(Math.max(0, seen.length - WINDOW_BYTES)))
      return inflated
    } catch {
      // The one way in which the library says so.
      return undefined
    }
  }

  /** A message is missing: what follows may refer to it, or begin anew. */
  forget(): void {
    this.#window = Buffer.alloc(0)
  }
}
