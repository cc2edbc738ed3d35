// Addresses as numbers: an IPv4 address is its own 32-bit value, an IPv6 address gets an id from
// 2^32 up when it is first seen. Text and sorting happen only where somebody looks.
import { limits } from './limits.ts'

const IP6_BASE = 2 ** 32
/** Texts of addresses kept at once. */
const TEXTS_MAX = 65_536
const IP6_BYTES = 16

/** One line's addresses. Ids are valid within the table that gave them. */
export class AddressTable {
  readonly #ids = new Map<string, number>()
  /** The 16 bytes of each IPv6 address, a character each: the keys of `#ids` by their id. */
  readonly #keys: string[] = []
  readonly #texts = new Map<number, string>()
  readonly #max: number
  #turnedAway = 0

  constructor(max: number = limits.addressesMax) {
    this.#max = max
  }

  /** The id of an IPv6 address, 16 bytes at `offset`. An IPv4-mapped one stays what it is. */
  ip6(bytes: Uint8Array, offset: number): number {
    const key = String.fromCharCode(...bytes.subarray(offset, offset + IP6_BYTES))
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    if (this.#keys.length >= this.#max) {
      // The id of an address beyond the bound is one for all of them: "::".
      this.#turnedAway++
      return IP6_BASE + this.#max
    }
    const id = IP6_BASE + this.#keys.push(key) - 1
    this.#ids.set(key, id)
    return id
  }

  /** The id of an address in text, as SDP and reports have it; undefined for any other text. */
  idOf(text: string): number | undefined {
    const ip4 = parseIp4(text)
    if (ip4 !== undefined) return ip4
    const bytes = parseIp6(text)
    return bytes === undefined ? undefined : this.ip6(bytes, 0)
  }

  /** The usual text of an address: dotted decimal, or RFC 5952 for IPv6. */
  text(id: number): string {
    let text = this.#texts.get(id)
    if (text === undefined) {
      text = id < IP6_BASE ? formatIp4(id) : this.#ip6Text(id)
      // The same few addresses are asked for again and again.
      if (this.#texts.size >= TEXTS_MAX) this.#texts.clear()
      this.#texts.set(id, text)
    }
    return text
  }

  /** The 4 or 16 bytes of an address, as they lie in a header. */
  bytes(id: number): Uint8Array {
    if (id < IP6_BASE) return Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id)
    const key = this.#keys[id - IP6_BASE]
    return key === undefined ? new Uint8Array(IP6_BYTES) : Buffer.from(key, 'latin1')
  }

  #ip6Text(id: number): string {
    const key = this.#keys[id - IP6_BASE]
    return key === undefined ? '::' : formatIp6(Buffer.from(key, 'latin1'), 0)
  }

  stats(): { addresses: number; turnedAway: number } {
    return { addresses: this.#keys.length, turnedAway: this.#turnedAway }
  }
}

/** Dotted decimal of a 32-bit address. */
export function formatIp4(id: number): string {
  return `${id >>> 24}.${(id >>> 16) & 255}.${(id >>> 8) & 255}.${id & 255}`
}

/** The 32 bits of a dotted decimal address, undefined for any other text. */
export function parseIp4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  let id = 0
  for (const part of match.slice(1)) {
    const octet = Number(part)
    if (octet > 255) return undefined
    id = id * 256 + octet
  }
  return id
}

/**
 * The 16 bytes of an IPv6 address in any of its forms (RFC 4291 §2.2), undefined for other text.
 */
export function parseIp6(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0 || !/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined
  const before = parseGroups(head)
  const after = tail === undefined ? [] : parseGroups(tail)
  if (before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => 0), ...after]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]))
}

/** Groups between colons, of which the last may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const ip4 = i === parts.length - 1 ? parseIp4(part) : undefined
    if (ip4 !== undefined) groups.push(Math.floor(ip4 / 65_536), ip4 % 65_536)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
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
