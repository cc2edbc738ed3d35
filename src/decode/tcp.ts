// TCP segments in, in any order, doubled, overlapping or lost; the bytes of each direction out, in
// order. Refuses to wait for ever: a hole is given up after some packet time, when the other side
// has plainly received what we did not, or when too much is held. Rules: RFC 9293 §3.4, §3.10.
import { type Limits, limits as defaults } from '../base/limits.ts'
import type { StreamChunk } from './datagram.ts'
import type { HeldRange } from './held-ranges.ts'
import type { Packet } from './packet.ts'
import { TcpConnections } from './tcp-connections.ts'
import { TcpDirection } from './tcp-direction.ts'
import { TcpSegment } from './tcp-segment.ts'

/** A sequence number further off than this belongs to another connection of the same ends. */
const WINDOW_BYTES_MAX = 1 << 20
/** So many acknowledgements beyond a hole say that only the capture lacks the bytes. */
const ACKNOWLEDGEMENTS_MAX = 3

export type EmitChunk = (chunk: StreamChunk) => void

export class Tcp {
  readonly #limits: Limits
  readonly #emit: EmitChunk
  readonly #connections = new TcpConnections()
  /** Directions that wait for missing bytes, the longest waiting first. */
  readonly #holes = new Set<TcpDirection>()
  readonly #chunk: StreamChunk
  readonly #noBytes = Buffer.alloc(0)
  #heldBytes = 0
  #streamIds = 0
  #retransmittedBytes = 0
  /** The packet in work, whatever it is: notes of problems go there. */
  readonly #packet: Packet
  readonly #segment = new TcpSegment()
  #elapsedUs = 0

  constructor(packet: Packet, emit: EmitChunk, limits: Limits = defaults) {
    this.#packet = packet
    this.#limits = limits
    this.#emit = emit
    const piece = { ref: 0, offset: 0, length: 0 }
    const ends = { src: 0, srcPort: 0, dst: 0, dstPort: 0 }
    const flags = { isAfterGap: false, isMidstream: false, isEnd: false }
    const place = { bytes: this.#noBytes, start: 0, end: 0, piece }
    this.#chunk = { ...ends, tUs: 0, streamId: 0, ...place, ...flags }
  }

  /** Takes the segment that the packet stands at. */
  push(elapsedUs: number): void {
    this.#elapsedUs = elapsedUs
    const packet = this.#packet
    const segment = this.#segment
    if (!segment.read(packet)) return
    const { srcPort, dstPort } = segment
    let direction = this.#connections.find(packet.src, srcPort, packet.dst, dstPort)
    if (segment.isSyn) direction = this.#begin(direction)
    else if (segment.payloadBytes > 0 && !segment.isReset) direction = this.#join(direction)
    if (segment.isAcknowledging) {
      if (direction !== undefined) direction.acknowledged = segment.acknowledged
      this.#acknowledge(direction?.reverse ?? this.#findReverse(), segment.acknowledged)
    }
    if (direction === undefined) return
    this.#connections.touch(direction)
    if (segment.isReset) this.#reset(direction)
    else this.#take(direction)
  }

  /** Gives up holes that have been open too long. */
  age(elapsedUs: number): void {
    this.#elapsedUs = elapsedUs
    for (const direction of this.#holes) {
      if (elapsedUs - direction.holeSinceUs <= this.#limits.tcpHoleAgeUsMax) return
      this.#giveUpHole(direction)
    }
  }

  /** Hands out everything held, and ends every stream: no more frames will come. */
  finish(): void {
    let direction = this.#connections.oldest
    while (direction !== undefined) {
      const { newer } = direction
      this.#end(direction)
      this.#connections.remove(direction)
      direction = newer
    }
  }

  stats(): { directions: number; holes: number; heldBytes: number; retransmittedBytes: number } {
    return {
      directions: this.#connections.size,
      holes: this.#holes.size,
      heldBytes: this.#heldBytes,
      retransmittedBytes: this.#retransmittedBytes,
    }
  }

  /** A SYN begins a stream, unless it is the one that began it said again or come late. */
  #begin(known: TcpDirection | undefined): TcpDirection {
    const { sequence, isAcknowledging } = this.#segment
    if (known !== undefined) {
      const sinceSyn = (known.firstSequence - sequence) | 0
      const isLate = known.isMidstream && sinceSyn >= 0 && sinceSyn < WINDOW_BYTES_MAX
      // A stream that has ended leaves its ends free for a new connection.
      if (!known.isClosed && (isLate || sinceSyn === 0)) return known
    }
    const reverse = known?.reverse ?? this.#findReverse()
    if (known !== undefined) this.#drop(known)
    if (!isAcknowledging && reverse !== undefined) this.#dropStale(reverse)
    return this.#add(false)
  }

  /** Ends the other direction of an old connection, unless it already answers this new one. */
  #dropStale(reverse: TcpDirection): void {
    const { acknowledged } = reverse
    if (acknowledged !== undefined) {
      const answered = (acknowledged - this.#segment.sequence) | 0
      if (answered >= 0 && answered < WINDOW_BYTES_MAX) return
    }
    this.#drop(reverse)
  }

  /** The direction that data belongs to: the known one, or a new one joined in the middle. */
  #join(known: TcpDirection | undefined): TcpDirection | undefined {
    const { sequence, payloadBytes } = this.#segment
    if (known !== undefined) {
      const distance = known.distanceTo(sequence)
      const isNear = distance >= -WINDOW_BYTES_MAX
      // After its end, a stream that repeats itself is no new one.
      if (isNear && (!known.isClosed || distance + payloadBytes <= 0)) return known
    }
    // One byte may be a keep-alive, which repeats a byte that was sent before.
    if (payloadBytes <= 1) return undefined
    if (known !== undefined) this.#drop(known)
    this.#packet.note('decode.tcp.midstream')
    return this.#add(true)
  }

  #findReverse(): TcpDirection | undefined {
    const { src, dst } = this.#packet
    const { srcPort, dstPort } = this.#segment
    return this.#connections.find(dst, dstPort, src, srcPort)
  }

  #add(isMidstream: boolean): TcpDirection {
    const { src, dst } = this.#packet
    const { srcPort, dstPort, sequence } = this.#segment
    const { oldest } = this.#connections
    if (this.#connections.size >= this.#limits.tcpStreamsMax && oldest !== undefined) {
      if (!oldest.isClosed) this.#packet.note('decode.tcp.turned-away')
      this.#drop(oldest)
    }
    const streamId = ++this.#streamIds
    const ends = { src, srcPort, dst, dstPort }
    const direction = new TcpDirection({ ...ends, streamId, sequence, isMidstream })
    this.#connections.add(direction)
    return direction
  }

  #drop(direction: TcpDirection): void {
    this.#end(direction)
    this.#connections.remove(direction)
  }

  /** Takes payload and FIN. A segment that came in IP fragments lies in several pieces. */
  #take(direction: TcpDirection): void {
    if (direction.isClosed) return
    const { sequence, payloadBytes, isFin } = this.#segment
    const packet = this.#packet
    const position = direction.nextPosition + direction.distanceTo(sequence)
    const end = position + payloadBytes
    if (payloadBytes > 0) {
      let start = position
      let at = packet.at
      const pieces = packet.pieces(packet.at, packet.end)
      for (const [index, { ref, offset, length }] of pieces.entries()) {
        const to = index === pieces.length - 1 ? end : start + length
        const bytes = packet.bytes.subarray(at, at + length)
        this.#place(direction, { start, end: to, bytes, ref, offset, tUs: packet.tUs })
        start = to
        at += length
      }
    }
    // A FIN from far off would end the stream with everything before it given up.
    const distance = end - direction.nextPosition
    if (isFin && distance >= 0 && distance <= WINDOW_BYTES_MAX) direction.endPosition ??= end
    this.#settle(direction)
  }

  /** Puts one stretch in its place: out at once where it is next, else held. */
  #place(direction: TcpDirection, range: HeldRange): void {
    const { held } = direction
    const skipped = Math.max(0, direction.nextPosition - range.start)
    this.#retransmittedBytes += Math.min(skipped, range.end - range.start)
    if (range.end <= direction.nextPosition) return
    if (skipped > 0) {
      range.start += skipped
      range.offset += skipped
      range.bytes = range.bytes.subarray(skipped)
    }
    const firstHeld = held.list[0]?.start ?? Number.POSITIVE_INFINITY
    if (range.start === direction.nextPosition && range.end <= firstHeld) {
      this.#deliver(direction, range, range.tUs)
      return
    }
    const costBefore = held.costBytes
    this.#retransmittedBytes += range.end - range.start - held.insert(range)
    this.#heldBytes += held.costBytes - costBefore
  }

  /** Hands out what is no longer waiting, then keeps to the bounds and notes what still is. */
  #settle(direction: TcpDirection): void {
    const { held } = direction
    const holeBefore = direction.nextPosition
    this.#release(direction, this.#packet.tUs)
    const { tcpPendingBytesPerStreamMax, tcpPendingBytesMax } = this.#limits
    while (held.costBytes > tcpPendingBytesPerStreamMax) this.#giveUpEarly(direction)
    if (direction.isAtEnd) {
      this.#end(direction)
      return
    }
    if (!direction.hasHole) this.#holes.delete(direction)
    else if (!this.#holes.has(direction) || direction.nextPosition !== holeBefore) {
      this.#openHole(direction)
    }
    while (this.#heldBytes > tcpPendingBytesMax) {
      const [longest] = this.#holes
      if (longest === undefined) return
      this.#giveUpEarly(longest)
    }
  }

  #openHole(direction: TcpDirection): void {
    this.#holes.delete(direction)
    this.#holes.add(direction)
    direction.holeSinceUs = this.#elapsedUs
    direction.acknowledgementsBeyondHole = 0
  }

  /**
   * Hands out held stretches that are next. `tUs` is the time at which the hole was filled;
   * undefined where it was given up: then each stretch has the time of the one that came last
   * of those up to it, for only then were all of them there.
   */
  #release(direction: TcpDirection, tUs: number | undefined): void {
    const { held } = direction
    let latest: HeldRange | undefined
    for (;;) {
      const first = held.list[0]
      if (first === undefined || first.start > direction.nextPosition) return
      const costBefore = held.costBytes
      held.shift()
      this.#heldBytes += held.costBytes - costBefore
      // By place, not by time: clocks of captures step back.
      if (latest === undefined || first.ref > latest.ref) latest = first
      this.#deliver(direction, first, tUs ?? latest.tUs)
    }
  }

  #giveUpEarly(direction: TcpDirection): void {
    this.#packet.note('decode.tcp.turned-away')
    this.#giveUpHole(direction)
  }

  /** Goes on behind the hole. */
  #giveUpHole(direction: TcpDirection): void {
    if (direction.hasHole) {
      this.#packet.note('decode.tcp.gap')
      direction.isAfterGap = true
      direction.advanceTo(direction.holeEnd)
      this.#release(direction, undefined)
    }
    if (direction.isAtEnd) this.#end(direction)
    else if (direction.hasHole) this.#openHole(direction)
    else this.#holes.delete(direction)
  }

  /** The other side says what it received. */
  #acknowledge(direction: TcpDirection | undefined, acknowledged: number): void {
    if (direction === undefined || !direction.hasHole) return
    const hole = direction.holeEnd - direction.nextPosition
    if (direction.distanceTo(acknowledged) < hole) return
    direction.acknowledgementsBeyondHole++
    if (direction.acknowledgementsBeyondHole < ACKNOWLEDGEMENTS_MAX) return
    this.#giveUpHole(direction)
  }

  /** RFC 9293 §3.10.7.4: a reset counts only near the bytes that are expected. */
  #reset(direction: TcpDirection): void {
    const distance = direction.distanceTo(this.#segment.sequence)
    if (Math.abs(distance) <= WINDOW_BYTES_MAX) this.#end(direction)
  }

  /** Hands out what is held, with its gaps, and says that nothing more comes. */
  #end(direction: TcpDirection): void {
    if (direction.isClosed) return
    direction.isClosed = true
    while (direction.held.list.length > 0) {
      this.#packet.note('decode.tcp.gap')
      direction.isAfterGap = true
      direction.advanceTo(direction.holeEnd)
      this.#release(direction, undefined)
    }
    this.#holes.delete(direction)
    if (!direction.hasEmitted) return
    this.#fill(direction, this.#packet.tUs)
    const chunk = this.#chunk
    chunk.bytes = this.#noBytes
    chunk.start = 0
    chunk.end = 0
    chunk.piece.ref = this.#packet.ref
    chunk.piece.offset = 0
    chunk.piece.length = 0
    chunk.isEnd = true
    this.#emit(chunk)
  }

  /** Hands out a stretch that begins at the byte expected next. */
  #deliver(direction: TcpDirection, range: HeldRange, tUs: number): void {
    const capturedBytes = range.bytes.length
    if (capturedBytes > 0) {
      this.#fill(direction, tUs)
      const chunk = this.#chunk
      chunk.bytes = range.bytes
      chunk.start = 0
      chunk.end = capturedBytes
      chunk.piece.ref = range.ref
      chunk.piece.offset = range.offset
      chunk.piece.length = capturedBytes
      chunk.isEnd = false
      direction.isAfterGap = false
      direction.hasEmitted = true
      this.#emit(chunk)
    }
    direction.advanceTo(range.end)
    if (capturedBytes === range.end - range.start) return
    // A snap length cut the segment: the rest will never come, so nothing waits for it.
    this.#packet.note('decode.tcp.gap')
    direction.isAfterGap = true
  }

  #fill(direction: TcpDirection, tUs: number): void {
    const chunk = this.#chunk
    chunk.src = direction.src
    chunk.srcPort = direction.srcPort
    chunk.dst = direction.dst
    chunk.dstPort = direction.dstPort
    chunk.tUs = tUs
    chunk.streamId = direction.streamId
    chunk.isAfterGap = direction.isAfterGap
    chunk.isMidstream = direction.isMidstream && !direction.hasEmitted
  }
}
