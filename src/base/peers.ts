// Addresses that ask something of us in, who asks out: for bounds on what one asker may have. An
// IPv4 address is one; of IPv6 the /64 is, for that is the least that a customer is given (RFC 6177
// §2), and whoever has one asks from another of its addresses each time.
import { addressBytes } from './address-bytes.ts'

const IP4_BYTES = 4
const NETWORK_BYTES = 8

/** Whose address this is. What is no address stands for itself. */
export function peerOf(address: string): string {
  const bytes = addressBytes(address)
  if (bytes === undefined) return address
  if (bytes.length === IP4_BYTES) return bytes.join('.')
  return `${Buffer.from(bytes.subarray(0, NETWORK_BYTES)).toString('hex')}/64`
}

/** How many connections each peer has open. */
export class PeerCounts {
  readonly #open = new Map<string, number>()

  /** Those of the peer that an address belongs to. */
  of(address: string): number {
    return this.#open.get(peerOf(address)) ?? 0
  }

  add(address: string): void {
    this.#open.set(peerOf(address), this.of(address) + 1)
  }

  remove(address: string): void {
    const rest = this.of(address) - 1
    if (rest > 0) this.#open.set(peerOf(address), rest)
    else this.#open.delete(peerOf(address))
  }
}
