// The header of a gzip member in, byte by byte; where the packed data begins out. Keeps nothing of
// it: names and times of packed files are of no use here. Rules: RFC 1952 §2.3.

const FLAG_HEADER_CRC = 2
const FLAG_EXTRA = 4
const FLAG_NAME = 8
const FLAG_COMMENT = 16
const FIXED_BYTES = 10
const METHOD_DEFLATE = 8

type Field = 'fixed' | 'extra-length' | 'extra' | 'name' | 'comment' | 'header-crc' | 'done'
const FIELDS: readonly Field[] = ['extra-length', 'extra', 'name', 'comment', 'header-crc', 'done']

/** Reads one header; make a new one for each member. */
export class GzipHeader {
  isBroken = false
  #field: Field = 'fixed'
  #fieldBytes = 0
  #flags = 0
  #extraBytes = 0

  get isDone(): boolean {
    return this.#field === 'done'
  }

  /** True once any byte was read. */
  get isBegun(): boolean {
    return this.#field !== 'fixed' || this.#fieldBytes > 0
  }

  /** Reads on from `at`; returns the offset after the last byte that belongs to the header. */
  push(bytes: Uint8Array, at: number): number {
    let next = at
    while (next < bytes.length && !this.isDone && !this.isBroken) {
      this.#readByte(bytes[next] as number)
      if (!this.isBroken) next++
    }
    return next
  }

  #readByte(byte: number): void {
    const index = this.#fieldBytes++
    switch (this.#field) {
      case 'fixed':
        this.#readFixed(byte, index)
        break
      case 'extra-length':
        this.#extraBytes |= byte << (8 * index)
        if (index === 1) this.#enterAfter('extra-length')
        break
      case 'extra':
        if (index + 1 === this.#extraBytes) this.#enterAfter('extra')
        break
      case 'name':
      case 'comment':
        if (byte === 0) this.#enterAfter(this.#field)
        break
      case 'header-crc':
        if (index === 1) this.#enterAfter('header-crc')
        break
      case 'done':
        break
    }
  }

  #readFixed(byte: number, index: number): void {
    if (index === 0) this.isBroken = byte !== 0x1f
    else if (index === 1) this.isBroken = byte !== 0x8b
    else if (index === 2) this.isBroken = byte !== METHOD_DEFLATE
    else if (index === 3) this.#flags = byte
    else if (index === FIXED_BYTES - 1) this.#enterAfter('fixed')
  }

  /** Goes to the next field that the flags say is there. */
  #enterAfter(field: Field): void {
    const from = FIELDS.indexOf(field) + 1
    this.#field = FIELDS.find((next, index) => index >= from && this.#isPresent(next)) ?? 'done'
    this.#fieldBytes = 0
  }

  #isPresent(field: Field): boolean {
    switch (field) {
      case 'extra-length':
        return (this.#flags & FLAG_EXTRA) !== 0
      case 'extra':
        return this.#extraBytes > 0
      case 'name':
        return (this.#flags & FLAG_NAME) !== 0
      case 'comment':
        return (this.#flags & FLAG_COMMENT) !== 0
      case 'header-crc':
        return (this.#flags & FLAG_HEADER_CRC) !== 0
      default:
        return true
    }
  }
}
