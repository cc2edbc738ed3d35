// What decode hands on: whole datagrams, and stretches of TCP streams in their right order.
import type { HepPacket } from './hep/hep-packet.ts'
import type { DecodeProblemCode } from './problems.ts'

/** IP protocol numbers of the transports that carry SIP. */
export const TRANSPORT_UDP = 17
export const TRANSPORT_TCP = 6
export const TRANSPORT_SCTP = 132
/** What was opened inside a TCP stream, in numbers that IP has not given to anybody. */
export const TRANSPORT_TLS = 250
export const TRANSPORT_WS = 251
/** WebSocket inside TLS. */
export const TRANSPORT_WSS = 252
export type TransportNumber =
  | typeof TRANSPORT_UDP
  | typeof TRANSPORT_TCP
  | typeof TRANSPORT_SCTP
  | typeof TRANSPORT_TLS
  | typeof TRANSPORT_WS
  | typeof TRANSPORT_WSS

/** Whether messages come one behind the other, with nothing but their Content-Length between. */
export function isStreamTransport(transport: number): boolean {
  return transport === TRANSPORT_TCP || transport === TRANSPORT_TLS
}

/**
 * A piece of a captured frame: `length` bytes from `offset` after the frame's first byte.
 * `ref` is the frame's place as the source of the line gave it (`Frame.ref`).
 */
export interface FramePiece {
  ref: number
  offset: number
  length: number
}

/** The two ends of a datagram or stream. Addresses are ids of the line's AddressTable. */
export interface Ends {
  src: number
  srcPort: number
  dst: number
  dstPort: number
}

/**
 * A transport payload, whole. The object and its memory are used again for the next one.
 * A datagram in one frame has one piece; one put together from fragments has several, in order.
 */
export interface Datagram extends Ends {
  /** Time of the frame that completed it, µs since 1970. */
  tUs: number
  transport: TransportNumber
  /** Differentiated services code point of the (innermost) IP header, 0 to 63 (RFC 2474 §3). */
  dscp: number
  /** Payload: `bytes` from `start` to `end`. */
  bytes: Buffer
  start: number
  end: number
  /** True when the capture lacks the end of the payload (snap length). */
  isCut: boolean
  /** Where the payload was captured; of one that was packed, where it lies packed. */
  pieces: readonly FramePiece[]
  /**
   * The HEP packet that passed it on, and which names time, ends and payload; undefined for what
   * was captured itself.
   */
  hep: HepPacket | undefined
  /** An oddity of the way here that belongs to what the payload is about. */
  problem: DecodeProblemCode | undefined
}

/**
 * The next bytes of one direction of a TCP connection, in order. The object and its memory are
 * used again for the next one.
 */
export interface StreamChunk extends Ends {
  tUs: number
  /** Stays the same for one direction of one connection, and is not used again after `isEnd`. */
  streamId: number
  bytes: Buffer
  start: number
  end: number
  /** Where the bytes lie: `piece.length` is `end - start`. */
  piece: FramePiece
  /** Bytes were lost, or never captured, between the chunk before and this one. */
  isAfterGap: boolean
  /** The first chunk of a stream whose SYN was not captured. */
  isMidstream: boolean
  /** The direction was closed (FIN, RST, given up); `start` may equal `end`. */
  isEnd: boolean
}

/** Receives what decode finds, synchronously, in order. */
export interface DecodeSink {
  datagram(datagram: Datagram): void
  streamChunk(chunk: StreamChunk): void
}
