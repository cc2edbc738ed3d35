// Bytes where a WebSocket frame should begin in, its header out. Refuses what no sender may send
// (reserved bits, unknown opcodes, long control frames): then the stream is none, or out of step.
// Rules: RFC 6455 §5.2.
//
//    | FIN, RSV1-3, opcode | MASK, length (7) | length (16 or 64) | masking key (4) | payload
import { u16be, u32be } from '../../source/integers.ts'

export const OPCODE_CONTINUATION = 0
export const OPCODE_TEXT = 1
export const OPCODE_BINARY = 2
export const OPCODE_CLOSE = 8
const OPCODE_PONG = 10
const CONTROL_BYTES_MAX = 125
const MASK_BYTES = 4

/** Used again for the next one. */
export interface FrameHeader {
  opcode: number
  isFinal: boolean
  /** RSV1: the message is deflated (RFC 7692 §6). */
  isDeflated: boolean
  isMasked: boolean
  headerBytes: number
  payloadBytes: number
}

export function emptyHeader(): FrameHeader {
  return {
    opcode: 0,
    isFinal: false,
    isDeflated: false,
    isMasked: false,
    headerBytes: 0,
    payloadBytes: 0,
  }
}

export type HeaderOutcome = 'whole' | 'incomplete' | 'none'

/** Reads the header at `at` into `header`. */
export function readFrameHeader(
  bytes: Buffer,
  at: number,
  end: number,
  header: FrameHeader,
): HeaderOutcome {
  if (end - at < 2) return 'incomplete'
  const first = bytes[at] ?? 0
  const second = bytes[at + 1] ?? 0
  header.opcode = first & 15
  header.isFinal = (first & 0x80) !== 0
  header.isDeflated = (first & 0x40) !== 0
  header.isMasked = (second & 0x80) !== 0
  const isControl = header.opcode >= OPCODE_CLOSE
  const isKnown = header.opcode <= OPCODE_BINARY || (isControl && header.opcode <= OPCODE_PONG)
  if (!isKnown || (first & 0x30) !== 0) return 'none'
  const length = second & 0x7f
  if (isControl && (length > CONTROL_BYTES_MAX || !header.isFinal || header.isDeflated)) {
    return 'none'
  }
  const lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0
  header.headerBytes = 2 + lengthBytes + (header.isMasked ? MASK_BYTES : 0)
  if (end - at < header.headerBytes) return 'incomplete'
  header.payloadBytes = length
  if (length === 126) header.payloadBytes = u16be(bytes, at + 2)
  if (length === 127) {
    header.payloadBytes = u32be(bytes, at + 2) * 2 ** 32 + u32be(bytes, at + 6)
  }
  return 'whole'
}

/** The payload of a frame, a copy without its mask (RFC 6455 §5.3). */
export function unmasked(bytes: Buffer, at: number, header: FrameHeader): Buffer {
  const from = at + header.headerBytes
  const payload = Buffer.from(bytes.subarray(from, from + header.payloadBytes))
  if (!header.isMasked) return payload
  const key = from - MASK_BYTES
  for (let i = 0; i < payload.length; i++) {
    payload[i] = (payload[i] ?? 0) ^ (bytes[key + (i & 3)] ?? 0)
  }
  return payload
}
