// IP fragments in, in any order, doubled or overlapping; whole IP payloads out. Serves IPv4 and
// IPv6 alike. Refuses to wait for ever or to hold without bound; what it gives up is counted.
// Rules: RFC 791 §3.2, RFC 8200 §4.5. Where fragments overlap, the bytes that came first count
// (RFC 5722 would drop the datagram; a tracer that drops what an attacker can spoil shows nothing).
import { type Limits, limits as defaults } from '../base/limits.ts'
import type { FramePiece } from './datagram.ts'
import { HeldRanges } from './held-ranges.ts'
import type { Packet } from './packet.ts'

/** An IPv4 length has 16 bits, and so has all of IPv6 that can be cut into fragments. */
const DATAGRAM_BYTES_MAX = 65_535

interface Waiting {
  readonly key: string
  readonly bornUs: number
  readonly held: HeldRanges
  coveredBytes: number
  /** Known once the last fragment came. */
  totalBytes: number | undefined
  /** Of the first fragment: in IPv6 only that one tells. */
  protocol: number
}

export class Fragments {
  readonly #limits: Limits
  /** In the order of birth, so that the oldest is the first. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #memory = Buffer.allocUnsafeSlow(DATAGRAM_BYTES_MAX)
  #heldBytes = 0
  #joined = 0

  constructor(limits: Limits = defaults) {
    this.#limits = limits
  }

  /**
   * Takes the fragment that the packet stands at. True when it was the last that lacked: the
   * packet then goes on with the whole payload and `protocol`.
   */
  push(packet: Packet, elapsedUs: number): boolean {
    const start = packet.fragmentOffset
    const end = start + Math.max(0, packet.wireEnd - packet.at)
    if (end > DATAGRAM_BYTES_MAX) {
      packet.note('decode.fragment.contradiction')
      return false
    }
    const waiting = this.#find(packet, elapsedUs)
    if (!this.#admits(waiting, packet, end)) return false
    if (start === 0) waiting.protocol = packet.protocol
    this.#hold(waiting, packet, start, end)
    if (waiting.coveredBytes === waiting.totalBytes) {
      this.#forget(waiting)
      this.#join(waiting, packet)
      return true
    }
    if (waiting.held.list.length > this.#limits.fragmentsPerDatagramMax) {
      this.#giveUp(waiting, packet, 'decode.fragment.turned-away')
    }
    while (this.#heldBytes > this.#limits.fragmentBytesMax) this.#giveUpOldest(packet)
    return false
  }

  /** Gives up what has waited too long. */
  age(packet: Packet, elapsedUs: number): void {
    for (const waiting of this.#waiting.values()) {
      if (elapsedUs - waiting.bornUs <= this.#limits.fragmentAgeUsMax) return
      this.#giveUp(waiting, packet, 'decode.fragment.incomplete')
    }
  }

  /** Gives up everything: no more frames will come. */
  finish(packet: Packet): void {
    for (const waiting of this.#waiting.values()) {
      this.#giveUp(waiting, packet, 'decode.fragment.incomplete')
    }
  }

  stats(): { joined: number; waiting: number; heldBytes: number } {
    return { joined: this.#joined, waiting: this.#waiting.size, heldBytes: this.#heldBytes }
  }

  #find(packet: Packet, elapsedUs: number): Waiting {
    const { src, dst, fragmentId, isIp6 } = packet
    const key = `${src} ${dst} ${fragmentId} ${isIp6 ? '' : packet.protocol}`
    const known = this.#waiting.get(key)
    if (known !== undefined) {
      if (elapsedUs - known.bornUs <= this.#limits.fragmentAgeUsMax) return known
      this.#giveUp(known, packet, 'decode.fragment.incomplete')
    }
    if (this.#waiting.size >= this.#limits.fragmentedDatagramsMax) this.#giveUpOldest(packet)
    const waiting: Waiting = {
      key,
      bornUs: elapsedUs,
      held: new HeldRanges(),
      coveredBytes: 0,
      totalBytes: undefined,
      protocol: packet.protocol,
    }
    this.#waiting.set(key, waiting)
    return waiting
  }

  /** Whether a fragment that ends at `end` agrees with what is known of the datagram's end. */
  #admits(waiting: Waiting, packet: Packet, end: number): boolean {
    const highest = waiting.held.list.at(-1)?.end ?? 0
    const isLast = !packet.hasMoreFragments
    const total = waiting.totalBytes
    if (total !== undefined ? end > total || (isLast && end < total) : isLast && end < highest) {
      packet.note('decode.fragment.contradiction')
      return false
    }
    if (isLast) waiting.totalBytes = end
    return true
  }

  #hold(waiting: Waiting, packet: Packet, start: number, end: number): void {
    const { held } = waiting
    const costBefore = held.costBytes
    const pieces = packet.pieces(packet.at, packet.end)
    let from = start
    let at = packet.at
    let fresh = 0
    for (const [index, { ref, offset, length }] of pieces.entries()) {
      const bytes = packet.bytes.subarray(at, at + length)
      const to = index === pieces.length - 1 ? end : from + length
      fresh += held.insert({ start: from, end: to, bytes, ref, offset, tUs: packet.tUs })
      from = to
      at += length
    }
    if (fresh === 0 && end > start) packet.note('decode.fragment.duplicate')
    else if (fresh < end - start) packet.note('decode.fragment.overlap')
    waiting.coveredBytes += fresh
    this.#heldBytes += held.costBytes - costBefore
  }

  /** Puts the payload together, up to the first byte that a snap length cut off. */
  #join(waiting: Waiting, packet: Packet): void {
    const parts: FramePiece[] = []
    let end = 0
    for (const { start, end: to, bytes, ref, offset } of waiting.held.list) {
      bytes.copy(this.#memory, start)
      parts.push({ ref, offset, length: bytes.length })
      end = start + bytes.length
      if (bytes.length < to - start) break
    }
    this.#joined++
    packet.protocol = waiting.protocol
    packet.loadParts(this.#memory, end, waiting.totalBytes ?? end, parts)
  }

  #giveUpOldest(packet: Packet): void {
    const [oldest] = this.#waiting.values()
    if (oldest !== undefined) this.#giveUp(oldest, packet, 'decode.fragment.turned-away')
  }

  #giveUp(
    waiting: Waiting,
    packet: Packet,
    code: 'decode.fragment.incomplete' | 'decode.fragment.turned-away',
  ): void {
    packet.note(code)
    this.#forget(waiting)
  }

  #forget(waiting: Waiting): void {
    if (this.#waiting.delete(waiting.key)) this.#heldBytes -= waiting.held.costBytes
  }
}
