// Addresses and networks as people write them in (`192.0.2.0/24`, `2001:db8::/32`, one address),
// whether an address lies in one of them out. An IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2)
// is the IPv4 address. It looks nothing up: a name is no network.
import { BlockList, isIP } from 'node:net'

/** Whether this is an address, or a network with its prefix length. */
export function isNetwork(text: string): boolean {
  return partsOf(text) !== undefined
}

/** Networks that an address is in or is not. What is no network holds nothing. */
export class Networks {
  readonly #list = new BlockList()

  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const parts = partsOf(text)
      if (parts !== undefined) this.#list.addSubnet(parts.address, parts.bits, parts.family)
    }
  }

  has(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }
}

const known = new WeakMap<readonly string[], Networks>()

/** Whether an address lies in one of the networks of a list, which is read once. */
export function isInNetworks(texts: readonly string[], address: string): boolean {
  let networks = known.get(texts)
  if (networks === undefined) {
    networks = new Networks(texts)
    known.set(texts, networks)
  }
  return networks.has(address)
}

interface NetworkParts {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

function partsOf(text: string): NetworkParts | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const version = isIP(address)
  // A zone (`%eth0`) says which wire, which no capture tells.
  if (version === 0 || rest.length > 0 || address.includes('%')) return undefined
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const bitsMax = version === 6 ? 128 : 32
  const bits = length === undefined ? bitsMax : Number(length)
  return bits > bitsMax ? undefined : { address, bits, family: version === 6 ? 'ipv6' : 'ipv4' }
}
