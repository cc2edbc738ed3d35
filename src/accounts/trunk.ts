// Trunks: names for the addresses of a peer, as the operator sets them. In: `name=network` texts.
// Out: the networks of a name. An unknown name has none.
import { isNetwork } from '../store/networks.ts'

/** Networks by the name of their trunk. */
export type Trunks = ReadonlyMap<string, readonly string[]>

/** Reads `carrier=192.0.2.0/24`; a name may stand several times. Other texts are left out. */
export function readTrunks(texts: readonly string[]): Trunks {
  const trunks = new Map<string, string[]>()
  for (const text of texts) {
    const at = text.indexOf('=')
    const name = text.slice(0, at)
    const network = text.slice(at + 1)
    if (at < 1 || !isNetwork(network)) continue
    trunks.set(name, [...(trunks.get(name) ?? []), network])
  }
  return trunks
}
