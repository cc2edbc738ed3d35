// SRTP packets of one SSRC in capture order in, packets in the clear out; those that are forged,
// replayed or under no known key are counted and refused. A capture may begin anywhere in a call,
// so where the rollover counter stands is found by trying until a packet authenticates.
//
// RFC 3711 §3.3.1 (index of a packet), §3.3.2 (replay), appendix A.
import { packetParts, type PacketParts } from '../packet-parts.ts'
import { ReplayWindow } from './replay-window.ts'
import { SrtpSession } from './srtp-session.ts'
import type { SrtpKey } from './srtp-key.ts'

/** Rollover counters that are tried: a day of 50 packets a second. */
const ROLLOVERS_TRIED = 66
/**
 * After so many packets in vain only every so-many-th starts a search: it costs a lot of hashing.
 */
const SEARCHES_AT_ONCE = 100
const SEARCH_EVERY = 50
/** Keys of one stream: one for each description that named one. */
const KEYS_MAX = 64

export interface SrtpCounts {
  opened: number
  /** No key made the tag right. */
  unauthentic: number
  replayed: number
}

/** A key that has opened a packet, and how far its stream has come. */
interface Tracked {
  readonly session: SrtpSession
  rollover: number
  /** Highest sequence number at this rollover (s_l). */
  highest: number
  readonly window: ReplayWindow
}

export class SrtpReceiver {
  readonly counts: SrtpCounts = { opened: 0, unauthentic: 0, replayed: 0 }
  readonly #sessions: readonly SrtpSession[]
  /** The one that opened the last packet first. */
  #tracked: Tracked[] = []
  #searches = 0

  constructor(keys: readonly SrtpKey[]) {
    this.#sessions = keys.slice(0, KEYS_MAX).map((key) => new SrtpSession(key))
  }

  /** The packet in the clear, in memory of its own; undefined where it is refused. */
  open(bytes: Uint8Array): Buffer | undefined {
    const parts = packetParts(bytes)
    if (parts === undefined) return undefined
    for (const tracked of this.#tracked) {
      const rollover = estimateRollover(tracked, parts.sequenceNumber)
      if (rollover < 0 || !tracked.session.isNamed(bytes)) continue
      const opened = tracked.session.open(bytes, parts, rollover)
      if (opened !== undefined) return this.#accept(tracked, opened, parts, rollover)
    }
    return this.#search(bytes, parts)
  }

  #accept(
    tracked: Tracked,
    opened: Buffer,
    { sequenceNumber }: PacketParts,
    rollover: number,
  ): Buffer | undefined {
    if (!tracked.window.take(rollover * 0x10000 + sequenceNumber)) {
      this.counts.replayed++
      return undefined
    }
    if (rollover > tracked.rollover) {
      tracked.rollover = rollover
      tracked.highest = sequenceNumber
    } else if (rollover === tracked.rollover) {
      tracked.highest = Math.max(tracked.highest, sequenceNumber)
    }
    if (this.#tracked[0] !== tracked) {
      this.#tracked = [tracked, ...this.#tracked.filter((other) => other !== tracked)]
    }
    this.counts.opened++
    return opened
  }

  #search(bytes: Uint8Array, parts: PacketParts): Buffer | undefined {
    this.#searches++
    const isTried = this.#searches <= SEARCHES_AT_ONCE || this.#searches % SEARCH_EVERY === 0
    const from = this.#tracked[0]?.rollover ?? 0
    for (const session of this.#sessions) {
      if (!isTried || !session.isNamed(bytes)) continue
      // Near where the stream was first, then from the beginning of a call on.
      for (let i = 0; i < ROLLOVERS_TRIED; i++) {
        for (const rollover of from === 0 ? [i] : [from + i, i]) {
          const opened = session.open(bytes, parts, rollover)
          if (opened === undefined) continue
          return this.#accept(this.#track(session, parts, rollover), opened, parts, rollover)
        }
      }
    }
    this.counts.unauthentic++
    return undefined
  }

  #track(session: SrtpSession, { sequenceNumber }: PacketParts, rollover: number): Tracked {
    const known = this.#tracked.find((tracked) => tracked.session === session)
    if (known !== undefined) return known
    const window = new ReplayWindow()
    const tracked = { session, rollover, highest: sequenceNumber, window }
    this.#tracked.push(tracked)
    return tracked
  }
}

/**
 * RFC 3711 appendix A: the rollover at which the packet's number is nearest to the highest seen.
 */
function estimateRollover({ rollover, highest }: Tracked, sequenceNumber: number): number {
  if (highest < 0x8000) return sequenceNumber - highest > 0x8000 ? rollover - 1 : rollover
  return highest - 0x8000 > sequenceNumber ? rollover + 1 : rollover
}
