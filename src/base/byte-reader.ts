// Reads back what ByteWriter wrote. Past the end it reads zeros and says so: a damaged row must
// not stop the others.

import type { RecentTexts } from './recent-texts.ts'

/** Reads numbers and texts from the front of a buffer. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0
  #isShort = false

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** True when something was read beyond the end. */
  get isShort(): boolean {
    return this.#isShort
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) {
      this.#isShort = true
      return 0
    }
    this.#at++
    return value
  }

  /** A 32-bit number, little-endian, unsigned. */
  word(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0
  }

  varint(): number {
    const first = this.#bytes[this.#at]
    // Most numbers are small.
    if (first !== undefined && first < 128) {
      this.#at++
      return first
    }
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    this.#isShort = true
    return value
  }

  signed(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Offset of what is read next. */
  get at(): number {
    return this.#at
  }

  /** Offset behind the last byte. */
  get end(): number {
    return this.#bytes.length
  }

  /** The next `length` bytes, in place. */
  bytes(length: number): Uint8Array {
    return this.upTo(this.#at + length)
  }

  /** The bytes from here to this offset, in place. */
  upTo(end: number): Uint8Array {
    const bytes = this.between(this.#at, end)
    this.#at += bytes.length
    return bytes
  }

  /** The bytes between two offsets, in place, without reading on. */
  between(start: number, end: number): Uint8Array {
    if (start > end || end > this.#bytes.length) {
      this.#isShort = true
      return new Uint8Array(0)
    }
    return this.#bytes.subarray(start, end)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  text(): string {
    const length = this.varint()
    const end = this.#at + length
    if (end > this.#bytes.length) {
      this.#isShort = true
      return ''
    }
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    return text
  }

  /** A text that was read before, or will be again: the same one is given each time. */
  recentText(recent: RecentTexts): string {
    const length = this.varint()
    const end = this.#at + length
    if (end > this.#bytes.length) {
      this.#isShort = true
      return ''
    }
    const text = recent.text(this.#bytes, this.#at, end)
    this.#at = end
    return text
  }
}
