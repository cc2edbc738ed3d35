// One direction of a TCP connection: which byte is expected next, what came too early, and what is
// known of its end. Refuses to emit or to count: tcp.ts does, and sets the bounds.
//
// Sequence numbers wrap after 4 GB (RFC 9293 §3.4). Each is turned into a position, a plain number
// that never wraps, by its signed distance from the one expected next.
import type { Ends } from './datagram.ts'
import { HeldRanges } from './held-ranges.ts'

/** The ends of a direction, and how it began. */
export interface Beginning extends Ends {
  readonly streamId: number
  /** Sequence number of the first byte. */
  readonly sequence: number
  /** False where a SYN told so; then bytes before `sequence` exist that nobody captured. */
  readonly isMidstream: boolean
}

export class TcpDirection {
  readonly src: number
  readonly srcPort: number
  readonly dst: number
  readonly dstPort: number
  readonly streamId: number
  readonly isMidstream: boolean
  readonly firstSequence: number
  /** The other direction, once something of it was seen. */
  reverse: TcpDirection | undefined

  nextSequence: number
  /** Bytes from the first up to the one expected next. */
  nextPosition = 0
  /** Position of the FIN, once seen. */
  endPosition: number | undefined
  readonly held = new HeldRanges()

  /** Since when a hole has been open, in elapsed packet time; and acknowledgements beyond it. */
  holeSinceUs = 0
  acknowledgementsBeyondHole = 0
  /** The last acknowledgement that this direction sent. */
  acknowledged: number | undefined

  hasEmitted = false
  /** Bytes are missing before the next chunk. */
  isAfterGap = false
  isClosed = false

  /** Neighbours in the order of last use. */
  older: TcpDirection | undefined
  newer: TcpDirection | undefined

  constructor(beginning: Beginning) {
    this.src = beginning.src
    this.srcPort = beginning.srcPort
    this.dst = beginning.dst
    this.dstPort = beginning.dstPort
    this.streamId = beginning.streamId
    this.isMidstream = beginning.isMidstream
    this.firstSequence = beginning.sequence
    this.nextSequence = beginning.sequence
  }

  /** Bytes from the one expected next to `sequence`; negative for bytes that were here already. */
  distanceTo(sequence: number): number {
    return (sequence - this.nextSequence) | 0
  }

  /** Expects the byte at `position` next. */
  advanceTo(position: number): void {
    this.nextSequence = (this.nextSequence + (position - this.nextPosition)) >>> 0
    this.nextPosition = position
  }

  /** True while something that came early, or the FIN, waits for bytes before it. */
  get hasHole(): boolean {
    if (this.held.list.length > 0) return true
    return this.endPosition !== undefined && this.endPosition > this.nextPosition
  }

  /** Position of the first byte behind the hole. Only while `hasHole`. */
  get holeEnd(): number {
    return this.held.list[0]?.start ?? this.endPosition ?? this.nextPosition
  }

  /** True when every byte up to the FIN is out. */
  get isAtEnd(): boolean {
    return this.endPosition !== undefined && this.nextPosition >= this.endPosition
  }
}
