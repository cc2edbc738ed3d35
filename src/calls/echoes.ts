// Messages in, whether each was told already by the other way: a proxy that sends its traffic by
// HEP, on a machine whose wire is captured too, shows every message twice. One of the two counts,
// whichever comes first. Copies on the wire, and messages that two agents saw, are no echoes: they
// are kept as what they are.
import type { Ends } from '../decode/datagram.ts'

/**
 * The same message again, by the other way, is an echo within this. A retransmission comes later:
 * T1 is 500 ms (RFC 3261 §17.1.1.1).
 */
const WINDOW_US = 250_000
/** Messages of each way that an echo is looked for among. */
const REMEMBERED = 1_024
const FIELDS = 6

/** What the echo has in common with its original. */
export interface EchoTraits extends Ends {
  readonly tUs: number
  /** Of the message's bytes. */
  readonly hash: number
}

/** The last messages of one way, the oldest overwritten. */
class Recent {
  readonly #fields = new Float64Array(REMEMBERED * FIELDS)
  #count = 0

  get isEmpty(): boolean {
    return this.#count === 0
  }

  add({ tUs, hash, src, srcPort, dst, dstPort }: EchoTraits): void {
    const fields = this.#fields
    const at = (this.#count++ % REMEMBERED) * FIELDS
    fields[at] = tUs
    fields[at + 1] = hash
    fields[at + 2] = src
    fields[at + 3] = srcPort
    fields[at + 4] = dst
    fields[at + 5] = dstPort
  }

  /** Takes out a message with these traits; false where none is near enough. */
  take({ tUs, hash, src, srcPort, dst, dstPort }: EchoTraits): boolean {
    const fields = this.#fields
    const remembered = Math.min(this.#count, REMEMBERED)
    for (let i = 1; i <= remembered; i++) {
      const at = ((this.#count - i) % REMEMBERED) * FIELDS
      if (fields[at + 1] !== hash || fields[at + 3] !== srcPort) continue
      const isSame =
        fields[at + 5] === dstPort &&
        fields[at + 2] === src &&
        fields[at + 4] === dst &&
        Math.abs((fields[at] ?? 0) - tUs) <= WINDOW_US
      if (!isSame) continue
      fields[at] = Number.NaN
      return true
    }
    return false
  }
}

export class Echoes {
  readonly #fromWire = new Recent()
  readonly #fromAgents = new Recent()
  /** Messages that were told already. */
  echoes = 0

  /** Whether a message was told by the other way; it is then no original for anything else. */
  isEcho(traits: EchoTraits, isFromAgent: boolean): boolean {
    const others = isFromAgent ? this.#fromWire : this.#fromAgents
    if (others.isEmpty || !others.take(traits)) return false
    this.echoes++
    return true
  }

  /** Remembers a message that counted. */
  add(traits: EchoTraits, isFromAgent: boolean): void {
    if (isFromAgent) this.#fromAgents.add(traits)
    else this.#fromWire.add(traits)
  }
}
