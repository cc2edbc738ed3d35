// An SCTP packet in, the user messages that its DATA chunks complete out, each whole. Messages in
// several chunks are put together by their transmission sequence numbers; what comes twice counts
// once. Refuses to follow the handshake: what a chunk carries says enough.
// Rules: RFC 9260 §3, §6.2 (chunks that come twice), §6.9 (fragments); RFC 8260 §2.1 (I-DATA, read
// where it is not fragmented); RFC 4168 (SIP over SCTP: one SIP message in one user message).
//
//    |     source port     |   destination port  |     12 bytes in front of all chunks
//    |             verification tag              |
//    |                 checksum                  |
//    |  type  | . . . .  U B E |     length       |     each chunk; type 0 is DATA
//    |                   TSN                     |
//    |      stream         |   stream sequence   |
//    |         payload protocol identifier       |     then the bytes, padded to 32 bits
import type { Limits } from '../base/limits.ts'
import { u16be, u32be } from '../source/integers.ts'
import type { FramePiece } from './datagram.ts'
import type { Packet } from './packet.ts'
import { SeenSequences } from './seen-sequences.ts'

const COMMON_HEADER_BYTES = 12
const CHUNK_HEADER_BYTES = 4
const CHUNK_DATA = 0
const CHUNK_ABORT = 6
const CHUNK_SHUTDOWN_COMPLETE = 14
const CHUNK_I_DATA = 64
const DATA_HEADER_BYTES = 16
const I_DATA_HEADER_BYTES = 20
const FLAG_END = 1
const FLAG_BEGIN = 2

/**
 * The headers of the SCTP packet that begins where `packet` stands: its own, and those of its
 * chunks without what these carry.
 */
export function walkSctpHeaders(
  packet: Packet,
  header: (at: number, length: number) => void,
): void {
  const { bytes, end } = packet
  if (!packet.has(COMMON_HEADER_BYTES)) return
  header(packet.at, COMMON_HEADER_BYTES)
  let at = packet.at + COMMON_HEADER_BYTES
  while (end - at >= CHUNK_HEADER_BYTES) {
    const length = u16be(bytes, at + 2)
    if (length < CHUNK_HEADER_BYTES) return
    header(at, Math.min(length, headerBytesOf(bytes[at] ?? 0), end - at))
    at += (length + 3) & ~3
  }
}

function headerBytesOf(chunk: number): number {
  if (chunk === CHUNK_DATA) return DATA_HEADER_BYTES
  return chunk === CHUNK_I_DATA ? I_DATA_HEADER_BYTES : CHUNK_HEADER_BYTES
}

/** A whole user message. The object is used again for the next one. */
export interface SctpMessage {
  srcPort: number
  dstPort: number
  bytes: Buffer
  start: number
  end: number
  isCut: boolean
  /** Undefined while the message lies in the packet itself. */
  pieces: readonly FramePiece[] | undefined
}

interface Fragment {
  readonly flags: number
  readonly bytes: Buffer
  readonly pieces: readonly FramePiece[]
}

/** One direction of an association, known by the tag that its receiver chose. */
class SctpDirection {
  readonly seen: SeenSequences
  readonly fragments = new Map<number, Fragment>()
  bytes = 0

  constructor(sequencesMax: number) {
    this.seen = new SeenSequences(sequencesMax)
  }
}

export class Sctp {
  readonly #packet: Packet
  readonly #limits: Limits
  readonly #emit: (message: SctpMessage) => void
  /** Longest unused first. */
  readonly #directions = new Map<number, SctpDirection>()
  #heldBytes = 0
  readonly #message: SctpMessage = {
    srcPort: 0,
    dstPort: 0,
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    isCut: false,
    pieces: undefined,
  }

  constructor(packet: Packet, emit: (message: SctpMessage) => void, limits: Limits) {
    this.#packet = packet
    this.#emit = emit
    this.#limits = limits
  }

  /** Reads the packet that begins where `#packet` stands. False where it is none. */
  push(): boolean {
    const packet = this.#packet
    if (!packet.has(COMMON_HEADER_BYTES)) return false
    const { bytes, at } = packet
    const message = this.#message
    message.srcPort = u16be(bytes, at)
    message.dstPort = u16be(bytes, at + 2)
    // A tag is unique at its receiver only; its port tells two receivers of one tag apart.
    const key = u32be(bytes, at + 4) * 65_536 + message.dstPort
    packet.at = at + COMMON_HEADER_BYTES
    while (packet.end - packet.at >= CHUNK_HEADER_BYTES) {
      const length = u16be(bytes, packet.at + 2)
      if (length < CHUNK_HEADER_BYTES) {
        packet.note('decode.sctp.chunk-too-short')
        return true
      }
      const next = packet.at + ((length + 3) & ~3)
      this.#readChunk(key, packet.at, length)
      packet.at = next
    }
    return true
  }

  stats(): { directions: number; heldBytes: number } {
    return { directions: this.#directions.size, heldBytes: this.#heldBytes }
  }

  #readChunk(key: number, at: number, length: number): void {
    const { bytes } = this.#packet
    switch (bytes[at] ?? 0) {
      case CHUNK_DATA:
        this.#readData(key, at, DATA_HEADER_BYTES, length)
        return
      case CHUNK_I_DATA:
        this.#readData(key, at, I_DATA_HEADER_BYTES, length)
        return
      case CHUNK_ABORT:
      case CHUNK_SHUTDOWN_COMPLETE: {
        const direction = this.#directions.get(key)
        if (direction !== undefined) this.#drop(key, direction)
      }
    }
  }

  #readData(key: number, at: number, headerBytes: number, length: number): void {
    const packet = this.#packet
    if (length <= headerBytes || packet.end - at < headerBytes) return
    const flags = (packet.bytes[at + 1] ?? 0) & (FLAG_BEGIN | FLAG_END)
    const direction = this.#direction(key)
    const tsn = u32be(packet.bytes, at + 4)
    if (!direction.seen.add(tsn)) return
    const start = at + headerBytes
    const end = Math.min(at + length, packet.end)
    if (flags === (FLAG_BEGIN | FLAG_END)) {
      this.#hand(packet.bytes, start, end, undefined, at + length > packet.end)
    } else if (headerBytes === DATA_HEADER_BYTES) {
      const held = Buffer.from(packet.bytes.subarray(start, end))
      const fragment = { flags, bytes: held, pieces: packet.pieces(start, end) }
      direction.fragments.set(tsn, fragment)
      direction.bytes += held.length
      this.#heldBytes += held.length
      this.#complete(direction, tsn)
      this.#keepBounds(direction)
    }
  }

  #hand(
    bytes: Buffer,
    start: number,
    end: number,
    pieces: readonly FramePiece[] | undefined,
    isCut: boolean,
  ): void {
    const message = this.#message
    message.bytes = bytes
    message.start = start
    message.end = end
    message.pieces = pieces
    message.isCut = isCut
    this.#emit(message)
  }

  /** Hands out the message around `tsn` when all of its fragments are here. */
  #complete(direction: SctpDirection, tsn: number): void {
    const { fragments } = direction
    let first = tsn
    while (((fragments.get(first)?.flags ?? FLAG_BEGIN) & FLAG_BEGIN) === 0) {
      first = (first - 1) >>> 0
    }
    const parts: Fragment[] = []
    for (let at = first; ; at = (at + 1) >>> 0) {
      const fragment = fragments.get(at)
      if (fragment === undefined) return
      parts.push(fragment)
      if ((fragment.flags & FLAG_END) !== 0) break
    }
    const whole = Buffer.concat(parts.map(({ bytes }) => bytes))
    for (let i = 0; i < parts.length; i++) fragments.delete((first + i) >>> 0)
    direction.bytes -= whole.length
    this.#heldBytes -= whole.length
    const pieces = parts.flatMap((part) => part.pieces)
    this.#hand(whole, 0, whole.length, pieces, false)
  }

  #direction(key: number): SctpDirection {
    const known = this.#directions.get(key)
    if (known !== undefined) {
      this.#directions.delete(key)
      this.#directions.set(key, known)
      return known
    }
    if (this.#directions.size >= this.#limits.sctpDirectionsMax) this.#dropOldest()
    const fresh = new SctpDirection(this.#limits.sctpSequencesMax)
    this.#directions.set(key, fresh)
    return fresh
  }

  /** Fragments that wait for others which never come must not fill the memory. */
  #keepBounds(direction: SctpDirection): void {
    const { messageBytesMax, sctpFragmentsMax } = this.#limits
    if (direction.bytes > messageBytesMax || direction.fragments.size > sctpFragmentsMax) {
      this.#packet.note('decode.sctp.turned-away')
      this.#forgetFragments(direction)
    }
    while (this.#heldBytes > this.#limits.sctpPendingBytesMax) this.#dropOldest()
  }

  #dropOldest(): void {
    for (const [key, direction] of this.#directions) {
      if (direction.bytes > 0) this.#packet.note('decode.sctp.turned-away')
      this.#drop(key, direction)
      return
    }
  }

  #drop(key: number, direction: SctpDirection): void {
    this.#forgetFragments(direction)
    this.#directions.delete(key)
  }

  #forgetFragments(direction: SctpDirection): void {
    this.#heldBytes -= direction.bytes
    direction.bytes = 0
    direction.fragments.clear()
  }
}
