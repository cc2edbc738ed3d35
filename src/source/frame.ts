// A frame: captured bytes with a time and a link type, as a source hands it to decode.

/** Where frames of one kind come from: an interface of a pcapng section, or a whole pcap file. */
export interface CaptureInterface {
  /** Link type number as tcpdump.org lists it (1 Ethernet, 113 SLL, 276 SLL2, 101 raw IP …). */
  readonly linkType: number
  readonly snapLength: number
  /** pcapng's if_tsresol byte: 6 for µs, 9 for ns; with the top bit set, a power of two. */
  readonly timeResolution: number
  /** pcapng's if_tsoffset: seconds to add to every time. */
  readonly timeOffsetSeconds: number
  readonly name: string | undefined
}

/**
 * One captured frame. The object and the memory behind `bytes` are used again for the next one:
 * whoever keeps something copies it.
 */
export interface Frame {
  /** The memory that the frame lies in, from `start` to `end`. */
  bytes: Buffer
  start: number
  end: number
  /** Length on the wire; more than `end - start` where the capture was cut by a snap length. */
  originalLength: number
  /** Microseconds since 1970, rounded down where the capture is finer. */
  tUs: number
  /** The time exactly as captured, in ticks of the interface's resolution, as two 32-bit halves. */
  ticksHigh: number
  ticksLow: number
  interface: CaptureInterface
  /**
   * Where the frame lies, or will lie, in the store; decode carries it along unread.
   * Set by the line before decode sees the frame.
   */
  ref: number
}
