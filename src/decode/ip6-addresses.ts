// 16 bytes of an IPv6 address in, its id in the line's AddressTable out. Remembers the addresses of
// late, because the table makes a string for every question, and media asks twice a packet.
import type { AddressTable } from '../base/address-table.ts'
import { u32be } from '../source/integers.ts'

/** A power of two; a capture point sees fewer talkers than this at a time. */
const SLOTS = 1024

export class Ip6Addresses {
  readonly #table: AddressTable
  /** Four words an address; a slot counts once its id is not 0. */
  readonly #words = new Uint32Array(SLOTS * 4)
  readonly #ids = new Float64Array(SLOTS)

  constructor(table: AddressTable) {
    this.#table = table
  }

  idOf(bytes: Buffer, at: number): number {
    const a = u32be(bytes, at)
    const b = u32be(bytes, at + 4)
    const c = u32be(bytes, at + 8)
    const d = u32be(bytes, at + 12)
    const hash = Math.imul(a ^ (b >>> 7) ^ (c << 3), 0x9e3779b1) ^ Math.imul(d, 0x85ebca6b)
    const slot = (hash >>> 15) & (SLOTS - 1)
    const words = this.#words
    const word = slot * 4
    const isKnown =
      this.#ids[slot] !== 0 &&
      words[word] === a &&
      words[word + 1] === b &&
      words[word + 2] === c &&
      words[word + 3] === d
    if (isKnown) return this.#ids[slot] as number
    const id = this.#table.ip6(bytes, at)
    words[word] = a
    words[word + 1] = b
    words[word + 2] = c
    words[word + 3] = d
    this.#ids[slot] = id
    return id
  }
}
