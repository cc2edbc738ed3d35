// Addresses as numbers: an IPv4 address is its own 32-bit value, an IPv6 address gets an id from
// 2^32 up when it is first seen. Text and sorting happen only where somebody looks.
import { limits } from './limits.ts'

const IP6_BASE = 2 ** 32
/** Texts of IPv4 addresses kept at once. */
const IP4_TEXTS_MAX = 65_536

/** One line's addresses. Ids are valid within the table that gave them. */
export class AddressTable {
  readonly #ids = new Map<string, number>()
  readonly #texts: string[] = []
  readonly #ip4Texts = new Map<number, string>()
  readonly #max: number
  #turnedAway = 0

  constructor(max: number = limits.addressesMax) {
    this.#max = max
  }

  /** The id of an IPv6 address, 16 bytes at `offset`. An IPv4-mapped one stays as it was on the wire. */
  ip6(bytes: Uint8Array, offset: number): number {
    const key = String.fromCharCode(...bytes.subarray(offset, offset + 16))
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    if (this.#texts.length >= this.#max) {
      // The id of an address beyond the bound is one for all of them: "::".
      this.#turnedAway++
      return IP6_BASE + this.#max
    }
    const id = IP6_BASE + this.#texts.push(formatIp6(bytes, offset)) - 1
    this.#ids.set(key, id)
    return id
  }

  /** The usual text of an address: dotted decimal, or RFC 5952 for IPv6. */
  text(id: number): string {
    if (id < IP6_BASE) return this.#ip4Text(id)
    return this.#texts[id - IP6_BASE] ?? '::'
  }

  /** The same few addresses are asked for again and again. */
  #ip4Text(id: number): string {
    let text = this.#ip4Texts.get(id)
    if (text === undefined) {
      text = formatIp4(id)
      if (this.#ip4Texts.size >= IP4_TEXTS_MAX) this.#ip4Texts.clear()
      this.#ip4Texts.set(id, text)
    }
    return text
  }

  stats(): { addresses: number; turnedAway: number } {
    return { addresses: this.#texts.length, turnedAway: this.#turnedAway }
  }
}

/** Dotted decimal of a 32-bit address. */
export function formatIp4(id: number): string {
  return `${id >>> 24}.${(id >>> 16) & 255}.${(id >>> 8) & 255}.${id & 255}`
}

/** RFC 5952 text of 16 bytes: lower case, the longest run of two or more zero groups as `::`. */
export function formatIp6(bytes: Uint8Array, offset: number): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) {
    groups.push(((bytes[offset + i] ?? 0) << 8) | (bytes[offset + i + 1] ?? 0))
  }
  let best = 0
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && groups[i + n] === 0) n++
    if (n > bestLength) {
      best = i
      bestLength = n
    }
    i += n
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':')
  return bestLength > 1 ? `${hex(0, best)}::${hex(best + bestLength, 8)}` : hex(0, 8)
}
