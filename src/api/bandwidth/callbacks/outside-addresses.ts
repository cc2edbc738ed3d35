// Addresses in, whether a callback may go there out. Whoever sets a callback's address could
// otherwise have us ask what only we can reach. The name is resolved by the connection itself, so
// that nobody can give one address for the check and another for the call.
import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { isInNetworks } from '../../../store/networks.ts'

/** Networks that are not the world: RFC 6890, and what leads into IPv4 from IPv6. */
const INSIDE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]

/** Whether an address may be sent to: any in the world, and those in the allowed networks. */
export function mayBeSentTo(address: string, allowed: readonly string[]): boolean {
  return isInNetworks(allowed, address) || !isInNetworks(INSIDE, address)
}

/** A connection's look-up that gives only addresses that may be sent to. */
export function outsideLookup(allowed: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const outside = addresses.filter(({ address }) => mayBeSentTo(address, allowed))
      const [first] = outside
      if (first === undefined) {
        callback(insideError(hostname), [])
        return
      }
      if (options.all === true) callback(null, outside)
      else callback(null, first.address, first.family)
    })
  }
}

/** Refuses an address that stands in the URL itself: nothing looks it up. @throws Error */
export function checkHost(hostname: string, allowed: readonly string[]): void {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (isIP(bare) !== 0 && !mayBeSentTo(bare, allowed)) throw insideError(hostname)
}

function insideError(hostname: string): Error {
  return new Error(`${hostname} leads to an address inside, which is not allowed`)
}
