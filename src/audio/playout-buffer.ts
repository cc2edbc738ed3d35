// Packets of one stream in the order of capture in, in the order of their sequence numbers out.
// Each is held for a second of packet time, so that late ones find their place; duplicates, and
// what comes later still, are counted and not handed on.
//
// RFC 3550 A.1 for the sequence: a jump is a restart once a second packet confirms it.
import type { HeardPacket } from './heard-packet.ts'
import { soundLimits } from './limits.ts'

/** A packet with its place in the unwrapped sequence. */
export interface HeldPacket {
  readonly order: number
  readonly packet: HeardPacket
}

/** RFC 3550 A.1's MAX_DROPOUT, and how far back a packet may be late. */
const AHEAD_MAX = 3_000
const BEHIND_MAX = 1_000
/** Numbers remembered as seen; a power of two above both. */
const SEEN = 8_192

export class PlayoutBuffer {
  /** In order of `order`. */
  readonly #held: HeldPacket[] = []
  readonly #seen = new Float64Array(SEEN).fill(-1)
  /** Highest order so far, and what to add to a sequence number to get near it. */
  #highest: number | undefined
  #offset = 0
  #released = Number.NEGATIVE_INFINITY
  /** A packet that jumped, until the next one says whether it is a restart. */
  #suspect: HeardPacket | undefined
  duplicates = 0
  late = 0
  restarts = 0

  get held(): readonly HeldPacket[] {
    return this.#held
  }

  push(packet: HeardPacket): void {
    const order = this.#orderOf(packet)
    if (order !== undefined) this.#insert(order, packet)
  }

  /** The next packet that has waited long enough; of all that are held once `nowUs` is Infinity. */
  take(nowUs: number): HeldPacket | undefined {
    const [first] = this.#held
    if (first === undefined) return undefined
    const isDue = first.packet.tUs <= nowUs - soundLimits.holdUs
    if (!isDue && this.#held.length <= soundLimits.heldPacketsMax) return undefined
    this.#held.shift()
    this.#released = first.order
    return first
  }

  /** How many packets between these two were never seen. */
  missingBetween(before: number, after: number): number {
    if (after - before > SEEN) return after - before - 1
    let missing = 0
    for (let order = before + 1; order < after; order++) if (!this.#isSeen(order)) missing++
    return missing
  }

  #orderOf(packet: HeardPacket): number | undefined {
    const { sequenceNumber } = packet
    if (this.#highest === undefined) {
      // Room below, for what comes after it and was sent before.
      this.#highest = sequenceNumber + 0x10000
      this.#offset = 0x10000
      return this.#highest
    }
    const lastNumber = (this.#highest - this.#offset) & 0xffff
    const step = ((sequenceNumber - lastNumber + 0x8000) & 0xffff) - 0x8000
    if (step <= AHEAD_MAX && step >= -BEHIND_MAX) return this.#advance(step)
    if (packet.isRedundant) return undefined
    const suspect = this.#suspect
    this.#suspect = packet
    if (suspect === undefined || ((suspect.sequenceNumber + 1) & 0xffff) !== sequenceNumber) {
      this.late++
      return undefined
    }
    this.#restart(suspect)
    return this.#advance(1)
  }

  /** Goes on after the highest number as if nothing were missing. */
  #restart(suspect: HeardPacket): void {
    this.restarts++
    this.late--
    const next = (this.#highest ?? 0) + 1
    this.#offset = next - suspect.sequenceNumber
    this.#highest = next
    this.#insert(next, suspect)
  }

  #advance(step: number): number {
    this.#suspect = undefined
    const order = (this.#highest ?? 0) + step
    if (step > 0) this.#highest = order
    return order
  }

  #insert(order: number, packet: HeardPacket): void {
    if (this.#isSeen(order)) {
      if (!packet.isRedundant) this.#duplicate(order, packet)
      return
    }
    if (order <= this.#released) {
      if (!packet.isRedundant) this.late++
      return
    }
    this.#seen[order % SEEN] = order
    let at = this.#held.length
    while (at > 0 && (this.#held[at - 1]?.order ?? 0) > order) at--
    this.#held.splice(at, 0, { order, packet })
  }

  /** The packet itself takes the place of a copy that came before it. */
  #duplicate(order: number, packet: HeardPacket): void {
    const at = this.#held.findIndex((held) => held.order === order)
    if (this.#held[at]?.packet.isRedundant === true) this.#held[at] = { order, packet }
    else this.duplicates++
  }

  #isSeen(order: number): boolean {
    return this.#seen[order % SEEN] === order
  }
}
