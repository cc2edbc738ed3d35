// Writes numbers and texts into a buffer that grows: the compact forms that rows are kept in.

/** Texts up to here have a length of one byte. */
const SHORT_TEXT_CHARS = 100
/** Of 2^53 - 1. */
const VARINT_BYTES_MAX = 8

/** Appends to a growing buffer; `take` hands out a copy and starts again. */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(size = 4096) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  get length(): number {
    return this.#length
  }

  /** One byte, 0 to 255. */
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** A 32-bit number, little-endian. */
  word(value: number): void {
    this.room(4)
    this.#length = putWord(this.#bytes, this.#length, value)
  }

  /** Leaves room for a 32-bit number that is not known yet; returns where. */
  reserveWord(): number {
    const at = this.#length
    this.word(0)
    return at
  }

  /** Puts the number where room was left for it. */
  fillWord(at: number, value: number): void {
    putWord(this.#bytes, at, value)
  }

  /** An integer from 0 to 2^53 - 1, seven bits a byte, least first. */
  varint(value: number): void {
    this.room(VARINT_BYTES_MAX)
    this.#length = putVarint(this.#bytes, this.#length, value)
  }

  /** A signed integer, small magnitudes first: 0, -1, 1, -2 … as 0, 1, 2, 3 …. */
  signed(value: number): void {
    this.varint(zigzag(value))
  }

  /** A text as UTF-8 after its length. */
  text(value: string): void {
    if (value.length <= SHORT_TEXT_CHARS && this.#shortAscii(value)) return
    const length = Buffer.byteLength(value)
    this.varint(length)
    if (this.#length + length > this.#bytes.length) this.#grow(length)
    this.#length += this.#bytes.write(value, this.#length, length, 'utf8')
  }

  /** Short texts without accents, which is most of them, without a call into the engine. */
  #shortAscii(value: string): boolean {
    const { length } = value
    if (this.#length + length + 1 > this.#bytes.length) this.#grow(length + 1)
    const bytes = this.#bytes
    const at = this.#length + 1
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit > 127) return false
      bytes[at + i] = unit
    }
    bytes[at - 1] = length
    this.#length = at + length
    return true
  }

  /** Bytes as they are. */
  bytes(value: Uint8Array): void {
    if (this.#length + value.length > this.#bytes.length) this.#grow(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /**
   * The memory, with room for `count` bytes behind `length`, for whoever writes much at once and
   * says with `wroteTo` how far that went.
   */
  room(count: number): Buffer {
    if (this.#length + count > this.#bytes.length) this.#grow(count)
    return this.#bytes
  }

  wroteTo(length: number): void {
    this.#length = length
  }

  /** What was written, in place: good until more is. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Buffer {
    const copy = Buffer.from(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    return copy
  }

  /** The same in memory of its own, which another thread may take over. */
  takeForThread(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#length)
    this.#bytes.copy(copy, 0, 0, this.#length)
    this.#length = 0
    return copy
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Writes a 32-bit number, little-endian; returns the offset after it. */
export function putWord(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
  return at + 4
}

/** Writes an integer from 0 to 2^53 - 1 as `varint` does; returns the offset after it. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let to = at
  let rest = value
  while (rest >= 0x10000000) {
    bytes[to++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  let low = rest | 0
  while (low >= 128) {
    bytes[to++] = (low & 127) | 128
    low >>>= 7
  }
  bytes[to] = low
  return to + 1
}

/** A signed integer as the unsigned one that `signed` writes. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}
