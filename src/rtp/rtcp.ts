// RTCP in, its packets as values out: one compound packet may hold several. A packet whose length
// goes beyond the bytes ends the reading; what came before it stands. Refuses to judge who sent it.
//
//    |V=2|P|  count  |      type     |      length in words, less 1  |   RFC 3550 §6.4 to §6.7
import { u16be, u32be } from '../source/integers.ts'
import { readExtendedBlocks, type ExtendedBlock } from './rtcp-extended.ts'

const SENDER_REPORT = 200
const RECEIVER_REPORT = 201
const SOURCE_DESCRIPTION = 202
const GOODBYE = 203
const APPLICATION = 204
const EXTENDED_REPORT = 207

const HEADER_BYTES = 4
const SENDER_INFO_BYTES = 20
const BLOCK_BYTES = 24
const CNAME = 1
/** Compound packets of real senders have a handful. */
const PACKETS_MAX = 64

/** What a receiver says of one stream (RFC 3550 §6.4.1). */
export interface ReceptionBlock {
  readonly ssrc: number
  /** Share of packets lost since the last report, 0 to 1. */
  readonly lossRatio: number
  /** Packets lost since the beginning; negative where copies outnumber losses. */
  readonly packetsLost: number
  readonly highestSequenceNumber: number
  /** In timestamp units of the stream. */
  readonly jitterUnits: number
  /** Middle 32 bits of the NTP time of the last sender report, and the delay since, 1/65536 s. */
  readonly lastSenderReport: number
  readonly delaySinceLast: number
}

/** What a sender says of its own stream. */
export interface SenderInfo {
  /** Middle 32 bits of the NTP time: what a receiver names the report by. */
  readonly ntpMiddle: number
  readonly rtpTimestamp: number
  readonly packets: number
  readonly octets: number
}

export type RtcpPacket =
  | {
      readonly kind: 'report'
      readonly ssrc: number
      /** Null for a receiver report. */
      readonly sender: SenderInfo | null
      readonly blocks: readonly ReceptionBlock[]
    }
  | { readonly kind: 'description'; readonly names: ReadonlyMap<number, string> }
  | { readonly kind: 'goodbye'; readonly ssrcs: readonly number[] }
  | { readonly kind: 'extended'; readonly ssrc: number; readonly blocks: readonly ExtendedBlock[] }
  | { readonly kind: 'other'; readonly type: number }

export interface Rtcp {
  readonly packets: readonly RtcpPacket[]
  /** False where lengths do not fill the bytes, as those of one packet after the other must. */
  readonly isWhole: boolean
}

/** Reads a compound packet; nothing for bytes that are none. */
export function readRtcp(bytes: Uint8Array, start: number, end: number): Rtcp {
  const packets: RtcpPacket[] = []
  let at = start
  while (at + HEADER_BYTES <= end && packets.length < PACKETS_MAX) {
    if ((bytes[at] as number) >>> 6 !== 2) break
    const next = at + (u16be(bytes, at + 2) + 1) * 4
    if (next > end) break
    packets.push(readPacket(bytes, at, next - paddingOf(bytes, at, next)))
    at = next
  }
  return { packets, isWhole: at === end && packets.length > 0 }
}

/** Bytes behind a packet's last word; the last of them counts them (RFC 3550 §6.4.1). */
function paddingOf(bytes: Uint8Array, at: number, end: number): number {
  const isPadded = ((bytes[at] as number) & 32) !== 0
  const padding = isPadded ? (bytes[end - 1] as number) : 0
  return padding % 4 === 0 && padding <= end - at - HEADER_BYTES ? padding : 0
}

function readPacket(bytes: Uint8Array, at: number, end: number): RtcpPacket {
  const count = (bytes[at] as number) & 31
  const type = bytes[at + 1] as number
  const body = at + HEADER_BYTES
  switch (type) {
    case SENDER_REPORT:
      return readReport(bytes, body, end, count, true) ?? { kind: 'other', type }
    case RECEIVER_REPORT:
      return readReport(bytes, body, end, count, false) ?? { kind: 'other', type }
    case SOURCE_DESCRIPTION:
      return { kind: 'description', names: readNames(bytes, body, end, count) }
    case GOODBYE: {
      const fit = Math.min(count, (end - body) >> 2)
      const ssrcs = Array.from({ length: fit }, (_, i) => u32be(bytes, body + i * 4))
      return { kind: 'goodbye', ssrcs }
    }
    case EXTENDED_REPORT:
      if (body + 4 > end) return { kind: 'other', type }
      return {
        kind: 'extended',
        ssrc: u32be(bytes, body),
        blocks: readExtendedBlocks(bytes, body + 4, end),
      }
    case APPLICATION:
    default:
      return { kind: 'other', type }
  }
}

function readReport(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
  isSender: boolean,
): RtcpPacket | undefined {
  const head = isSender ? 4 + SENDER_INFO_BYTES : 4
  if (at + head > end) return undefined
  const first = at + head
  const fit = Math.min(count, Math.floor((end - first) / BLOCK_BYTES))
  return {
    kind: 'report',
    ssrc: u32be(bytes, at),
    sender: isSender ? readSenderInfo(bytes, at + 4) : null,
    blocks: Array.from({ length: fit }, (_, i) => readBlock(bytes, first + i * BLOCK_BYTES)),
  }
}

function readSenderInfo(bytes: Uint8Array, at: number): SenderInfo {
  return {
    ntpMiddle: u32be(bytes, at + 2),
    rtpTimestamp: u32be(bytes, at + 8),
    packets: u32be(bytes, at + 12),
    octets: u32be(bytes, at + 16),
  }
}

function readBlock(bytes: Uint8Array, at: number): ReceptionBlock {
  const lost = u32be(bytes, at + 4)
  return {
    ssrc: u32be(bytes, at),
    lossRatio: (lost >>> 24) / 256,
    // 24 bits with a sign.
    packetsLost: (lost << 8) >> 8,
    highestSequenceNumber: u32be(bytes, at + 8),
    jitterUnits: u32be(bytes, at + 12),
    lastSenderReport: u32be(bytes, at + 16),
    delaySinceLast: u32be(bytes, at + 20),
  }
}

/** Canonical names by SSRC (RFC 3550 §6.5.1). */
function readNames(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  let at = start
  for (let chunk = 0; chunk < count && at + 4 <= end; chunk++) {
    const ssrc = u32be(bytes, at)
    at += 4
    while (at < end && bytes[at] !== 0) {
      const length = bytes[at + 1] ?? 0
      const from = at + 2
      if (from + length > end) return names
      if (bytes[at] === CNAME) {
        names.set(ssrc, Buffer.from(bytes.subarray(from, from + length)).toString('utf8'))
      }
      at = from + length
    }
    // A null ends the chunk, which ends at the next 32-bit boundary.
    at += 4 - ((at - start) % 4)
  }
  return names
}
