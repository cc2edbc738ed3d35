// An IP address as text in, its bytes out: four of IPv4, sixteen of IPv6, as they stand in a
// header. Refuses names; of an IPv4 address in IPv6's clothes it gives the four bytes.
import { isIPv4, isIPv6 } from 'node:net'

/** Bytes of an address, undefined for a text that is none. A zone (`%eth0`) is left out. */
export function addressBytes(text: string): Uint8Array | undefined {
  const bare = text.split('%', 1)[0] ?? ''
  if (isIPv4(bare)) return Uint8Array.from(bare.split('.').map(Number))
  if (!isIPv6(bare)) return undefined
  const inside = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  if (inside !== undefined) return addressBytes(inside)
  return ip6Bytes(bare)
}

/**
 * Two addresses as one header has them: where one is of IPv6, both are, the other one mapped (RFC
 * 4291 §2.5.5.2).
 */
export function inOneFamily(
  one: Uint8Array,
  other: Uint8Array,
): readonly [one: Uint8Array, other: Uint8Array] {
  return one.length === other.length ? [one, other] : [mapped(one), mapped(other)]
}

function mapped(address: Uint8Array): Uint8Array {
  if (address.length === 16) return address
  const bytes = new Uint8Array(16).fill(0xff, 10, 12)
  bytes.set(address, 12)
  return bytes
}

/** An IPv4 address at the end stands for the last two groups (RFC 4291 §2.2). */
function ip6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const [head = '', tail] = text.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  bytes.set(before, 0)
  bytes.set(after, 16 - after.length)
  return bytes
}

function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
